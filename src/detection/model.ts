/** The model itself: onnxruntime. Runs in the model's process only, for it blocks its thread. */
import { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import type { Detection } from './detection.ts';
import { Letterbox } from './letterbox.ts';
import { decoders } from './model/decoders.ts';
import type { ImageInput, OutputPlan } from './model/layout.ts';
import { imageInput, outputPlan } from './model/layout.ts';
import { onnxMetadata } from './model/onnx-metadata.ts';
import type { Sidecar } from './model/sidecar.ts';
import type { Head } from './nanodet.ts';
import { decodeNanodet } from './nanodet.ts';
import { detectionProblem } from './problems.ts';

const strides = [8, 16, 32] as const;

export interface ModelOptions {
  readonly sidecar: Sidecar;
  readonly threads: number;
  /** Of onnxruntime, the first one that can do an operator does it. */
  readonly providers: readonly string[];
}

export class Model {
  readonly #session: InferenceSession;
  readonly #image: ImageInput;
  readonly #plan: OutputPlan;
  readonly #decoded: boolean;
  /** Of `float32` models: the tensor's numbers. Written anew for each frame. */
  readonly #numbers: Float32Array;
  readonly #bytes: Uint8Array;
  #letterbox: Letterbox;

  private constructor(session: InferenceSession, image: ImageInput, plan: OutputPlan, sidecar: Sidecar) {
    this.#session = session;
    this.#image = image;
    this.#plan = plan;
    this.#decoded = sidecar.decoded ?? false;
    const length = image.width * image.height * 3;
    this.#numbers = new Float32Array(image.dtype === 'float32' ? length : 0);
    this.#bytes = new Uint8Array(image.dtype === 'uint8' ? length : 0);
    this.#letterbox = this.#fitted(image.width, image.height);
  }

  /** From the bytes and not the path: so a model can't name further files. Throws `detection/model-…`. */
  static async load(bytes: Uint8Array, options: ModelOptions): Promise<Model> {
    const { sidecar, threads, providers } = options;
    const known = listSupportedBackends().map(({ name }) => name);
    const missing = providers.find((name) => !known.includes(name));
    if (missing !== undefined)
      throw detectionProblem('providerMissing', `the model can not run on ${missing}: here are ${known.join(', ')}`, {
        hint: 'change detection.runtime.providers',
      });
    let session: InferenceSession;
    try {
      session = await InferenceSession.create(bytes, {
        executionProviders: [...providers],
        executionMode: 'sequential',
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
      });
    } catch (cause) {
      throw detectionProblem(
        'modelUnreadable',
        'the model file can not be loaded: it is no ONNX that this runtime knows',
        {
          cause,
        },
      );
    }
    const inputs = session.inputMetadata.map((one) => ({
      name: one.name,
      type: one.isTensor ? one.type : 'no tensor',
      shape: one.isTensor ? one.shape : [],
    }));
    const image = imageInput(inputs, sidecar);
    const black = new Uint8Array(image.width * image.height * 3);
    const first = await run(session, image, image.dtype === 'uint8' ? black : new Float32Array(black));
    const outputs = session.outputNames.map((name) => ({ name, dims: first[name]!.dims }));
    return new Model(session, image, outputPlan(outputs, image, sidecar, onnxMetadata(bytes)), sidecar);
  }

  /** `frame`: RGB, height × width × 3. Blocks while it computes. */
  async detect(frame: Uint8Array, width: number, height: number): Promise<Detection[]> {
    if (!this.#letterbox.matches(width, height)) this.#letterbox = this.#fitted(width, height);
    const { decoder, outputs, labels } = this.#plan;
    const results = await run(this.#session, this.#image, this.#prepared(this.#letterbox.fit(frame)));
    const found = outputs.map((name) => results[name]!);
    const letterbox = this.#letterbox;
    if (decoder === 'nanodet-heads')
      return decodeNanodet(
        strides.map((_, index) => headOf(found, index)),
        labels,
        letterbox,
      );
    const tensors = found.map((one) => ({ dims: one.dims, data: one.data as ArrayLike<number | bigint> }));
    const { width: modelWidth, height: modelHeight } = this.#image;
    const context = { labels, letterbox, width: modelWidth, height: modelHeight, decoded: this.#decoded };
    return decoders[decoder](tensors, context);
  }

  #fitted(width: number, height: number): Letterbox {
    const { letterbox: place, padValue: pad } = this.#plan.input;
    return new Letterbox(width, height, this.#image.width, this.#image.height, { place, pad });
  }

  /** Pixels as the model wants them. Hot: once a frame. */
  #prepared(pixels: Uint8Array): Uint8Array | Float32Array {
    const { layout, dtype } = this.#image;
    const { color, scale, mean, std } = this.#plan.input;
    if (dtype === 'uint8' && layout === 'nhwc' && color === 'rgb') return pixels;
    const target = dtype === 'uint8' ? this.#bytes : this.#numbers;
    const count = pixels.length / 3;
    for (let channel = 0; channel < 3; channel++) {
      const factor = dtype === 'uint8' ? 1 : scale / std[channel]!;
      const offset = dtype === 'uint8' ? 0 : mean[channel]! / std[channel]!;
      const step = layout === 'nchw' ? 1 : 3;
      let to = layout === 'nchw' ? channel * count : channel;
      for (let from = color === 'rgb' ? channel : 2 - channel; from < pixels.length; from += 3, to += step)
        target[to] = pixels[from]! * factor - offset;
    }
    return target;
  }
}

function run(
  session: InferenceSession,
  image: ImageInput,
  values: Uint8Array | Float32Array,
): Promise<InferenceSession.OnnxValueMapType> {
  const { width, height, layout } = image;
  const shape = layout === 'nchw' ? [1, 3, height, width] : [1, height, width, 3];
  const picture =
    values instanceof Uint8Array ? new Tensor('uint8', values, shape) : new Tensor('float32', values, shape);
  const sizes = new Tensor('int64', BigInt64Array.of(BigInt(width), BigInt(height)), [1, 2]);
  return session.run({ [image.name]: picture, ...(image.sizes === undefined ? {} : { [image.sizes]: sizes }) });
}

function headOf(outputs: readonly Tensor[], index: number): Head {
  const scores = outputs[index * 2]!;
  const sides = outputs[index * 2 + 1]!;
  return {
    stride: strides[index]!,
    rows: scores.dims[2]!,
    columns: scores.dims[3]!,
    scores: scores.data as Float32Array,
    sides: sides.data as Float32Array,
  };
}

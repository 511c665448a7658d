/** The model itself: onnxruntime on one thread. Runs in the model's process only, for it blocks its thread. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Detection } from './detection.ts';
import { coco80 } from './labels.ts';
import { Letterbox } from './letterbox.ts';
import type { Head } from './nanodet.ts';
import { decodeNanodet } from './nanodet.ts';
import { detectionProblem } from './problems.ts';

const strides = [8, 16, 32] as const;

export class Model {
  readonly #session: InferenceSession;
  readonly #width: number;
  readonly #height: number;
  #letterbox: Letterbox;

  private constructor(session: InferenceSession, width: number, height: number) {
    this.#session = session;
    this.#width = width;
    this.#height = height;
    this.#letterbox = new Letterbox(width, height, width, height);
  }

  /** From the bytes and not the path: so a model can't name further files. Throws `detection/model-…`. */
  static async load(bytes: Uint8Array): Promise<Model> {
    let session: InferenceSession;
    try {
      session = await InferenceSession.create(bytes, {
        executionProviders: ['cpu'],
        executionMode: 'sequential',
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
      });
    } catch (cause) {
      throw detectionProblem('modelUnreadable', 'the model file can not be loaded', { cause });
    }
    const input = session.inputMetadata[0];
    const shape = input?.isTensor === true && input.type === 'uint8' ? input.shape : [];
    const [, height, width, channels] = shape;
    const outputs = strides.flatMap((stride) => [`cls${stride}`, `box${stride}`]);
    const whole = outputs.every((name) => session.outputNames.includes(name));
    if (typeof height !== 'number' || typeof width !== 'number' || channels !== 3 || !whole)
      throw detectionProblem('modelUnsupported', 'the model has inputs or outputs that are not known');
    return new Model(session, width, height);
  }

  /** `frame`: RGB, height × width × 3. Blocks while it computes. */
  async detect(frame: Uint8Array, width: number, height: number): Promise<Detection[]> {
    if (!this.#letterbox.matches(width, height))
      this.#letterbox = new Letterbox(width, height, this.#width, this.#height);
    const pixels = this.#letterbox.fit(frame);
    const images = new Tensor('uint8', pixels, [1, this.#height, this.#width, 3]);
    const results = await this.#session.run({ [this.#session.inputNames[0]!]: images });
    const heads = strides.map((stride): Head => {
      const scores = results[`cls${stride}`]!;
      const sides = results[`box${stride}`]!;
      const rows = scores.dims[2]!;
      const columns = scores.dims[3]!;
      return {
        stride,
        rows,
        columns,
        scores: scores.data as Float32Array,
        sides: sides.data as Float32Array,
      };
    });
    return decodeNanodet(heads, coco80, this.#letterbox);
  }
}

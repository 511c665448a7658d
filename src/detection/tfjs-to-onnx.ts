/**
 * Turns the default model, a TensorFlow.js graph, into an ONNX file at another picture size. It knows the twelve
 * operators of exactly that pinned graph and throws at anything else: don't grow it into a general converter.
 *
 * TensorFlow's convolutions want channels last and ONNX's want them first, so each is put between two transpositions;
 * onnxruntime's optimizer cancels neighbours. The heads are cut before their reshapes, so the trunk is fully
 * convolutional and takes any height and width that are multiples of the greatest stride.
 */
import { OnnxGraph, onnxType } from './onnx-writer.ts';
import { detectionProblem } from './problems.ts';
import type { TfGraph, TfNode, TfTensor } from './tfjs-graph.ts';
import { listOf, textOf } from './tfjs-graph.ts';

export interface ConversionOptions {
  /** Size of the picture that the graph was trained at (a square's side), by which its resize ratios are found. */
  readonly trainedSize: number;
  /** The graph's own input node; it takes 1 × 3 × height × width. */
  readonly inputNode: string;
  readonly width: number;
  readonly height: number;
  /** Applied to each channel in the order B, G, R: `value * scale + bias`. */
  readonly scale: readonly [number, number, number];
  readonly bias: readonly [number, number, number];
  readonly outputs: readonly { readonly node: string; readonly as: string }[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** A value of the new graph, and the height that it had in the trained one (for resize ratios). */
interface Value {
  readonly name: string;
  readonly trainedHeight: number;
}

/** The ONNX file: input `images`, uint8 RGB, 1 × height × width × 3; outputs float32, 1 × channels × height × width. */
export function convertTfGraph(graph: TfGraph, options: ConversionOptions): Uint8Array {
  return new Conversion(graph, options).run();
}

class Conversion {
  readonly #graph: TfGraph;
  readonly #options: ConversionOptions;
  readonly #onnx = new OnnxGraph('sentrix-detector');
  readonly #done = new Map<string, Value>();

  constructor(graph: TfGraph, options: ConversionOptions) {
    this.#graph = graph;
    this.#options = options;
  }

  run(): Uint8Array {
    const { width, height, scale, bias, inputNode, trainedSize, outputs, metadata } = this.#options;
    const onnx = this.#onnx;
    onnx.input('images', onnxType.uint8, [1, height, width, 3]);
    const floats = onnx.node('Cast', ['images'], { to: onnxType.float });
    const bgr = onnx.node('Gather', [floats, onnx.integers([2, 1, 0])], { axis: 3 });
    const scaled = onnx.node('Mul', [bgr, onnx.floats(scale)]);
    const input = this.#channelsFirst(onnx.node('Add', [scaled, onnx.floats(bias)]));
    this.#done.set(inputNode, { name: input, trainedHeight: trainedSize });
    for (const { node, as } of outputs) onnx.output(as, this.#value(node).name);
    return onnx.model('sentrix', metadata);
  }

  /** `name` or `name:port`; built with all that it needs, once. */
  #value(reference: string): Value {
    const known = this.#done.get(reference);
    if (known !== undefined) return known;
    const constant = this.#graph.weights.get(reference);
    const value = constant === undefined ? this.#build(this.#node(reference)) : this.#constant(constant);
    // A split has set all its ports itself.
    if (!this.#done.has(reference)) this.#done.set(reference, value);
    return this.#done.get(reference)!;
  }

  #node(reference: string): TfNode {
    const node = this.#graph.nodes.get(reference.replace(/:\d+$/, ''));
    if (node === undefined) throw unsupported(`no node ${reference}`);
    return node;
  }

  #weights(node: TfNode, index: number): TfTensor {
    const tensor = this.#graph.weights.get(node.input?.[index] ?? '');
    if (tensor === undefined) throw unsupported(`input ${index} of ${node.name} is not constant`);
    return tensor;
  }

  #constant(tensor: TfTensor): Value {
    return { name: this.#onnx.floats(Float32Array.from(tensor.values), tensor.shape), trainedHeight: 0 };
  }

  #build(node: TfNode): Value {
    const onnx = this.#onnx;
    const inputs = node.input ?? [];
    switch (node.op) {
      case 'Conv2D':
        return this.#convolution(node);
      case 'MaxPool':
        return this.#window(node, (input, window) => onnx.node('MaxPool', [input], window), listOf(node, 'ksize')[1]!);
      case 'Add': {
        const left = this.#value(inputs[0]!);
        return { ...left, name: onnx.node('Add', [left.name, this.#value(inputs[1]!).name]) };
      }
      case 'LeakyRelu':
        return this.#same(inputs[0]!, (name) => onnx.node(node.op, [name], { alpha: { float: node.attr!.alpha!.f! } }));
      case 'Sigmoid':
        return this.#same(inputs[0]!, (name) => onnx.node(node.op, [name]));
      case 'Transpose':
        return this.#transposition(node);
      case 'Pad':
      case 'PadV2':
        return this.#padding(node);
      case 'ConcatV2': {
        const values = inputs.slice(0, -1).map((input) => this.#value(input));
        const axis = this.#weights(node, inputs.length - 1).values[0]!;
        return {
          ...values[0]!,
          name: onnx.node(
            'Concat',
            values.map((value) => value.name),
            { axis },
          ),
        };
      }
      case 'SplitV':
        return this.#split(node);
      case 'ResizeBilinear':
        return this.#resize(node);
      default:
        throw unsupported(`operator ${node.op}`);
    }
  }

  #same(input: string, make: (name: string) => string): Value {
    const value = this.#value(input);
    return { ...value, name: make(value.name) };
  }

  #channelsFirst(name: string): string {
    return this.#onnx.node('Transpose', [name], { perm: [0, 3, 1, 2] });
  }

  #channelsLast(name: string): string {
    return this.#onnx.node('Transpose', [name], { perm: [0, 2, 3, 1] });
  }

  /** Kernels are height × width × in × out in TensorFlow, out × in × height × width in ONNX. */
  #convolution(node: TfNode): Value {
    const { shape, values } = this.#weights(node, 1);
    const [height, width, inputs, outputs] = shape as [number, number, number, number];
    const area = height * width;
    const kernel = new Float32Array(values.length);
    for (let place = 0; place < area; place++)
      for (let from = 0; from < inputs; from++)
        for (let to = 0; to < outputs; to++)
          kernel[(to * inputs + from) * area + place] = values[(place * inputs + from) * outputs + to]!;
    const name = this.#onnx.floats(kernel, [outputs, inputs, height, width]);
    const dilations = listOf(node, 'dilations');
    if (dilations.some((dilation) => dilation !== 1)) throw unsupported('dilated convolution');
    return this.#window(node, (input, window) => this.#onnx.node('Conv', [input, name], window), height);
  }

  #window(
    node: TfNode,
    make: (input: string, window: Readonly<Record<string, readonly number[]>>) => string,
    size: number,
  ): Value {
    if (textOf(node, 'padding') !== 'VALID') throw unsupported(`padding of ${node.name}`);
    const strides = listOf(node, 'strides').slice(1, 3);
    const input = this.#value(node.input![0]!);
    const output = make(this.#channelsFirst(input.name), { strides, kernel_shape: [size, size] });
    const trainedHeight = Math.floor((input.trainedHeight - size) / strides[0]!) + 1;
    return { name: this.#channelsLast(output), trainedHeight };
  }

  #transposition(node: TfNode): Value {
    const perm = [...this.#weights(node, 1).values];
    return this.#same(node.input![0]!, (name) => this.#onnx.node('Transpose', [name], { perm }));
  }

  /** TensorFlow has [before, after] for each axis; ONNX has all befores and then all afters. */
  #padding(node: TfNode): Value {
    const pads = [...this.#weights(node, 1).values];
    const value = node.input!.length > 2 ? this.#weights(node, 2).values[0]! : 0;
    const before = pads.filter((_, index) => index % 2 === 0);
    const afterwards = pads.filter((_, index) => index % 2 === 1);
    const input = this.#value(node.input![0]!);
    const amounts = this.#onnx.integers([...before, ...afterwards]);
    const name = this.#onnx.node('Pad', [input.name, amounts, this.#onnx.floats([value], [])], { mode: 'constant' });
    // Rows and columns are padded alike, so the height is found whether channels come first or last.
    return { name, trainedHeight: input.trainedHeight + before[2]! + afterwards[2]! };
  }

  #split(node: TfNode): Value {
    const sizes = [...this.#weights(node, 1).values];
    const axis = this.#weights(node, 2).values[0]!;
    const input = this.#value(node.input![0]!);
    const outputs = sizes.map((_, index) => `${node.name}#${index}`);
    this.#onnx.node('Split', [input.name, this.#onnx.integers(sizes)], { axis }, outputs);
    const values = outputs.map((name) => ({ ...input, name }));
    values.forEach((value, index) => {
      this.#done.set(index === 0 ? node.name : `${node.name}:${index}`, value);
    });
    return values[0]!;
  }

  #resize(node: TfNode): Value {
    if (node.attr?.half_pixel_centers?.b !== true) throw unsupported('resize with another idea of a pixel');
    const trainedHeight = this.#weights(node, 1).values[0]!;
    const input = this.#value(node.input![0]!);
    const ratio = trainedHeight / input.trainedHeight;
    const ratios = this.#onnx.floats([1, 1, ratio, ratio]);
    const attributes = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
    const output = this.#onnx.node('Resize', [this.#channelsFirst(input.name), '', ratios], attributes);
    return { name: this.#channelsLast(output), trainedHeight };
  }
}

function unsupported(what: string): Error {
  return detectionProblem('modelUnsupported', 'the model holds something that is not known', { safe: { what } });
}

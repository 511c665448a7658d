/** For tests only: ONNX files of a layout, whose outputs are what a test says, whatever the picture is. */
import type { OnnxType } from '../onnx-writer.ts';
import { OnnxGraph, onnxType } from '../onnx-writer.ts';

export interface ConstantOutput {
  readonly name: string;
  readonly shape: readonly number[];
  /** Values that aren't 0, by their place in the flat tensor. */
  readonly values: Readonly<Record<number, number>>;
  readonly integers?: boolean;
}

export interface ConstantModelOptions {
  readonly inputShape?: readonly (number | string)[];
  readonly inputType?: OnnxType;
  /** A second input, int64 [1, 2]. */
  readonly sizes?: boolean;
  readonly outputs: readonly ConstantOutput[];
  readonly metadata?: Readonly<Record<string, string>>;
}

export function constantModel(options: ConstantModelOptions): Uint8Array {
  const { inputShape = [1, 3, 64, 128], inputType = onnxType.float, sizes = false, outputs, metadata = {} } = options;
  const onnx = new OnnxGraph('constant');
  onnx.input('images', inputType, inputShape);
  if (sizes) onnx.input('orig_target_sizes', onnxType.int64, [1, 2]);
  for (const { name, shape, values, integers = false } of outputs) {
    const flat = new Array<number>(shape.reduce((product, side) => product * side, 1)).fill(0);
    for (const [index, value] of Object.entries(values)) flat[Number(index)] = value;
    const constant = integers ? onnx.integers(flat, shape) : onnx.floats(flat, shape);
    onnx.output(name, constant, integers ? onnxType.int64 : onnxType.float, shape.length);
  }
  return onnx.model('test', metadata);
}

/** A `yolo-e2e` model of one box in the middle, whose confidence is how red (in its first channel) the picture is. */
export function rednessModel(): Uint8Array {
  const onnx = new OnnxGraph('redness');
  onnx.input('images', onnxType.float, [1, 3, 64, 128]);
  const means = onnx.node('ReduceMean', ['images'], { axes: [2, 3], keepdims: 0 });
  const red = onnx.node('Gather', [means, onnx.integers([0])], { axis: 1 });
  const score = onnx.node('Reshape', [red, onnx.integers([1, 1, 1])]);
  const box = onnx.floats([32, 16, 96, 48], [1, 1, 4]);
  onnx.output('out', onnx.node('Concat', [box, score, onnx.floats([0], [1, 1, 1])], { axis: 2 }), onnxType.float, 3);
  return onnx.model('test');
}

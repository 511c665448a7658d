/**
 * Writes ONNX model files (onnx.proto, IR version 8, operator set 17): the few protobuf messages that a graph needs.
 * Field numbers are those of `onnx/onnx.proto`.
 */
export const onnxType = { float: 1, uint8: 2, int64: 7, float16: 10 } as const;
export type OnnxType = (typeof onnxType)[keyof typeof onnxType];

/** Whole numbers are written as INT, `{ float }` as FLOAT, lists as INTS, text as STRING. */
export type OnnxAttribute = number | { readonly float: number } | readonly number[] | string;

export class OnnxGraph {
  readonly #name: string;
  readonly #nodes: Uint8Array[] = [];
  readonly #initializers: Uint8Array[] = [];
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];
  #names = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Adds an operator and returns the name of its first output. An empty input name is an input left out. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    outputs: readonly string[] = [`t${this.#names++}`],
  ): string {
    const fields = [
      ...inputs.map((name) => text(1, name)),
      ...outputs.map((name) => text(2, name)),
      text(4, operator),
      ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ];
    this.#nodes.push(message(1, fields));
    return outputs[0]!;
  }

  floats(values: Float32Array | readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#initializer(onnxType.float, shape, Float32Array.from(values));
  }

  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#initializer(onnxType.int64, shape, BigInt64Array.from(values.map(BigInt)));
  }

  input(name: string, type: OnnxType, shape: readonly (number | string)[]): void {
    this.#inputs.push(valueInfo(11, name, type, shape));
  }

  /** `rank`: how many axes it has; their sizes are left open. */
  output(name: string, from: string, type: OnnxType = onnxType.float, rank = 4): void {
    this.node('Identity', [from], {}, [name]);
    const axes = Array.from({ length: rank }, (_, axis) => `${name}.${axis}`);
    this.#outputs.push(valueInfo(12, name, type, axes));
  }

  /** The whole file. `metadata` is readable by whoever loads the model. */
  model(producer: string, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    const graph = [...this.#nodes, text(2, this.#name), ...this.#initializers, ...this.#inputs, ...this.#outputs];
    return Buffer.concat([
      integer(1, 8),
      text(2, producer),
      message(7, graph),
      message(8, [text(1, ''), integer(2, 17)]),
      ...Object.entries(metadata).map(([key, value]) => message(14, [text(1, key), text(2, value)])),
    ]);
  }

  #initializer(type: OnnxType, shape: readonly number[], values: Float32Array | BigInt64Array): string {
    const name = `c${this.#names++}`;
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const fields = [...shape.map((size) => integer(1, size)), integer(2, type), text(8, name), delimited(9, raw)];
    this.#initializers.push(message(5, fields));
    return name;
  }
}

function attribute(name: string, value: OnnxAttribute): Uint8Array {
  const fields = [text(1, name)];
  if (typeof value === 'number') fields.push(integer(3, value), integer(20, 2));
  else if (typeof value === 'string') fields.push(text(4, value), integer(20, 3));
  else if ('float' in value) fields.push(float(2, value.float), integer(20, 1));
  else fields.push(...value.map((item) => integer(8, item)), integer(20, 7));
  return message(5, fields);
}

function valueInfo(field: number, name: string, type: OnnxType, shape: readonly (number | string)[]): Uint8Array {
  const sizes = shape.map((size) => message(1, [typeof size === 'number' ? integer(1, size) : text(2, size)]));
  const tensorType = message(1, [integer(1, type), message(2, sizes)]);
  return message(field, [text(1, name), message(2, [tensorType])]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  // Negative numbers are ten bytes of two's complement (protobuf's int64).
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

function integer(field: number, value: number): Uint8Array {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function float(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(field * 8 + 5);
  bytes.writeFloatLE(value, 1);
  return bytes;
}

function delimited(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function text(field: number, value: string): Uint8Array {
  return delimited(field, Buffer.from(value));
}

function message(field: number, fields: readonly Uint8Array[]): Uint8Array {
  return delimited(field, Buffer.concat(fields));
}

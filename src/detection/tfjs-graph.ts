/** Reads a TensorFlow.js graph model: `model.json` (topology and manifest) and its one file of weights. */
import { detectionProblem } from './problems.ts';

export interface TfNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Partial<Record<TfAttributeName, TfAttribute>>>;
}

/** Those that are looked at. */
type TfAttributeName = 'alpha' | 'half_pixel_centers' | 'padding' | 'strides' | 'dilations' | 'ksize';

interface TfAttribute {
  /** base64 */
  readonly s?: string;
  readonly f?: number;
  readonly b?: boolean;
  readonly list?: { readonly i?: readonly string[] };
}

export interface TfTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

export interface TfGraph {
  readonly nodes: ReadonlyMap<string, TfNode>;
  readonly weights: ReadonlyMap<string, TfTensor>;
}

interface ModelJson {
  readonly modelTopology: { readonly node: readonly TfNode[] };
  readonly weightsManifest: readonly {
    readonly weights: readonly {
      readonly name: string;
      readonly shape: readonly number[];
      readonly dtype: string;
      readonly quantization?: { readonly dtype: string };
    }[];
  }[];
}

/** Both files are known by their hash already, so their structure is trusted; what isn't expected in them still throws. */
export function readTfGraph(modelJson: Uint8Array, weightFile: Uint8Array): TfGraph {
  const model = JSON.parse(Buffer.from(modelJson).toString('utf8')) as ModelJson;
  const view = new DataView(weightFile.buffer, weightFile.byteOffset, weightFile.byteLength);
  const weights = new Map<string, TfTensor>();
  let offset = 0;
  for (const { name, shape, dtype, quantization } of model.weightsManifest.flatMap((group) => group.weights)) {
    const length = shape.reduce((product, size) => product * size, 1);
    if (dtype === 'float32' && quantization?.dtype === 'float16') {
      const values = Float32Array.from({ length }, (_, index) => view.getFloat16(offset + 2 * index, true));
      weights.set(name, { shape, values });
      offset += 2 * length;
    } else if (dtype === 'int32' && quantization === undefined) {
      const values = Int32Array.from({ length }, (_, index) => view.getInt32(offset + 4 * index, true));
      weights.set(name, { shape, values });
      offset += 4 * length;
    } else {
      throw detectionProblem('modelUnsupported', 'the model has weights of a type that is not known', {
        safe: { name, dtype },
      });
    }
  }
  if (offset !== weightFile.length)
    throw detectionProblem('modelUnsupported', 'the model file has another length than its manifest');
  return { nodes: new Map(model.modelTopology.node.map((node) => [node.name, node])), weights };
}

export function listOf(node: TfNode, name: TfAttributeName): number[] {
  return (node.attr?.[name]?.list?.i ?? []).map(Number);
}

export function textOf(node: TfNode, name: TfAttributeName): string {
  return Buffer.from(node.attr?.[name]?.s ?? '', 'base64').toString('latin1');
}

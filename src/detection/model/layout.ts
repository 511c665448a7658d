/**
 * What kind of model a file holds, by the shapes of its inputs and outputs: the shape decides, what stands beside the
 * file wins, and whatever fits nothing is refused with what was found. Guessing would give boxes that mean nothing.
 */
import { coco80, coco91 } from '../labels.ts';
import { detectionProblem } from '../problems.ts';
import { parseNames } from './onnx-metadata.ts';
import type { DecoderName, InputSpec, Sidecar } from './sidecar.ts';

/** Sizes may be names where they are free. */
export interface TensorShape {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

export interface ImageInput {
  readonly name: string;
  readonly layout: 'nchw' | 'nhwc';
  readonly dtype: 'float32' | 'uint8';
  readonly width: number;
  readonly height: number;
  /** A second input that takes the size of the picture: [1, 2], int64. */
  readonly sizes: string | undefined;
}

/** Where the size is free: a picture of 16:9 with little around it, and multiples of 32. */
const freeSize = { width: 640, height: 384 };
const maxSide = 2048;

/** @throws Problem detection/model-unsupported, which says what was found */
export function imageInput(inputs: readonly TensorShape[], sidecar: Sidecar): ImageInput {
  const images = inputs.filter((one) => one.shape.length === 4);
  const others = inputs.filter((one) => one.shape.length !== 4);
  const sizes = others[0];
  const found = inputs.map(described).join(', ');
  if (images.length !== 1 || others.length > 1 || (sizes !== undefined && sizes.type !== 'int64'))
    throw unsupported(
      `its inputs are ${found || 'none'}; one picture is expected, and beside it at most its size (int64)`,
    );
  const image = images[0]!;
  if (image.type !== 'float32' && image.type !== 'uint8')
    throw unsupported(`its input is ${found}; float32 and uint8 are known`, 'export it with float32 inputs');
  const { layout: wanted, dtype } = sidecar.input ?? {};
  if (dtype !== undefined && dtype !== image.type)
    throw unsupported(`its input is ${found}, and the description beside it says ${dtype}`);
  const [batch, second, third, fourth] = image.shape;
  const layout = wanted ?? (second === 3 ? 'nchw' : fourth === 3 ? 'nhwc' : undefined);
  const channels = layout === 'nchw' ? second : fourth;
  if (layout === undefined || (typeof channels === 'number' && channels !== 3))
    throw unsupported(`its input is ${found}; 3 channels are expected in second or last place`);
  if (typeof batch === 'number' && batch !== 1) throw unsupported(`its input is ${found}; a batch of 1 is expected`);
  const height = sideOf(layout === 'nchw' ? third : second, freeSize.height, found);
  const width = sideOf(layout === 'nchw' ? fourth : third, freeSize.width, found);
  return { name: image.name, layout, dtype: image.type, width, height, sizes: sizes?.name };
}

function sideOf(side: number | string | undefined, free: number, found: string): number {
  if (typeof side !== 'number' || side <= 0) return free;
  if (side < 32 || side > maxSide) throw unsupported(`its input is ${found}; sides of 32 to ${maxSide} are expected`);
  return side;
}

export interface OutputPlan {
  readonly decoder: DecoderName;
  /** Names of outputs, in the order in which the decoder wants them. */
  readonly outputs: readonly string[];
  /** Words of the classes by number; undefined: that class is left out. */
  readonly labels: readonly (string | undefined)[];
  readonly input: InputSpec;
}

/** Of outputs as a first picture gave them. @throws Problem detection/model-unsupported */
export function outputPlan(
  outputs: readonly { readonly name: string; readonly dims: readonly number[] }[],
  image: ImageInput,
  sidecar: Sidecar,
  metadata: ReadonlyMap<string, string>,
): OutputPlan {
  const shape = new Map(outputs.map((one) => [one.name, one.dims]));
  const found = outputs.map(({ name, dims }) => `${name.slice(0, 40)} [${dims.join(', ')}]`).join(', ');
  const cells = [8, 16, 32].reduce((sum, s) => sum + Math.floor(image.height / s) * Math.floor(image.width / s), 0);
  const kinds = candidates(shape, cells);
  const wanted = sidecar.decoder;
  const kind =
    wanted === undefined ? (kinds.length === 1 ? kinds[0] : undefined) : kinds.find((one) => one.decoder === wanted);
  if (kind === undefined) {
    const why =
      wanted !== undefined
        ? `they don't fit the decoder ${wanted}`
        : kinds.length > 1
          ? `they fit several decoders: ${kinds.map((one) => one.decoder).join(', ')}`
          : `no decoder fits (a detector of ${cells} cells is expected for ${image.width}x${image.height})`;
    throw unsupported(
      `its outputs are ${found}; ${why}`,
      'name the decoder in the description beside the model, or export it anew',
    );
  }
  const { decoder, classes } = kind;
  const labels = labelsFor(classes, decoder, sidecar, metadata, found);
  return { decoder, outputs: kind.outputs, labels, input: { ...defaultInput[decoder], ...definedOnly(sidecar.input) } };
}

interface Kind {
  readonly decoder: DecoderName;
  readonly outputs: readonly string[];
  /** Undefined where the outputs don't show how many there are. */
  readonly classes: number | undefined;
}

function candidates(shape: ReadonlyMap<string, readonly number[]>, cells: number): Kind[] {
  const kinds: Kind[] = [];
  const heads = [8, 16, 32].flatMap((stride) => [`cls${stride}`, `box${stride}`]);
  if (heads.every((name) => shape.has(name)))
    return [{ decoder: 'nanodet-heads', outputs: heads, classes: shape.get('cls8')![1] }];
  const all = [...shape];
  const boxes = all.filter(([, dims]) => dims.length === 3 && dims[0] === 1 && dims[2] === 4).map(([name]) => name);
  if (all.length === 3) {
    const flat = all.filter(([, dims]) => dims.length === 2 && dims[0] === 1).map(([name]) => name);
    const labels = flat.find((name) => /label|class/i.test(name));
    const scores = flat.find((name) => /score|conf/i.test(name));
    const queries = shape.get(boxes[0] ?? '')?.[1];
    const equal = [labels, scores].every((name) => shape.get(name ?? '')?.[1] === queries);
    if (boxes.length === 1 && labels !== undefined && scores !== undefined && equal)
      kinds.push({ decoder: 'detr-pp', outputs: [labels, boxes[0]!, scores], classes: undefined });
  }
  if (all.length === 2) {
    const box = boxes.length === 2 ? boxes.find((name) => /box/i.test(name)) : boxes[0];
    const logits = all.find(([name, dims]) => name !== box && dims.length === 3 && dims[0] === 1);
    if (box !== undefined && logits !== undefined && logits[1][1] === shape.get(box)![1])
      kinds.push({ decoder: 'detr-raw', outputs: [logits[0], box], classes: logits[1][2] });
  }
  const [name, dims] = all[0] ?? ['', []];
  if (all.length === 1 && dims.length === 3 && dims[0] === 1) {
    const [, second, third] = dims as readonly [number, number, number];
    // The shorter axis is that of the channels.
    if (second < third && third === cells && second > 4)
      kinds.push({ decoder: 'yolov8', outputs: [name], classes: second - 4 });
    if (third < second && second === cells && third > 5)
      kinds.push({ decoder: 'yolox', outputs: [name], classes: third - 5 });
    if (third === 6) kinds.push({ decoder: 'yolo-e2e', outputs: [name], classes: undefined });
  }
  return kinds;
}

const none = [0, 0, 0] as const;
const ones = [1, 1, 1] as const;
const plain = { color: 'rgb', mean: none, std: ones, padValue: 114 } as const;
/** As the exports of these families are documented to want it. */
const defaultInput: Readonly<Record<DecoderName, InputSpec>> = {
  'nanodet-heads': { ...plain, scale: 1, letterbox: 'center', padValue: 0 },
  yolov8: { ...plain, scale: 1 / 255, letterbox: 'center' },
  'yolo-e2e': { ...plain, scale: 1 / 255, letterbox: 'center' },
  yolox: { ...plain, color: 'bgr', scale: 1, letterbox: 'top-left' },
  'detr-pp': { ...plain, scale: 1 / 255, letterbox: 'stretch' },
  'detr-raw': { ...plain, scale: 1 / 255, letterbox: 'stretch' },
};

function definedOnly({
  color,
  scale,
  mean,
  std,
  letterbox,
  padValue,
}: NonNullable<Sidecar['input']> = {}): Partial<InputSpec> {
  return {
    ...(color === undefined ? {} : { color }),
    ...(scale === undefined ? {} : { scale }),
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
    ...(letterbox === undefined ? {} : { letterbox }),
    ...(padValue === undefined ? {} : { padValue }),
  };
}

function labelsFor(
  classes: number | undefined,
  decoder: DecoderName,
  sidecar: Sidecar,
  metadata: ReadonlyMap<string, string>,
  found: string,
): readonly (string | undefined)[] {
  if (sidecar.classes !== undefined) {
    const labels: (string | undefined)[] = new Array<undefined>(classes ?? 1000).fill(undefined);
    for (const [word, numbers] of Object.entries(sidecar.classes)) for (const number of numbers) labels[number] = word;
    return labels;
  }
  const written = metadata.get('names');
  const named = written === undefined ? undefined : parseNames(written);
  const { labels = named ?? metadata.get('labels') } = sidecar;
  const list = labels === 'coco80' ? coco80 : labels === 'coco91' ? coco91 : Array.isArray(labels) ? labels : undefined;
  // DETR has one class more: "no object".
  const fits = (length: number) =>
    classes === undefined || length === classes || (decoder === 'detr-raw' && length + 1 === classes);
  if (list !== undefined) {
    if (!fits(list.length))
      throw unsupported(
        `its outputs are ${found}, with ${classes} classes for ${list.length} labels (segments and key points are not known)`,
      );
    return list;
  }
  if (classes === 80 || (classes === undefined && decoder !== 'yolo-e2e')) return coco80;
  if (classes === 91 || (decoder === 'detr-raw' && classes === 92)) return coco91;
  if (classes === undefined) return coco80;
  throw unsupported(
    `it has ${classes} classes and no names for them`,
    'list them as "labels" in the description beside the model',
  );
}

function described({ name, type, shape }: TensorShape): string {
  return `${name.slice(0, 40)} ${type} [${shape.map((one) => (typeof one === 'string' ? '?' : one)).join(', ')}]`;
}

function unsupported(what: string, hint?: string): Error {
  return detectionProblem('modelUnsupported', `the model can not be used: ${what}`, hint === undefined ? {} : { hint });
}

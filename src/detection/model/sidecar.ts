/**
 * `NAME.json` beside `NAME.onnx`: what somebody knows of a model that its file doesn't say. Written by hand, so every
 * unknown key and every wrong value is refused by name.
 */
import { detectionProblem } from '../problems.ts';

export const decoderNames = ['nanodet-heads', 'yolov8', 'yolo-e2e', 'yolox', 'detr-pp', 'detr-raw'] as const;
export type DecoderName = (typeof decoderNames)[number];

/** How a picture becomes the model's input. */
export interface InputSpec {
  readonly color: 'rgb' | 'bgr';
  /** A pixel's value, 0..255, is multiplied by this; then `mean` is taken off and the rest divided by `std`. */
  readonly scale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly letterbox: 'center' | 'top-left' | 'stretch';
  /** 0..255 */
  readonly padValue: number;
}

export interface Sidecar {
  readonly decoder?: DecoderName;
  readonly input?: Partial<InputSpec> & { readonly layout?: 'nchw' | 'nhwc'; readonly dtype?: 'float32' | 'uint8' };
  readonly labels?: readonly string[] | 'coco80' | 'coco91';
  /** Words for some of the model's classes, by their numbers; classes that aren't named are left out. */
  readonly classes?: Readonly<Record<string, readonly number[]>>;
  /** For `yolox`: places and sizes are pixels already (`--decode_in_inference`). */
  readonly decoded?: boolean;
}

type Check = (value: unknown) => boolean;

const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && allowed.includes(value);
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isLabel: Check = (value) => typeof value === 'string' && /^[^\p{C}]{1,64}$/u.test(value);
const isTriple: Check = (value) => Array.isArray(value) && value.length === 3 && value.every(isNumber);
const isIndex: Check = (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 10_000;
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const inputKeys: Readonly<Record<string, readonly [Check, string]>> = {
  layout: [oneOf('nchw', 'nhwc'), '"nchw" or "nhwc"'],
  dtype: [oneOf('float32', 'uint8'), '"float32" or "uint8"'],
  color: [oneOf('rgb', 'bgr'), '"rgb" or "bgr"'],
  scale: [isNumber, 'a number'],
  mean: [isTriple, 'three numbers'],
  std: [(value) => isTriple(value) && !(value as number[]).includes(0), 'three numbers, none of them 0'],
  letterbox: [oneOf('center', 'top-left', 'stretch'), '"center", "top-left" or "stretch"'],
  padValue: [(value) => isNumber(value) && (value as number) >= 0 && (value as number) <= 255, '0 to 255'],
};

const keys: Readonly<Record<string, readonly [Check, string]>> = {
  decoder: [oneOf(...decoderNames), `one of ${decoderNames.join(', ')}`],
  input: [isRecord, 'an object'],
  labels: [
    (value) =>
      oneOf('coco80', 'coco91')(value) || (Array.isArray(value) && value.length <= 10_000 && value.every(isLabel)),
    '"coco80", "coco91" or a list of words',
  ],
  classes: [
    (value) =>
      isRecord(value) &&
      Object.entries(value).every(([word, list]) => isLabel(word) && Array.isArray(list) && list.every(isIndex)),
    'an object of words, each with a list of class numbers',
  ],
  decoded: [(value) => typeof value === 'boolean', 'true or false'],
};

/** @throws Problem detection/model-unsupported */
export function parseSidecar(text: string): Sidecar {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused('it is not JSON');
  }
  if (!isRecord(value)) throw refused('it is not an object');
  checkKeys(value, keys, '');
  if (value['input'] !== undefined) checkKeys(value['input'] as Readonly<Record<string, unknown>>, inputKeys, 'input.');
  return value as Sidecar;
}

function checkKeys(
  value: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, readonly [Check, string]>>,
  prefix: string,
): void {
  for (const [key, one] of Object.entries(value)) {
    const rule = Object.hasOwn(known, key) ? known[key] : undefined;
    if (rule === undefined)
      throw refused(`${prefix}${key.slice(0, 40)} is not known; known are ${Object.keys(known).join(', ')}`);
    if (!rule[0](one)) throw refused(`${prefix}${key} must be ${rule[1]}`);
  }
}

function refused(why: string): Error {
  return detectionProblem('modelUnsupported', `the description beside the model can not be used: ${why}`);
}

/**
 * From a model's outputs to boxes, one function for each family of exports. All give boxes of at least
 * `lowestConfidence`, best first and without doubles, whatever numbers come out: a model from elsewhere may give
 * infinities and numbers that are none.
 */
import type { Box, Detection } from '../detection.ts';
import { lowestConfidence, withoutDoubles } from '../detection.ts';
import { trackingGroup } from '../labels.ts';
import type { Letterbox } from '../letterbox.ts';
import type { DecoderName } from './sidecar.ts';

export interface OutputTensor {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint>;
}

export interface DecodeContext {
  readonly labels: readonly (string | undefined)[];
  readonly letterbox: Letterbox;
  /** The model's picture. */
  readonly width: number;
  readonly height: number;
  /** For `yolox`. */
  readonly decoded: boolean;
}

export type Decoder = (outputs: readonly OutputTensor[], context: DecodeContext) => Detection[];

/** As the families' own tools suppress doubles. */
const mostOverlap = 0.6;
const mostDetections = 100;
/** Candidates beyond this are noise or an attack on the quadratic comparison. */
const mostCandidates = 1000;

class Found {
  readonly #context: DecodeContext;
  readonly #list: Detection[] = [];

  constructor(context: DecodeContext) {
    this.#context = context;
  }

  /** A box in pixels of the model's picture, by its corners. */
  add(label: number, confidence: number, left: number, top: number, right: number, bottom: number): void {
    const { labels, letterbox } = this.#context;
    const word = labels[label];
    if (word === undefined || !(confidence >= lowestConfidence) || this.#list.length >= mostCandidates) return;
    const x = letterbox.x(left);
    const y = letterbox.y(top);
    const box: Box = [x, y, letterbox.x(right) - x, letterbox.y(bottom) - y];
    // Also false for what is no number.
    if (box[2] > 0 && box[3] > 0) this.#list.push({ class: word, confidence: Math.min(1, confidence), box });
  }

  addCentred(label: number, confidence: number, x: number, y: number, width: number, height: number): void {
    this.add(label, confidence, x - width / 2, y - height / 2, x + width / 2, y + height / 2);
  }

  best(): Detection[] {
    return withoutDoubles(this.#list, mostOverlap, mostDetections, trackingGroup);
  }
}

/** [1, 4 + classes, cells]: centre and size in pixels, and scores, channel by channel. */
const yolov8: Decoder = ([output], context) => {
  const found = new Found(context);
  const { data, dims } = output!;
  const [channels, cells] = [dims[1]!, dims[2]!];
  const at = (channel: number, cell: number) => Number(data[channel * cells + cell]);
  for (let channel = 4; channel < channels; channel++) {
    if (context.labels[channel - 4] === undefined) continue;
    for (let cell = 0; cell < cells; cell++) {
      const confidence = data[channel * cells + cell] as number;
      if (confidence < lowestConfidence) continue;
      found.addCentred(channel - 4, confidence, at(0, cell), at(1, cell), at(2, cell), at(3, cell));
    }
  }
  return found.best();
};

/** [1, boxes, 6]: corners in pixels, score, class. */
const yoloE2e: Decoder = ([output], context) => {
  const found = new Found(context);
  const { data, dims } = output!;
  for (let row = 0; row < dims[1]!; row++) {
    const [left, top, right, bottom, score, label] = Array.from({ length: 6 }, (_, one) => Number(data[row * 6 + one]));
    found.add(label!, score!, left!, top!, right!, bottom!);
  }
  return found.best();
};

/** [1, cells, 5 + classes], for strides 8, 16 and 32 row by row: places in cells, logarithms of sizes, unless decoded. */
const yolox: Decoder = ([output], context) => {
  const found = new Found(context);
  const { data, dims } = output!;
  const length = dims[2]!;
  let cell = 0;
  for (const stride of [8, 16, 32]) {
    const [columns, rows] = [Math.floor(context.width / stride), Math.floor(context.height / stride)];
    for (let index = 0; index < columns * rows; index++, cell++) {
      const at = cell * length;
      const objectness = data[at + 4] as number;
      if (!(objectness >= lowestConfidence)) continue;
      const raw = [0, 1, 2, 3].map((one) => Number(data[at + one])) as [number, number, number, number];
      const [x, y, width, height] = context.decoded
        ? raw
        : [
            (raw[0] + (index % columns)) * stride,
            (raw[1] + Math.floor(index / columns)) * stride,
            Math.exp(raw[2]) * stride,
            Math.exp(raw[3]) * stride,
          ];
      for (let label = 0; label < length - 5; label++)
        found.addCentred(label, objectness * (data[at + 5 + label] as number), x, y, width, height);
    }
  }
  return found.best();
};

/** labels [1, Q], boxes [1, Q, 4] by their corners in pixels of the size that was given, scores [1, Q]. */
const detrPp: Decoder = ([labels, boxes, scores], context) => {
  const found = new Found(context);
  for (let query = 0; query < scores!.data.length; query++) {
    const [left, top, right, bottom] = [0, 1, 2, 3].map((side) => Number(boxes!.data[query * 4 + side]));
    found.add(Number(labels!.data[query]), Number(scores!.data[query]), left!, top!, right!, bottom!);
  }
  return found.best();
};

/** logits [1, Q, C], boxes [1, Q, 4] as centre and size, 0..1. One class more than labels is "no object": softmax. */
const detrRaw: Decoder = ([logits, boxes], context) => {
  const found = new Found(context);
  const [, queries, classes] = logits!.dims as readonly [number, number, number];
  const softmax = classes === context.labels.length + 1;
  for (let query = 0; query < queries; query++) {
    const values = Array.from({ length: classes }, (_, label) => Number(logits!.data[query * classes + label]));
    const highest = Math.max(...values);
    const sum = values.reduce((total, value) => total + Math.exp(value - highest), 0);
    const [x, y, width, height] = [0, 1, 2, 3].map((side) => Number(boxes!.data[query * 4 + side])) as [
      number,
      number,
      number,
      number,
    ];
    for (let label = 0; label < context.labels.length; label++) {
      const value = values[label]!;
      const confidence = softmax ? Math.exp(value - highest) / sum : 1 / (1 + Math.exp(-value));
      if (confidence >= lowestConfidence)
        found.addCentred(
          label,
          confidence,
          x * context.width,
          y * context.height,
          width * context.width,
          height * context.height,
        );
    }
  }
  return found.best();
};

export const decoders: Readonly<Record<Exclude<DecoderName, 'nanodet-heads'>, Decoder>> = {
  yolov8,
  'yolo-e2e': yoloE2e,
  yolox,
  'detr-pp': detrPp,
  'detr-raw': detrRaw,
};

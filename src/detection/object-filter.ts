/** Which objects a camera watches for. */
import type { Detection } from './detection.ts';
import type { Thresholds } from './labels.ts';
import { defaultClasses, expandClasses, thresholdsOf } from './labels.ts';

export interface FilterOptions {
  /** Classes and groups; default person and vehicle. */
  readonly classes?: readonly string[];
  /** 0..1; replaces the model's own thresholds. */
  readonly confidence?: number;
  /** In square pixels of the detection resolution. */
  readonly minAreaPx?: number;
  readonly maxAreaPx?: number;
}

export class ObjectFilter {
  readonly #classes: ReadonlySet<string>;
  readonly #confidence: number | undefined;
  readonly #minAreaPx: number;
  readonly #maxAreaPx: number;

  constructor(options: FilterOptions) {
    const { classes = [] } = options;
    this.#classes = expandClasses(classes.length === 0 ? defaultClasses : classes);
    this.#confidence = options.confidence;
    this.#minAreaPx = options.minAreaPx ?? 0;
    this.#maxAreaPx = options.maxAreaPx ?? Number.POSITIVE_INFINITY;
  }

  /** `width` × `height`: the frame's, in pixels. */
  accepts(one: Detection, width: number, height: number): boolean {
    const areaPx = one.box[2] * width * one.box[3] * height;
    return this.#classes.has(one.class) && areaPx >= this.#minAreaPx && areaPx <= this.#maxAreaPx;
  }

  thresholds(label: string): Thresholds {
    return thresholdsOf(label, this.#confidence);
  }
}

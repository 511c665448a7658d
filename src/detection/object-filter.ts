/** Which objects a camera watches for. */
import type { Detection } from './detection.ts';
import type { Thresholds } from './labels.ts';
import { defaultClasses, expandClasses, thresholdsOf } from './labels.ts';
import type { Polygon } from './polygon.ts';
import { shareCovered } from './polygon.ts';

export interface FilterOptions {
  /** Classes and groups; default person and vehicle. */
  readonly classes?: readonly string[];
  /** 0..1; replaces the model's own thresholds. */
  readonly confidence?: number;
  /** In square pixels of the detection resolution. */
  readonly minAreaPx?: number;
  readonly maxAreaPx?: number;
  /** What areas are measured in; default 960 × 540. */
  readonly resolution?: { readonly width: number; readonly height: number };
  /** A box that lies in these for the most part isn't seen. */
  readonly masks?: readonly Polygon[];
}

const mostMasked = 0.5;

export class ObjectFilter {
  readonly #classes: ReadonlySet<string>;
  readonly #confidence: number | undefined;
  readonly #minAreaPx: number;
  readonly #maxAreaPx: number;
  readonly #pictureAreaPx: number;
  readonly masks: readonly Polygon[];

  constructor(options: FilterOptions) {
    const { classes = [] } = options;
    this.#classes = expandClasses(classes.length === 0 ? defaultClasses : classes);
    this.#confidence = options.confidence;
    this.#minAreaPx = options.minAreaPx ?? 0;
    this.#maxAreaPx = options.maxAreaPx ?? Number.POSITIVE_INFINITY;
    const { width, height } = options.resolution ?? { width: 960, height: 540 };
    this.#pictureAreaPx = width * height;
    this.masks = options.masks ?? [];
  }

  accepts(one: Detection): boolean {
    const areaPx = one.box[2] * one.box[3] * this.#pictureAreaPx;
    if (!this.#classes.has(one.class) || areaPx < this.#minAreaPx || areaPx > this.#maxAreaPx) return false;
    return shareCovered(this.masks, one.box) <= mostMasked;
  }

  thresholds(label: string): Thresholds {
    return thresholdsOf(label, this.#confidence);
  }
}

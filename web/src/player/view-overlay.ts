/** The boxes over one camera's picture, inside the worker, and what the page is told of the picture: its time, and who is in it. */
import type { BoxMessage } from '../../../src/wire/live.ts';
import { BoxTracks, countByClass } from './boxes.ts';
import { contain } from './fit.ts';
import { drawBoxes } from './overlay.ts';
import type { WorkerMessage } from './worker-protocol.ts';

const reportEveryMs = 500;

export interface Area {
  /** Device pixels, and how many of them are a CSS pixel. */
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
}

export class ViewOverlay {
  readonly #view: number;
  readonly #canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #post: (message: WorkerMessage) => void;
  readonly #boxes = new BoxTracks();
  #area: Area = { width: 0, height: 0, pixelRatio: 1 };
  #show = true;
  #isEmpty = true;
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  #seen = '[]';

  constructor(view: number, canvas: OffscreenCanvas, post: (message: WorkerMessage) => void) {
    this.#view = view;
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d')!;
    this.#post = post;
  }

  get area(): Area {
    return this.#area;
  }

  /** CSS pixels, and device pixels to each. */
  resize(width: number, height: number, pixelRatio: number): void {
    this.#area = { width: width * pixelRatio, height: height * pixelRatio, pixelRatio };
    this.#canvas.width = Math.max(1, Math.round(this.#area.width));
    this.#canvas.height = Math.max(1, Math.round(this.#area.height));
    this.#isEmpty = true;
  }

  show(on: boolean): void {
    this.#show = on;
    if (!on) this.#clear();
  }

  add(at: number, objects: readonly BoxMessage[]): void {
    this.#boxes.add(at, objects);
  }

  /** The picture captured at `at` (UTC ms), of so many pixels, is the one that is shown now. */
  shown(at: number, width: number, height: number): void {
    const objects = this.#show ? this.#boxes.at(at) : [];
    if (objects.length === 0) this.#clear();
    else {
      const { area } = this;
      drawBoxes(this.#context, objects, contain(width, height, area.width, area.height), area.pixelRatio);
      this.#isEmpty = false;
    }
    const now = performance.now();
    if (now - this.#reportedAtMs < reportEveryMs) return;
    this.#reportedAtMs = now;
    this.#post({ type: 'picture', view: this.#view, at, width, height });
    this.#reportSeen(at);
  }

  #reportSeen(at: number): void {
    const counts = countByClass(this.#boxes.at(at));
    const seen = JSON.stringify(counts);
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#post({ type: 'seen', view: this.#view, counts });
  }

  #clear(): void {
    if (this.#isEmpty) return;
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#isEmpty = true;
  }
}

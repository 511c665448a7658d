/**
 * Where a clip's pictures aren't whole, because packets were lost between the camera and us: stands in the facts at the clip's
 * end, so that nobody takes a smeared picture for what the camera saw. Each such sample is marked in its fragment too.
 */

export interface ClipLossFacts {
  readonly damaged?: {
    /** Pictures. */
    readonly pictures: number;
    /** From and to, UTC ms, in order; further ones than `mostSpans` are one with the last. */
    readonly spans: readonly (readonly [from: number, to: number])[];
  };
}

const mostSpans = 1000;
/** Damage this close is one span. */
const joinMs = 500;

export class ClipLosses {
  pictures = 0;
  readonly #spans: [from: number, to: number][] = [];

  /** A damaged picture was captured at `at` (UTC ms) and lasts `durationMs`. */
  add(at: number, durationMs: number): void {
    this.pictures++;
    const from = Math.round(at);
    const to = Math.round(at + durationMs);
    const last = this.#spans.at(-1);
    if (last !== undefined && (from - last[1] <= joinMs || this.#spans.length === mostSpans)) {
      last[1] = Math.max(last[1], to);
      return;
    }
    this.#spans.push([from, to]);
  }

  /** Nothing where all is whole. */
  facts(): ClipLossFacts {
    return this.pictures === 0 ? {} : { damaged: { pictures: this.pictures, spans: this.#spans } };
  }
}

/**
 * Decides when a decoder that can't keep up skips to the next keyframe. A subscription begins with the GOP so far in
 * one burst, which is to be decoded as fast as it goes: a long queue alone is no reason, a queue that stays long is.
 */
const longQueue = 8;
const patienceMs = 1500;
// More than the longest GOP at a sane rate: here it is memory that counts.
const hardLimit = 300;

export class LagGuard {
  #longSinceMs: number | undefined;

  /** True when samples up to the next keyframe should be dropped. `queue` is the decoder's, `nowMs` any steady clock. */
  shouldSkip(queue: number, nowMs: number): boolean {
    if (queue < longQueue) {
      this.#longSinceMs = undefined;
      return false;
    }
    this.#longSinceMs ??= nowMs;
    return queue >= hardLimit || nowMs - this.#longSinceMs > patienceMs;
  }

  reset(): void {
    this.#longSinceMs = undefined;
  }
}

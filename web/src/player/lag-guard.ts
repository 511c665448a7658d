/**
 * Decides when a view that can't keep up sheds work: first it draws less, then it skips to the next keyframe. A
 * subscription begins with the GOP so far in one burst, which is to be decoded as fast as it goes: being behind is no
 * reason to skip, staying behind is. What waits in the socket doesn't show in the decoder's queue, so the capture
 * times count as well: against the best that this view has seen, for the two clocks may differ.
 */
const longQueue = 8;
const patienceMs = 1500;
const behindMs = 1000;
const drawLessMs = 300;
// More than the longest GOP at a sane rate: here it is memory that counts.
const hardLimit = 300;
/** By how much of the passed time the best lag may grow: cameras' clocks run up to 100 ppm slower than ours. */
const drift = 0.0005;

export class LagGuard {
  #longSinceMs: number | undefined;
  #leastLagMs = Number.POSITIVE_INFINITY;
  #askedAt = 0;

  /** How much later than at best a sample captured at `at` is met at `now`, both UTC ms by clocks that may differ. */
  behind(at: number, now: number): number {
    const grown = this.#leastLagMs + Math.max(0, now - this.#askedAt) * drift;
    this.#askedAt = now;
    this.#leastLagMs = Math.min(grown, now - at);
    return now - at - this.#leastLagMs;
  }

  /** True when every picture should no longer be drawn. */
  shouldDrawLess(queue: number, behind: number): boolean {
    return queue > 2 || behind > drawLessMs;
  }

  /**
   * True when samples up to the next keyframe should be dropped. `queue` is the decoder's length, `behind` as above,
   * `nowMs` any steady clock.
   */
  shouldSkip(queue: number, behind: number, nowMs: number): boolean {
    if (queue < longQueue && behind < behindMs) {
      this.#longSinceMs = undefined;
      return false;
    }
    this.#longSinceMs ??= nowMs;
    return queue >= hardLimit || nowMs - this.#longSinceMs > patienceMs;
  }

  reset(): void {
    this.#longSinceMs = undefined;
    this.#leastLagMs = Number.POSITIVE_INFINITY;
  }
}

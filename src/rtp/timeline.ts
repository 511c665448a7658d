/**
 * 32-bit RTP timestamps as one growing line of ticks. Wraps are followed; jumps (a camera that sets its clock, loops
 * its file, or lies) are bridged by the time that really passed and told as a discontinuity, so that no recording
 * becomes a day long and nothing is written backwards.
 */
export interface TimelineOptions {
  /** Hz. */
  readonly clockRate: number;
  /** How far a timestamp may lie before the newest: pictures are sent in decoding order. 0 for audio. */
  readonly reorderMs: number;
}

/** Steps up to this are believed without looking at the clock. */
const maxStepMs = 10_000;

export class Timeline {
  /** Of the last timestamp given to `next`. */
  ticks = 0;
  discontinuity = false;
  readonly #rate: number;
  readonly #maxStep: number;
  readonly #maxBack: number;
  #lastRtp = -1;
  #newestTicks = 0;
  #newestMs = 0;

  constructor(options: TimelineOptions) {
    this.#rate = options.clockRate;
    this.#maxStep = (maxStepMs * options.clockRate) / 1000;
    this.#maxBack = (options.reorderMs * options.clockRate) / 1000;
  }

  /** Sets `ticks` and `discontinuity` for a packet that came at `nowMs` of a monotonic clock. Hot. */
  next(rtpTimestamp: number, nowMs: number): void {
    this.discontinuity = false;
    if (rtpTimestamp === this.#lastRtp) return;
    if (this.#lastRtp < 0) {
      this.ticks = rtpTimestamp;
      this.#newestTicks = rtpTimestamp;
      this.#newestMs = nowMs;
    } else {
      const ticks = this.ticks + ((rtpTimestamp - this.#lastRtp) | 0);
      const step = ticks - this.#newestTicks;
      const passed = ((nowMs - this.#newestMs) * this.#rate) / 1000;
      const isJump = step < -this.#maxBack || (step > this.#maxStep && Math.abs(step - passed) > this.#maxStep);
      this.discontinuity = isJump;
      this.ticks = isJump ? this.#newestTicks + Math.max(1, Math.round(passed)) : ticks;
      if (this.ticks > this.#newestTicks) {
        this.#newestTicks = this.ticks;
        this.#newestMs = nowMs;
      }
    }
    this.#lastRtp = rtpTimestamp;
  }

  /** The ticks of another timestamp near the last one (a sender report's); undefined before the first packet. */
  ticksOf(rtpTimestamp: number): number | undefined {
    return this.#lastRtp < 0 ? undefined : this.ticks + ((rtpTimestamp - this.#lastRtp) | 0);
  }

  /** Another source begins: whatever timestamp comes next is a discontinuity. */
  restart(rtpTimestamp: number, nowMs: number): void {
    if (this.#lastRtp < 0) return;
    this.ticks = this.#newestTicks + Math.max(1, Math.round(((nowMs - this.#newestMs) * this.#rate) / 1000));
    this.#newestTicks = this.ticks;
    this.#newestMs = nowMs;
    this.#lastRtp = rtpTimestamp;
  }
}

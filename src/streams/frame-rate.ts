/** Frames a second, measured over the last two to four seconds. */
const windowMs = 2000;

export class FrameRate {
  #windowStartMs = 0;
  #count = 0;
  #perSecond = 0;

  // hot
  count(nowMs: number): void {
    if (this.#count === 0) this.#windowStartMs = nowMs;
    this.#count++;
    const elapsedMs = nowMs - this.#windowStartMs;
    if (elapsedMs < windowMs) return;
    this.#perSecond = ((this.#count - 1) * 1000) / elapsedMs;
    this.#windowStartMs = nowMs;
    this.#count = 1;
  }

  perSecond(): number {
    return Math.round(this.#perSecond * 10) / 10;
  }

  reset(): void {
    this.#count = 0;
    this.#perSecond = 0;
  }
}

/**
 * Delays between tries: doubling from `firstMs` up to `maxMs`, each with jitter of ±25 %, so that sixteen cameras
 * behind one switch don't come back in step.
 */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #tries = 0;

  constructor(firstMs: number, maxMs: number, random: () => number = Math.random) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** Milliseconds to wait before the next try. */
  nextMs(): number {
    const base = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#tries, 30));
    this.#tries++;
    return Math.round(base * (0.75 + this.#random() * 0.5));
  }

  reset(): void {
    this.#tries = 0;
  }
}

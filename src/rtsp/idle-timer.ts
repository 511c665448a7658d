/**
 * Fires once when nothing happened for a while. `touch()` only notes the time, so it may be called for every packet; one
 * timer looks, and sleeps on for what is left.
 */
import type { Clock } from '../base/clock.ts';

export class IdleTimer {
  readonly #clock: Clock;
  readonly #onIdle: () => void;
  #limitMs: number;
  #lastMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock, limitMs: number, onIdle: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onIdle = onIdle;
    this.#lastMs = clock.monotonicMs();
    this.#sleep(limitMs);
  }

  touch(): void {
    this.#lastMs = this.#clock.monotonicMs();
  }

  /** Begins anew, with another limit. */
  restart(limitMs: number): void {
    this.#limitMs = limitMs;
    this.touch();
    this.#sleep(limitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #sleep(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const leftMs = this.#limitMs - (this.#clock.monotonicMs() - this.#lastMs);
      if (leftMs > 0) this.#sleep(leftMs);
      else this.#onIdle();
    }, Math.ceil(ms));
  }
}

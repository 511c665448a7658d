/**
 * So many in a sliding minute, by key. The table has a bound: when it is full, the key that was quiet longest goes, so
 * that a stranger with many addresses costs memory up to the bound and no more.
 */
import type { Clock } from '../base/clock.ts';

export type Limited = { readonly ok: true } | { readonly ok: false; readonly retryAfterSeconds: number };

const ok: Limited = { ok: true };

export interface LimitOptions {
  /** How many within `windowMs`. */
  readonly limit: number;
  readonly windowMs: number;
  /** Keys remembered at a time. */
  readonly maxKeys?: number;
}

export class SlidingLimit {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #maxKeys: number;
  /** Times of what was let through, oldest first; the keys in order of their last use. */
  readonly #times = new Map<string, number[]>();

  constructor(clock: Clock, options: LimitOptions) {
    this.#clock = clock;
    this.#limit = options.limit;
    this.#windowMs = options.windowMs;
    this.#maxKeys = options.maxKeys ?? 10_000;
  }

  /** Counts one, or says when the next is free. What is refused isn't counted. */
  take(key: string): Limited {
    const now = this.#clock.monotonicMs();
    const times = this.#recent(key, now);
    if (times.length >= this.#limit) {
      const waitMs = times[0]! + this.#windowMs - now;
      return { ok: false, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
    }
    times.push(now);
    return ok;
  }

  /** Takes the newest of a key back: it turned out to be none that counts. */
  giveBack(key: string): void {
    this.#times.get(key)?.pop();
  }

  #recent(key: string, now: number): number[] {
    const times = this.#times.get(key) ?? [];
    while (times.length > 0 && times[0]! <= now - this.#windowMs) times.shift();
    this.#times.delete(key);
    this.#times.set(key, times);
    if (this.#times.size > this.#maxKeys) this.#times.delete(this.#times.keys().next().value as string);
    return times;
  }
}

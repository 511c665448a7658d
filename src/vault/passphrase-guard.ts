/**
 * Tries of a passphrase. Guessing is slow by scrypt already; this also keeps whoever has a session, or the socket, from
 * going through a list. Counted for the key and not for an address: there is one key, and few who know its passphrase.
 */
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/problem.ts';
import { vaultProblem } from './problems.ts';

/** Wrong ones in a row that cost nothing; then each makes the next wait twice as long, up to a quarter of an hour. */
const freeTries = 5;
const firstWaitMs = 15_000;
const longestWaitMs = 15 * 60_000;

export class PassphraseGuard {
  readonly #clock: Clock;
  #wrong = 0;
  #waitUntilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs a try, whose `vault/wrong-passphrase` counts. @throws Problem vault/too-many-tries (429) */
  async tried<T>(attempt: () => Promise<T>): Promise<T> {
    const leftMs = this.#waitUntilMs - this.#clock.monotonicMs();
    if (leftMs > 0)
      throw vaultProblem('vault/too-many-tries', 'the passphrase was wrong too often', {
        status: 429,
        retryAfterSeconds: Math.ceil(leftMs / 1000),
      });
    try {
      const value = await attempt();
      this.#wrong = 0;
      return value;
    } catch (error) {
      if (error instanceof Problem && error.code === 'vault/wrong-passphrase') this.#count();
      throw error;
    }
  }

  #count(): void {
    this.#wrong++;
    if (this.#wrong < freeTries) return;
    const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(20, this.#wrong - freeTries));
    this.#waitUntilMs = this.#clock.monotonicMs() + waitMs;
  }
}

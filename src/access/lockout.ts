/**
 * Lockout of an account after `maxAttempts` failures within `lockoutMs`, counted over every entrance and kept over a
 * restart. A guess is counted *before* it is looked at and taken back if it was right: so forty guesses that arrive at
 * once are five, and a crash in the middle leaves a failure, not a free guess. Guesses at a locked account aren't
 * counted, else a patient attacker could keep its owner out for ever.
 */
import type { Clock } from '../base/clock.ts';
import type { AccountId } from '../base/ids.ts';
import type { LockoutQueries } from '../catalog/lockouts.ts';

export interface LockoutOptions {
  readonly maxAttempts: number;
  /** Failures within this span lock the account for the same span. */
  readonly lockoutMs: number;
}

/** One guess under way. Exactly one of these is called, once. */
export interface Guess {
  succeeded(): Promise<void>;
  /** True where this failure locked the account. */
  failed(): Promise<boolean>;
  /** It wasn't looked at after all. */
  abandoned(): Promise<void>;
}

/** Times here are monotonic, so that setting the clock neither prolongs a lockout nor ends it. */
interface Attempts {
  /** Row number to time. */
  readonly failures: Map<number, number>;
  /** Guesses whose outcome isn't known yet, in the table or on their way into it. */
  pending: number;
  lockedUntil: number;
}

export class Lockout {
  readonly #queries: LockoutQueries;
  readonly #clock: Clock;
  readonly #options: LockoutOptions;
  readonly #accounts = new Map<AccountId, Attempts>();

  private constructor(queries: LockoutQueries, clock: Clock, options: LockoutOptions) {
    this.#queries = queries;
    this.#clock = clock;
    this.#options = options;
  }

  static async open(queries: LockoutQueries, clock: Clock, options: LockoutOptions): Promise<Lockout> {
    const { lockoutMs } = options;
    const lockout = new Lockout(queries, clock, options);
    const wall = clock.now();
    const now = clock.monotonicMs();
    await queries.prune(wall - lockoutMs, wall);
    const { failures, lockouts } = await queries.all();
    // A time ahead of the clock (somebody set it back meanwhile) counts from now: nothing lasts longer than it should.
    for (const { id, accountId, at } of failures) lockout.#of(accountId).failures.set(id, now - Math.max(0, wall - at));
    for (const { accountId, until } of lockouts)
      lockout.#of(accountId).lockedUntil = now + Math.min(until - wall, lockoutMs);
    return lockout;
  }

  /** UTC ms until which the account is locked; undefined where it isn't. */
  lockedUntil(account: AccountId): number | undefined {
    const attempts = this.#accounts.get(account);
    if (attempts === undefined) return undefined;
    const leftMs = attempts.lockedUntil - this.#clock.monotonicMs();
    return leftMs > 0 ? Math.ceil(this.#clock.now() + leftMs) : undefined;
  }

  /** Counts a guess that is about to be looked at; `undefined` where the account takes none now. */
  async guess(account: AccountId): Promise<Guess | undefined> {
    const attempts = this.#of(account);
    const now = this.#clock.monotonicMs();
    if (attempts.lockedUntil > now) return undefined;
    const old = [...attempts.failures].filter(([, at]) => at <= now - this.#options.lockoutMs).map(([id]) => id);
    for (const id of old) attempts.failures.delete(id);
    if (attempts.failures.size + attempts.pending >= this.#options.maxAttempts) return undefined;
    // From the check to here nothing waits: that is what makes forty at once five.
    attempts.pending++;
    let row: number;
    try {
      await this.#queries.removeFailures(old);
      row = await this.#queries.addFailure(account, this.#clock.now());
    } catch (error) {
      attempts.pending--;
      throw error;
    }
    return {
      succeeded: async () => {
        attempts.pending--;
        reset(attempts);
        await this.#queries.clear(account);
      },
      failed: async () => {
        attempts.pending--;
        attempts.failures.set(row, now);
        if (attempts.failures.size < this.#options.maxAttempts) return false;
        reset(attempts);
        attempts.lockedUntil = this.#clock.monotonicMs() + this.#options.lockoutMs;
        await this.#queries.lock(account, this.#clock.now() + this.#options.lockoutMs);
        return true;
      },
      abandoned: async () => {
        attempts.pending--;
        await this.#queries.removeFailures([row]);
      },
    };
  }

  /** Forgets failures and lockout; true where it was locked. */
  async unlock(account: AccountId): Promise<boolean> {
    const wasLocked = this.lockedUntil(account) !== undefined;
    reset(this.#of(account));
    await this.#queries.clear(account);
    return wasLocked;
  }

  #of(account: AccountId): Attempts {
    let attempts = this.#accounts.get(account);
    if (attempts === undefined) {
      attempts = { failures: new Map(), pending: 0, lockedUntil: Number.NEGATIVE_INFINITY };
      this.#accounts.set(account, attempts);
    }
    return attempts;
  }
}

function reset(attempts: Attempts): void {
  attempts.failures.clear();
  attempts.lockedUntil = Number.NEGATIVE_INFINITY;
}

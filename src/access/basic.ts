/**
 * Basic credentials come with every request, and a hash takes a tenth of a second: a pair that was right is believed
 * for five minutes, under a key that can't be turned back, until the account changes or is locked. Requests that come
 * with the same pair while it is being looked at wait for that one look.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { AccountId } from '../base/ids.ts';
import type { AccountCache } from './account-cache.ts';
import { addressKey } from './address.ts';
import type { Credentials, Gate, VerifyResult } from './gate.ts';
import { withoutAccount } from './gate.ts';

const believedMs = 300_000;
const maxPairs = 1000;

interface Pair {
  readonly accountId: AccountId;
  readonly checkedMs: number;
}

export class BasicCredentials {
  readonly #gate: Gate;
  readonly #accounts: AccountCache;
  readonly #clock: Clock;
  readonly #key = randomBytes(32);
  readonly #pairs = new Map<string, Pair>();
  /** Grows with every `forget`, so that a look that began before one isn't believed after it. */
  #forgotten = 0;
  readonly #underWay = new Map<string, Promise<VerifyResult>>();

  constructor(gate: Gate, accounts: AccountCache, clock: Clock) {
    this.#gate = gate;
    this.#accounts = accounts;
    this.#clock = clock;
  }

  async principal(credentials: Credentials): Promise<VerifyResult> {
    const pair = this.#keyOf(credentials);
    const known = this.#pairs.get(pair);
    if (known !== undefined && this.#clock.monotonicMs() - known.checkedMs < believedMs) {
      const principal = await this.#accounts.principal(known.accountId, 'basic');
      // Looked up again after the wait: a change of the account drops its pairs.
      if (principal !== undefined && this.#pairs.get(pair) === known) return { ok: true, principal };
    }
    const look = `${pair} ${addressKey(credentials.address)}`;
    let result = this.#underWay.get(look);
    if (result === undefined) {
      result = this.#look(pair, credentials).finally(() => this.#underWay.delete(look));
      this.#underWay.set(look, result);
    }
    return result;
  }

  /** Of one account, or all. */
  forget(account?: AccountId): void {
    this.#forgotten++;
    if (account === undefined) this.#pairs.clear();
    else for (const [key, pair] of this.#pairs) if (pair.accountId === account) this.#pairs.delete(key);
  }

  async #look(pair: string, credentials: Credentials): Promise<VerifyResult> {
    const forgotten = this.#forgotten;
    const result = await this.#gate.verify(credentials, { countSuccess: false });
    this.#pairs.delete(pair);
    if (!result.ok) return result;
    if (forgotten !== this.#forgotten) return withoutAccount(result);
    const { accountId } = result.principal;
    this.#pairs.set(pair, { accountId, checkedMs: this.#clock.monotonicMs() });
    if (this.#pairs.size > maxPairs) this.#pairs.delete(this.#pairs.keys().next().value as string);
    return withoutAccount(result);
  }

  #keyOf(credentials: Credentials): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([credentials.username, credentials.password.reveal()]))
      .digest('base64');
  }
}

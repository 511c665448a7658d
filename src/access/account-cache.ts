/**
 * Accounts as principals, believed for at most a second, so that a request costs no query and a change by another
 * process is noticed. What this process changes, it drops here at once.
 */
import type { Clock } from '../base/clock.ts';
import type { AccountId } from '../base/ids.ts';
import type { AccountQueries, AccountRow } from '../catalog/accounts.ts';
import type { Principal, Via } from './principal.ts';
import { isRole } from './principal.ts';

const believedMs = 1000;

interface Cached {
  readonly base: Omit<Principal, 'via' | 'sessionId'>;
  readonly checkedMs: number;
}

/** Undefined where the row's role is none of ours: such an account may do nothing. */
export function principalOf(account: AccountRow, via: Via): Principal | undefined {
  const base = baseOf(account);
  return base === undefined ? undefined : { ...base, via };
}

function baseOf(account: AccountRow): Cached['base'] | undefined {
  if (account.disabled || !isRole(account.role)) return undefined;
  const cameras = account.role === 'admin' || account.cameras === 'all' ? 'all' : new Set(account.cameras);
  return { accountId: account.id, username: account.name, role: account.role, cameras };
}

export class AccountCache {
  readonly #queries: AccountQueries;
  readonly #clock: Clock;
  readonly #cached = new Map<AccountId, Cached>();

  constructor(queries: AccountQueries, clock: Clock) {
    this.#queries = queries;
    this.#clock = clock;
  }

  /** Undefined where the account is gone or disabled. */
  async principal(id: AccountId, via: Via, sessionId?: string): Promise<Principal | undefined> {
    const cached = await this.#load(id);
    if (cached === undefined) return undefined;
    return { ...cached.base, via, ...(sessionId === undefined ? {} : { sessionId }) };
  }

  drop(id: AccountId): void {
    this.#cached.delete(id);
  }

  async #load(id: AccountId): Promise<Cached | undefined> {
    const now = this.#clock.monotonicMs();
    const cached = this.#cached.get(id);
    if (cached !== undefined && now - cached.checkedMs < believedMs) return cached;
    const account = await this.#queries.byId(id);
    const base = account === undefined ? undefined : baseOf(account);
    if (base === undefined) {
      this.#cached.delete(id);
      return undefined;
    }
    const fresh = { base, checkedMs: now };
    this.#cached.set(id, fresh);
    return fresh;
  }
}

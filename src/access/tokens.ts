/**
 * API tokens: for programs, better than a password with every request. One does what it was made for and no more, on
 * the cameras it was made for, until it expires; its account's role and grants bound it at every moment. Shown once,
 * kept as a SHA-256 (256 random bits need no slow hash), and recognisable, so that scanners find one that leaked.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { AccountId, CameraId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { TokenRow } from '../catalog/tokens.ts';
import type { AccountCache } from './account-cache.ts';
import type { AccessAudit, Actor } from './audit.ts';
import type { Action, Principal } from './principal.ts';
import { tokenActions } from './principal.ts';
import { tooManyTokens } from './problems.ts';

const pattern = /^sxt_[A-Za-z0-9_-]{43}$/;
const maxPerAccount = 50;
const dayMs = 86_400_000;
/** How long a look-up may be believed; also how late a change by another process may be noticed. */
const believedMs = 1000;
const maxCached = 1000;
/** The time of last use is written this often at most. */
const usedEveryMs = 60_000;

export interface TokenWish {
  readonly name: string;
  readonly actions: readonly Action[];
  /** Null: all that the account has, also those granted later. */
  readonly cameras: readonly CameraId[] | null;
  readonly days: number;
}

interface Cached {
  readonly row: TokenRow;
  readonly checkedMs: number;
}

interface TokensDeps {
  readonly catalog: Catalog;
  readonly accounts: AccountCache;
  readonly clock: Clock;
  readonly audit: AccessAudit;
}

export class Tokens {
  readonly #deps: TokensDeps;
  readonly #cache = new Map<string, Cached>();

  constructor(deps: TokensDeps) {
    this.#deps = deps;
  }

  /** @throws Problem access/too-many-tokens */
  async make(
    account: AccountId,
    wish: TokenWish,
    by: Actor,
  ): Promise<{ readonly row: TokenRow; readonly token: Secret }> {
    const { catalog, clock, audit } = this.#deps;
    const now = clock.now();
    const old = await catalog.tokens.list(account);
    for (const { id } of old.filter(({ expiresAt }) => expiresAt <= now)) await catalog.tokens.remove(id);
    if (old.filter(({ expiresAt }) => expiresAt > now).length >= maxPerAccount) throw tooManyTokens(maxPerAccount);
    const token = new Secret(`sxt_${randomBytes(32).toString('base64url')}`);
    const { name, actions, cameras, days } = wish;
    const row = { accountId: account, name, actions, cameras, createdAt: now, expiresAt: now + days * dayMs };
    const id = await catalog.tokens.add({ ...row, hash: hashOf(token) });
    await catalog.durable();
    await audit.append({ kind: 'token.made', ...by, detail: { token: id, name, actions: actions.join(' '), days } });
    return { row: { ...row, id, lastUsedAt: null }, token };
  }

  /** Who comes with this token; undefined for one that isn't good, whyever. */
  async principal(token: Secret): Promise<Principal | undefined> {
    if (!pattern.test(token.reveal())) return undefined;
    const row = await this.#load(hashOf(token));
    if (row === undefined || row.expiresAt <= this.#deps.clock.now()) return undefined;
    const account = await this.#deps.accounts.principal(row.accountId, 'token');
    if (account === undefined) return undefined;
    const { cameras } = account;
    const own = row.cameras;
    return {
      ...account,
      cameras: own === null ? cameras : new Set(own.filter((id) => cameras === 'all' || cameras.has(id))),
      actions: new Set(tokenActions.filter((action) => row.actions.includes(action))),
    };
  }

  /** Of one account, or of all; newest first. */
  list(account?: AccountId): Promise<TokenRow[]> {
    return this.#deps.catalog.tokens.list(account);
  }

  /** At once, and for good; false where there is none of this id, or where it isn't `only`'s. */
  async revoke(id: number, by: Actor, only?: AccountId): Promise<boolean> {
    const { catalog, audit } = this.#deps;
    const row = await catalog.tokens.byId(id);
    if (row === undefined || (only !== undefined && row.accountId !== only)) return false;
    await catalog.tokens.remove(id);
    this.forget(row.accountId);
    await catalog.durable();
    await audit.append({ kind: 'token.revoked', ...by, detail: { token: id, name: row.name, account: row.accountId } });
    return true;
  }

  /** What is believed of an account's tokens is looked up again. */
  forget(account: AccountId): void {
    for (const [hash, { row }] of this.#cache) if (row.accountId === account) this.#cache.delete(hash);
  }

  async #load(hash: string): Promise<TokenRow | undefined> {
    const { catalog, clock } = this.#deps;
    const now = clock.monotonicMs();
    const cached = this.#cache.get(hash);
    if (cached !== undefined && now - cached.checkedMs < believedMs) return cached.row;
    let row = await catalog.tokens.byHash(hash);
    this.#cache.delete(hash);
    if (row === undefined) return undefined;
    if (clock.now() - (row.lastUsedAt ?? 0) >= usedEveryMs) {
      row = { ...row, lastUsedAt: clock.now() };
      await catalog.tokens.setLastUsed(row.id, clock.now());
    }
    this.#cache.set(hash, { row, checkedMs: now });
    if (this.#cache.size > maxCached) this.#cache.delete(this.#cache.keys().next().value as string);
    return row;
  }
}

function hashOf(token: Secret): string {
  return createHash('sha256').update(token.reveal()).digest('hex');
}

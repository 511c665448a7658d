/**
 * Sessions of the browser. The id (256 random bits) is known to the browser alone; here and in the table is its SHA-256,
 * which serves as the session's name everywhere else. A look-up is cached for at most a second; what this process ends
 * is over at once. The time last seen is written in batches, for a dashboard asks many times a second.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { AccountId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import { Secret } from '../base/secret.ts';
import type { SessionQueries, SessionRow } from '../catalog/sessions.ts';

export type SessionEndReason =
  | 'logout'
  | 'ended'
  | 'password'
  | 'role'
  | 'removed'
  | 'expired'
  | 'reset'
  | 'second-factor'
  | 'rotated';

export interface SessionEnd {
  /** As in `Principal.sessionId`. */
  readonly sessionId: string;
  readonly accountId: AccountId;
  readonly reason: SessionEndReason;
}

export interface SessionOptions {
  readonly idleMs: number;
  readonly absoluteMs: number;
  /** How long a look-up may be believed; also how late a change by another process may be noticed. */
  readonly cacheMs?: number;
}

interface Cached {
  readonly row: SessionRow;
  readonly checkedMs: number;
}

const maxCached = 10_000;
/** An account that logs in again and again keeps its newest ones. */
const maxPerAccount = 100;

export class Sessions {
  readonly #queries: SessionQueries;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: SessionOptions;
  readonly #cache = new Map<string, Cached>();
  readonly #seen = new Map<string, number>();
  readonly #listeners = new Set<(end: SessionEnd) => void>();

  constructor(queries: SessionQueries, clock: Clock, log: Log, options: SessionOptions) {
    this.#queries = queries;
    this.#clock = clock;
    this.#log = log;
    this.#options = options;
  }

  /** Calls `listener` for every session that ends, at once. Returns how to stop it. */
  onEnded(listener: (end: SessionEnd) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start(
    accountId: AccountId,
    from: { readonly userAgent: string; readonly address: string },
  ): Promise<{ readonly id: Secret; readonly sessionId: string }> {
    const id = new Secret(randomBytes(32).toString('base64url'));
    const now = this.#clock.now();
    const row: SessionRow = {
      idHash: hashOf(id),
      accountId,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: now + this.#options.absoluteMs,
      userAgent: from.userAgent.slice(0, 256),
      address: from.address.slice(0, 64),
    };
    const others = await this.#queries.list(accountId);
    for (const old of others.slice(maxPerAccount - 1)) await this.end(old.idHash, 'ended');
    await this.#queries.add(row);
    return { id, sessionId: row.idHash };
  }

  /** The session of this id, which is in use by that; undefined where there is none, or none any more. */
  async find(id: Secret): Promise<SessionRow | undefined> {
    if (!/^[A-Za-z0-9_-]{43}$/.test(id.reveal())) return undefined;
    const idHash = hashOf(id);
    const row = await this.#load(idHash);
    if (row === undefined) return undefined;
    if (this.#isExpired(row)) {
      await this.end(idHash, 'expired');
      return undefined;
    }
    this.#seen.set(idHash, this.#clock.now());
    return row;
  }

  /** The session is in use by something that asks no more, such as an open socket. */
  touch(sessionId: string): void {
    if (this.#cache.has(sessionId) || this.#seen.has(sessionId)) this.#seen.set(sessionId, this.#clock.now());
  }

  /** Of one account, or of all; newest first. */
  async list(accountId?: AccountId): Promise<SessionRow[]> {
    await this.flush();
    return this.#queries.list(accountId);
  }

  async end(sessionId: string, reason: SessionEndReason): Promise<SessionRow | undefined> {
    this.#forget(sessionId);
    const row = await this.#queries.remove(sessionId);
    if (row !== undefined) this.#ended([row], reason);
    return row;
  }

  /** Of one account, or of all, but for `except`. Returns how many ended. */
  async endAll(reason: SessionEndReason, accountId?: AccountId, except?: string): Promise<number> {
    const rows = (await this.#queries.list(accountId)).filter((row) => row.idHash !== except);
    for (const row of rows) this.#forget(row.idHash);
    for (const row of rows) await this.#queries.remove(row.idHash);
    this.#ended(rows, reason);
    return rows.length;
  }

  /** Ends what is past its time. Called now and then by the owner. */
  async sweep(): Promise<void> {
    await this.flush();
    const now = this.#clock.now();
    this.#ended(await this.#queries.removeExpired(now, now - this.#options.idleMs), 'expired');
  }

  /** Writes the times last seen. */
  async flush(): Promise<void> {
    const seen = new Map(this.#seen);
    this.#seen.clear();
    await this.#queries.setLastSeen(seen);
    for (const [idHash, lastSeenAt] of seen) {
      const cached = this.#cache.get(idHash);
      if (cached !== undefined) this.#cache.set(idHash, { ...cached, row: { ...cached.row, lastSeenAt } });
    }
  }

  async #load(idHash: string): Promise<SessionRow | undefined> {
    const now = this.#clock.monotonicMs();
    const cached = this.#cache.get(idHash);
    if (cached !== undefined && now - cached.checkedMs < (this.#options.cacheMs ?? 1000)) return cached.row;
    const row = await this.#queries.byHash(idHash);
    if (row === undefined) {
      this.#forget(idHash);
      return undefined;
    }
    this.#cache.delete(idHash);
    this.#cache.set(idHash, { row, checkedMs: now });
    if (this.#cache.size > maxCached) this.#cache.delete(this.#cache.keys().next().value as string);
    return row;
  }

  #isExpired(row: SessionRow): boolean {
    const now = this.#clock.now();
    const lastSeenAt = Math.max(row.lastSeenAt, this.#seen.get(row.idHash) ?? 0);
    return now >= row.expiresAt || now >= lastSeenAt + this.#options.idleMs;
  }

  #forget(idHash: string): void {
    this.#cache.delete(idHash);
    this.#seen.delete(idHash);
  }

  #ended(rows: readonly SessionRow[], reason: SessionEndReason): void {
    for (const row of rows) {
      this.#forget(row.idHash);
      for (const listener of this.#listeners) {
        try {
          listener({ sessionId: row.idHash, accountId: row.accountId, reason });
        } catch (error) {
          // The session is over whether or not somebody who listens has a bug.
          this.#log.error(describeError(error), 'session listener failed');
        }
      }
    }
  }
}

function hashOf(id: Secret): string {
  return createHash('sha256').update(id.reveal()).digest('hex');
}

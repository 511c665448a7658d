/** Sessions by the hash of their id: whoever reads the table can't use one. */
import type { AccountId } from '../base/ids.ts';
import type { Database } from './scope.ts';
import { inTransaction } from './scope.ts';

export interface SessionRow {
  /** Hex SHA-256 of the id. */
  readonly idHash: string;
  readonly accountId: AccountId;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  /** Ends at this time whatever happens. */
  readonly expiresAt: number;
  readonly userAgent: string;
  readonly address: string;
}

const columns = [
  'id_hash as idHash',
  'account_id as accountId',
  'created_at as createdAt',
  'last_seen_at as lastSeenAt',
  'expires_at as expiresAt',
  'user_agent as userAgent',
  'address',
] as const;

export class SessionQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async add(session: SessionRow): Promise<void> {
    await this.#db
      .insertInto('session')
      .values({
        id_hash: session.idHash,
        account_id: session.accountId,
        created_at: session.createdAt,
        last_seen_at: session.lastSeenAt,
        expires_at: session.expiresAt,
        user_agent: session.userAgent,
        address: session.address,
      })
      .execute();
  }

  async byHash(idHash: string): Promise<SessionRow | undefined> {
    const row = await this.#db.selectFrom('session').select(columns).where('id_hash', '=', idHash).executeTakeFirst();
    return row as SessionRow | undefined;
  }

  /** Of one account, or all; newest first. */
  async list(accountId?: AccountId): Promise<SessionRow[]> {
    let query = this.#db.selectFrom('session').select(columns).orderBy('created_at', 'desc');
    if (accountId !== undefined) query = query.where('account_id', '=', accountId);
    return (await query.execute()) as SessionRow[];
  }

  /** Many at once: id hash to the time it was last seen. */
  async setLastSeen(seen: ReadonlyMap<string, number>): Promise<void> {
    if (seen.size === 0) return;
    await inTransaction(this.#db, async (db) => {
      for (const [idHash, at] of seen)
        await db.updateTable('session').set({ last_seen_at: at }).where('id_hash', '=', idHash).execute();
    });
  }

  async remove(idHash: string): Promise<SessionRow | undefined> {
    const row = await this.#db
      .deleteFrom('session')
      .where('id_hash', '=', idHash)
      .returning(columns)
      .executeTakeFirst();
    return row as SessionRow | undefined;
  }

  /** Of one account, or all; those that were there. */
  async removeAll(accountId?: AccountId): Promise<SessionRow[]> {
    let query = this.#db.deleteFrom('session').returning(columns);
    if (accountId !== undefined) query = query.where('account_id', '=', accountId);
    return (await query.execute()) as SessionRow[];
  }

  /** Those past their end at `now`, or last seen before `seenBefore`. */
  async removeExpired(now: number, seenBefore: number): Promise<SessionRow[]> {
    const rows = await this.#db
      .deleteFrom('session')
      .where((builder) => builder.or([builder('expires_at', '<=', now), builder('last_seen_at', '<=', seenBefore)]))
      .returning(columns)
      .execute();
    return rows as SessionRow[];
  }
}

/** API tokens by the hash of their secret: whoever reads the table can't use one. */
import type { AccountId, CameraId } from '../base/ids.ts';
import type { TokenTable } from './schema.ts';
import type { Database } from './scope.ts';

export interface TokenRow {
  readonly id: number;
  readonly accountId: AccountId;
  readonly name: string;
  readonly actions: readonly string[];
  /** Null: all that the account has. */
  readonly cameras: readonly CameraId[] | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly lastUsedAt: number | null;
}

export type NewToken = Omit<TokenRow, 'id' | 'lastUsedAt'> & {
  /** Hex SHA-256 of the token. */
  readonly hash: string;
};

export class TokenQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async add(token: NewToken): Promise<number> {
    const { id } = await this.#db
      .insertInto('token')
      .values({
        account_id: token.accountId,
        hash: token.hash,
        name: token.name,
        actions: JSON.stringify(token.actions),
        cameras: token.cameras === null ? null : JSON.stringify(token.cameras),
        created_at: token.createdAt,
        expires_at: token.expiresAt,
        last_used_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  async byHash(hash: string): Promise<TokenRow | undefined> {
    const row = await this.#db.selectFrom('token').selectAll().where('hash', '=', hash).executeTakeFirst();
    return row === undefined ? undefined : toToken(row);
  }

  async byId(id: number): Promise<TokenRow | undefined> {
    const row = await this.#db.selectFrom('token').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : toToken(row);
  }

  /** Of one account, or all; newest first. */
  async list(accountId?: AccountId): Promise<TokenRow[]> {
    let query = this.#db.selectFrom('token').selectAll().orderBy('id', 'desc');
    if (accountId !== undefined) query = query.where('account_id', '=', accountId);
    return (await query.execute()).map(toToken);
  }

  async setLastUsed(id: number, at: number): Promise<void> {
    await this.#db.updateTable('token').set({ last_used_at: at }).where('id', '=', id).execute();
  }

  async remove(id: number): Promise<void> {
    await this.#db.deleteFrom('token').where('id', '=', id).execute();
  }

  async removeAll(accountId: AccountId): Promise<void> {
    await this.#db.deleteFrom('token').where('account_id', '=', accountId).execute();
  }
}

function toToken(row: { [Column in keyof TokenTable]: unknown }): TokenRow {
  return {
    id: row.id as number,
    accountId: row.account_id as AccountId,
    name: row.name as string,
    actions: JSON.parse(row.actions as string) as string[],
    cameras: row.cameras === null ? null : (JSON.parse(row.cameras as string) as CameraId[]),
    createdAt: row.created_at as number,
    expiresAt: row.expires_at as number,
    lastUsedAt: row.last_used_at as number | null,
  };
}

/** Passkeys: public keys by the id that the authenticator gave them. Nothing here opens anything. */
import type { AccountId } from '../base/ids.ts';
import type { Database } from './scope.ts';
import { inTransaction } from './scope.ts';

export interface PasskeyRow {
  /** As the authenticator calls it, base64url. */
  readonly id: string;
  readonly accountId: AccountId;
  /** By which an authenticator tells the accounts of one name apart; random, base64url. */
  readonly userHandle: string;
  /** The host name that it is for. */
  readonly rpId: string;
  /** COSE_Key. */
  readonly publicKey: Uint8Array;
  readonly signCount: number;
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

const columns = [
  'id',
  'account_id as accountId',
  'user_handle as userHandle',
  'rp_id as rpId',
  'public_key as publicKey',
  'sign_count as signCount',
  'name',
  'created_at as createdAt',
  'last_used_at as lastUsedAt',
] as const;

export class PasskeyQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * With `codeHashes` for recovery codes in place of those that are there, in one. False where there is one of this id.
   */
  add(row: Omit<PasskeyRow, 'lastUsedAt'>, codeHashes: readonly string[]): Promise<boolean> {
    return inTransaction(this.#db, async (db) => {
      const added = await db
        .insertInto('passkey')
        .values({
          id: row.id,
          account_id: row.accountId,
          user_handle: row.userHandle,
          rp_id: row.rpId,
          public_key: row.publicKey,
          sign_count: row.signCount,
          name: row.name,
          created_at: row.createdAt,
          last_used_at: null,
        })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returning('id')
        .executeTakeFirst();
      if (added === undefined) return false;
      if (codeHashes.length > 0) await db.deleteFrom('recovery_code').where('account_id', '=', row.accountId).execute();
      for (const hash of codeHashes)
        await db.insertInto('recovery_code').values({ account_id: row.accountId, hash }).execute();
      return true;
    });
  }

  async byId(id: string): Promise<PasskeyRow | undefined> {
    const row = await this.#db.selectFrom('passkey').select(columns).where('id', '=', id).executeTakeFirst();
    return row as PasskeyRow | undefined;
  }

  /** Oldest first. */
  async list(accountId: AccountId): Promise<PasskeyRow[]> {
    const query = this.#db.selectFrom('passkey').select(columns).where('account_id', '=', accountId);
    return (await query.orderBy('created_at').execute()) as PasskeyRow[];
  }

  /** False where another use came in between: of two at once, one is first. */
  async setUsed(id: string, from: number, signCount: number, at: number): Promise<boolean> {
    const row = await this.#db
      .updateTable('passkey')
      .set({ sign_count: signCount, last_used_at: at })
      .where('id', '=', id)
      .where('sign_count', '=', from)
      .returning('id')
      .executeTakeFirst();
    return row !== undefined;
  }

  /** False where the account has none such. */
  async remove(accountId: AccountId, id: string): Promise<boolean> {
    const row = await this.#db
      .deleteFrom('passkey')
      .where('id', '=', id)
      .where('account_id', '=', accountId)
      .returning('id')
      .executeTakeFirst();
    return row !== undefined;
  }
}

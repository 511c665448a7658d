/** Failed log-ins and the lockouts that they led to, kept over a restart. */
import type { AccountId } from '../base/ids.ts';
import type { Database } from './scope.ts';
import { inTransaction } from './scope.ts';

export interface LockoutRow {
  readonly accountId: AccountId;
  readonly until: number;
}

export interface FailureRow {
  readonly id: number;
  readonly accountId: AccountId;
  readonly at: number;
}

export class LockoutQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Everything that still counts: read once at start. */
  async all(): Promise<{ readonly failures: FailureRow[]; readonly lockouts: LockoutRow[] }> {
    const failures = await this.#db
      .selectFrom('login_failure')
      .select(['id', 'account_id as accountId', 'at'])
      .orderBy('at')
      .execute();
    const lockouts = await this.#db.selectFrom('lockout').select(['account_id as accountId', 'until']).execute();
    return { failures: failures as FailureRow[], lockouts: lockouts as LockoutRow[] };
  }

  /** The number of the new row. */
  async addFailure(accountId: AccountId, at: number): Promise<number> {
    const row = await this.#db
      .insertInto('login_failure')
      .values({ account_id: accountId, at })
      .returning('id')
      .executeTakeFirstOrThrow();
    return row.id;
  }

  async removeFailures(ids: readonly number[]): Promise<void> {
    if (ids.length > 0) await this.#db.deleteFrom('login_failure').where('id', 'in', ids).execute();
  }

  /** Locks the account; the failures that led to it are done with. */
  async lock(accountId: AccountId, until: number): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      await db.deleteFrom('login_failure').where('account_id', '=', accountId).execute();
      await db
        .insertInto('lockout')
        .values({ account_id: accountId, until })
        .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ until }))
        .execute();
    });
  }

  /** Forgets the account's failures and its lockout. */
  async clear(accountId: AccountId): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      await db.deleteFrom('login_failure').where('account_id', '=', accountId).execute();
      await db.deleteFrom('lockout').where('account_id', '=', accountId).execute();
    });
  }

  /** Removes failures older than `before` and lockouts that ended by `now`. */
  async prune(before: number, now: number): Promise<void> {
    await this.#db.deleteFrom('login_failure').where('at', '<=', before).execute();
    await this.#db.deleteFrom('lockout').where('until', '<=', now).execute();
  }
}

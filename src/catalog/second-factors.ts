/** Second factors: the sealed seed of one-time codes, the last time step that was used, hashes of recovery codes. */
import type { AccountId } from '../base/ids.ts';
import type { Database } from './scope.ts';
import { inTransaction } from './scope.ts';

export interface SecondFactorRow {
  readonly sealedSeed: Uint8Array;
  /** The owner has shown a code of it; before that it asks for nothing. */
  readonly confirmed: boolean;
  /** Codes of this time step and before are used up. */
  readonly lastStep: number;
}

export class SecondFactorQueries {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  async find(accountId: AccountId): Promise<SecondFactorRow | undefined> {
    const row = await this.#db
      .selectFrom('second_factor')
      .selectAll()
      .where('account_id', '=', accountId)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return { sealedSeed: row.sealed_seed, confirmed: row.confirmed === 1, lastStep: row.last_step };
  }

  /** Keeps a seed that isn't confirmed yet, in place of another such. False where a confirmed one is there. */
  async propose(accountId: AccountId, sealedSeed: Uint8Array): Promise<boolean> {
    const values = { sealed_seed: sealedSeed, confirmed: 0, last_step: 0, created_at: this.#now() };
    const row = await this.#db
      .insertInto('second_factor')
      .values({ account_id: accountId, ...values })
      .onConflict((conflict) =>
        conflict.column('account_id').doUpdateSet(values).where('second_factor.confirmed', '=', 0),
      )
      .returning('account_id')
      .executeTakeFirst();
    return row !== undefined;
  }

  /** From now on it is asked for. False where `sealedSeed` isn't the one proposed last. */
  async confirm(
    accountId: AccountId,
    sealedSeed: Uint8Array,
    step: number,
    codeHashes: readonly string[],
  ): Promise<boolean> {
    return inTransaction(this.#db, async (db) => {
      const row = await db
        .updateTable('second_factor')
        .set({ confirmed: 1, last_step: step })
        .where('account_id', '=', accountId)
        .where('confirmed', '=', 0)
        .where('sealed_seed', '=', sealedSeed)
        .returning('account_id')
        .executeTakeFirst();
      if (row === undefined) return false;
      await db.deleteFrom('recovery_code').where('account_id', '=', accountId).execute();
      for (const hash of codeHashes)
        await db.insertInto('recovery_code').values({ account_id: accountId, hash }).execute();
      return true;
    });
  }

  /** Uses up the codes of `step` and before; false where that has been done already: of two at once, one is first. */
  async useStep(accountId: AccountId, step: number): Promise<boolean> {
    const row = await this.#db
      .updateTable('second_factor')
      .set({ last_step: step })
      .where('account_id', '=', accountId)
      .where('last_step', '<', step)
      .returning('account_id')
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Uses up a recovery code; false where there is none such. */
  async useCode(accountId: AccountId, hash: string): Promise<boolean> {
    const row = await this.#db
      .deleteFrom('recovery_code')
      .where('account_id', '=', accountId)
      .where('hash', '=', hash)
      .returning('account_id')
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Recovery codes are of no use to an account that isn't asked for them. */
  async removeCodes(accountId: AccountId): Promise<void> {
    await this.#db.deleteFrom('recovery_code').where('account_id', '=', accountId).execute();
  }

  async codesLeft(accountId: AccountId): Promise<number> {
    const { count } = await this.#db
      .selectFrom('recovery_code')
      .select((builder) => builder.fn.countAll<number>().as('count'))
      .where('account_id', '=', accountId)
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** With all that belongs to it: recovery codes and passkeys. */
  async remove(accountId: AccountId): Promise<void> {
    await this.#db.deleteFrom('passkey').where('account_id', '=', accountId).execute();
    await this.#db.deleteFrom('recovery_code').where('account_id', '=', accountId).execute();
    await this.#db.deleteFrom('second_factor').where('account_id', '=', accountId).execute();
  }
}

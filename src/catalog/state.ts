/** Small facts that belong nowhere else, by key: the pinned owner recipient, when something was last done. */
import type { Database } from './scope.ts';

export class StateQueries {
  readonly #db: Database;
  readonly #durable: () => Promise<void>;

  constructor(db: Database, durable: () => Promise<void>) {
    this.#db = db;
    this.#durable = durable;
  }

  async get(key: string): Promise<string | undefined> {
    const row = await this.#db.selectFrom('state').select('value').where('key', '=', key).executeTakeFirst();
    return row?.value;
  }

  /** Those that begin with `prefix`, in order. */
  async keys(prefix: string): Promise<string[]> {
    const rows = await this.#db.selectFrom('state').select('key').orderBy('key').execute();
    return rows.map(({ key }) => key).filter((key) => key.startsWith(prefix));
  }

  /** Survives the process, not necessarily the power: for what is written every few seconds. */
  async note(key: string, value: string): Promise<void> {
    await this.#db
      .insertInto('state')
      .values({ key, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute();
  }

  /** Durable when it resolves. */
  async set(key: string, value: string): Promise<void> {
    await this.#db
      .insertInto('state')
      .values({ key, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute();
    await this.#durable();
  }

  async remove(key: string): Promise<void> {
    await this.#db.deleteFrom('state').where('key', '=', key).execute();
    await this.#durable();
  }
}

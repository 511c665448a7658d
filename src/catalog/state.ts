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

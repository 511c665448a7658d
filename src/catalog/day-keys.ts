/** The day keys that count: what lies in the recordings directory is believed only as it is pinned here. */
import type { Database } from './scope.ts';

export interface DayKeyPin {
  /** UTC day, `YYYY-MM-DD`. */
  readonly date: string;
  readonly kid: string;
  /** age X25519 recipient, `age1…`. */
  readonly recipient: string;
  /** Hex SHA-256 of the wrapped key's file. */
  readonly keySha256: string;
}

const columns = ['date', 'kid', 'recipient', 'key_sha256 as keySha256'] as const;

export class DayKeyQueries {
  readonly #db: Database;
  readonly #now: () => number;
  readonly #durable: () => Promise<void>;

  constructor(db: Database, now: () => number, durable: () => Promise<void>) {
    this.#db = db;
    this.#now = now;
    this.#durable = durable;
  }

  /** Of one day, oldest first; without `date`, all. */
  async list(date?: string): Promise<DayKeyPin[]> {
    let query = this.#db.selectFrom('day_key').select(columns).orderBy('date').orderBy('created_at').orderBy('kid');
    if (date !== undefined) query = query.where('date', '=', date);
    return query.execute();
  }

  /** Durable when it resolves, for clips are sealed to this key next. */
  async add(pin: DayKeyPin): Promise<void> {
    await this.#db
      .insertInto('day_key')
      .values({
        date: pin.date,
        kid: pin.kid,
        recipient: pin.recipient,
        key_sha256: pin.keySha256,
        created_at: this.#now(),
      })
      .execute();
    await this.#durable();
  }

  /** The key was wrapped anew (rotation, escrow). Thousands at a time: the caller makes the whole durable. */
  async setKeySha256(date: string, kid: string, keySha256: string): Promise<void> {
    await this.#db
      .updateTable('day_key')
      .set({ key_sha256: keySha256 })
      .where('date', '=', date)
      .where('kid', '=', kid)
      .execute();
  }

  /** All keys of a shredded day. */
  async remove(date: string): Promise<void> {
    await this.#db.deleteFrom('day_key').where('date', '=', date).execute();
    await this.#durable();
  }
}

/**
 * Which recordings' labels, note and hold aren't beside their clip yet as the catalog has them. Marked in the transaction
 * that changes them, so that neither a crash nor a full disk in between is forgotten.
 */
import type { RecordingId } from '../base/ids.ts';
import type { Database } from './scope.ts';

export interface FactsDue {
  readonly recording: RecordingId;
  readonly change: number;
}

/** In the transaction of the change. */
export async function markFactsDue(db: Database, id: RecordingId): Promise<void> {
  await db
    .insertInto('facts_due')
    .values({ recording_id: id, change: 1 })
    .onConflict((conflict) =>
      conflict.column('recording_id').doUpdateSet((builder) => ({ change: builder('facts_due.change', '+', 1) })),
    )
    .execute();
}

export class FactsDueQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Of recordings with an id above `after`, in order of it. */
  async list(limit: number, after = 0): Promise<FactsDue[]> {
    const rows = await this.#db
      .selectFrom('facts_due')
      .selectAll()
      .where('recording_id', '>', after)
      .orderBy('recording_id')
      .limit(limit)
      .execute();
    return rows.map((row) => ({ recording: row.recording_id as RecordingId, change: row.change }));
  }

  /** The file is as the catalog was at `change`. */
  async done({ recording, change }: FactsDue): Promise<void> {
    await this.#db.deleteFrom('facts_due').where('recording_id', '=', recording).where('change', '=', change).execute();
  }
}

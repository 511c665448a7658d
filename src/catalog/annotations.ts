/** Labels and notes on recordings: words of people, kept as they were given and searched without regard to case. */
import type { RecordingId } from '../base/ids.ts';
import { markFactsDue } from './facts-due.ts';
import type { Database } from './scope.ts';
import { inTransaction } from './scope.ts';

export interface Annotation {
  /** In order of code points. */
  readonly labels: readonly string[];
  readonly note: string | null;
}

/** How text is compared: compatibility forms and case don't count. */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/** A pattern of LIKE that finds `text` anywhere, with `\\` as its escape; what LIKE gives a meaning to is taken literally. */
export function containing(text: string): string {
  return `%${fold(text).replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}

export class AnnotationQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** What isn't given stays. The caller has found the recording, within its scope. */
  async set(
    id: RecordingId,
    change: { readonly labels?: readonly string[]; readonly note?: string | null },
  ): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      await markFactsDue(db, id);
      const { labels, note } = change;
      if (labels !== undefined) {
        await db.deleteFrom('recording_label').where('recording_id', '=', id).execute();
        const rows = [...new Set(labels)].map((label) => ({ recording_id: id, label, folded: fold(label) }));
        if (rows.length > 0) await db.insertInto('recording_label').values(rows).execute();
      }
      if (note === undefined) return;
      await db.deleteFrom('recording_note').where('recording_id', '=', id).execute();
      if (note === null) return;
      await db
        .insertInto('recording_note')
        .values({ recording_id: id, note, folded: fold(note) })
        .execute();
    });
  }

  /** Of those that have any. */
  async of(ids: readonly RecordingId[]): Promise<Map<RecordingId, Annotation>> {
    if (ids.length === 0) return new Map();
    const labels = await this.#db
      .selectFrom('recording_label')
      .select(['recording_id as id', 'label'])
      .where('recording_id', 'in', ids)
      .orderBy('label')
      .execute();
    const notes = await this.#db
      .selectFrom('recording_note')
      .select(['recording_id as id', 'note'])
      .where('recording_id', 'in', ids)
      .execute();
    const byId = new Map<RecordingId, { labels: string[]; note: string | null }>();
    const entry = (id: number) => {
      const known = byId.get(id as RecordingId) ?? { labels: [], note: null };
      byId.set(id as RecordingId, known);
      return known;
    };
    for (const { id, label } of labels) entry(id).labels.push(label);
    for (const { id, note } of notes) entry(id).note = note;
    return byId;
  }

  /** All labels there are on recordings that are there, with how many bear each; the most used first. */
  async labels(limit: number): Promise<{ readonly label: string; readonly recordings: number }[]> {
    const rows = await this.#db
      .selectFrom('recording_label')
      .select((builder) => ['label', builder.fn.countAll<number>().as('recordings')])
      .groupBy('label')
      .orderBy('recordings', 'desc')
      .orderBy('label')
      .limit(limit)
      .execute();
    return rows.map(({ label, recordings }) => ({ label, recordings: Number(recordings) }));
  }
}

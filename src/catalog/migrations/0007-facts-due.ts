/** Which recordings' words of people (labels, note, hold) aren't beside their clip yet as the catalog has them. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('facts_due')
    .addColumn('recording_id', 'integer', (column) =>
      column.primaryKey().references('recording.id').onDelete('cascade'),
    )
    .addColumn('change', 'integer', (column) => column.notNull())
    .execute();
  // What was said before these files were kept.
  for (const table of ['recording_label', 'recording_note'] as const)
    await sql`insert into facts_due (recording_id, change) select distinct recording_id, 1 from ${sql.table(table)}
      where true on conflict do nothing`.execute(db);
  await sql`insert into facts_due (recording_id, change) select id, 1 from recording
    where held_at is not null on conflict do nothing`.execute(db);
}

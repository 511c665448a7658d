/**
 * Counts that are kept instead of counted: of recordings, events and object tracks by day, class, camera and confidence, so
 * that a list of a million says at once how many there are. And the index of a clip is read out of the clip: in the
 * row it made the catalog ten times as large.
 */
import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { rebuildTallies } from '../tallies.ts';

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('recording').dropColumn('seek_index').execute();
  await db.schema.alterTable('recording').addColumn('tail_offset', 'bigint').execute();
  await db.schema.alterTable('recording').addColumn('duration_ms', 'bigint').execute();
  for (const [table, key] of [
    ['recording_class', 'recording_id'],
    ['event_class', 'event_id'],
  ] as const) {
    await db.schema
      .createTable(table)
      .addColumn(key, 'integer', (column) =>
        column
          .notNull()
          .references(`${table.slice(0, -'_class'.length)}.id`)
          .onDelete('cascade'),
      )
      .addColumn('class', 'text', (column) => column.notNull())
      .addColumn('camera_id', 'integer', (column) => column.notNull())
      .addColumn('start_at', 'bigint', (column) => column.notNull())
      .addColumn('confidence', 'double precision', (column) => column.notNull())
      .addPrimaryKeyConstraint(`${table}_key`, [key, 'class'])
      .execute();
    // Holds all that a list of one class looks at, so that it reads rows of its page only.
    await db.schema
      .createIndex(`${table}_start`)
      .on(table)
      .columns(['class', 'start_at', key, 'camera_id', 'confidence'])
      .execute();
  }
  await db.schema
    .createTable('tally')
    .addColumn('kind', 'integer', (column) => column.notNull())
    .addColumn('class', 'text', (column) => column.notNull())
    .addColumn('level', 'integer', (column) => column.notNull())
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('camera_id', 'integer', (column) => column.notNull())
    .addColumn('n', 'bigint', (column) => column.notNull())
    .addColumn('duration_ms', 'bigint', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('tally_key', ['kind', 'class', 'level', 'day', 'camera_id'])
    .execute();
  await db.schema
    .createTable('track_hour')
    .addColumn('hour', 'integer', (column) => column.notNull())
    .addColumn('class', 'text', (column) => column.notNull())
    .addColumn('camera_id', 'integer', (column) => column.notNull())
    .addColumn('q0', 'bigint', (column) => column.notNull())
    .addColumn('q1', 'bigint', (column) => column.notNull())
    .addColumn('q2', 'bigint', (column) => column.notNull())
    .addColumn('q3', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('track_hour_key', ['hour', 'class', 'camera_id'])
    .execute();
  for (const old of ['recording_start', 'recording_camera', 'recording_totals', 'recording_confidence', 'event_start'])
    await db.schema.dropIndex(old).execute();
  const index = (name: string, on: 'recording' | 'event', columns: string[]) =>
    db.schema.createIndex(name).on(on).columns(columns).execute();
  await index('recording_start', 'recording', ['start_at', 'id', 'state', 'camera_id', 'confidence']);
  await index('recording_camera', 'recording', ['camera_id', 'start_at', 'id', 'state', 'confidence']);
  await index('recording_confidence', 'recording', ['confidence', 'id', 'state', 'camera_id', 'start_at']);
  await index('recording_duration', 'recording', ['duration_ms', 'id', 'state', 'camera_id', 'start_at']);
  await index('recording_camera_state', 'recording', ['state', 'camera_id', 'start_at']);
  await index('event_start', 'event', ['start_at', 'id', 'camera_id', 'confidence']);
  const rows = db as unknown as Kysely<Schema>;
  await rows
    .updateTable('recording')
    .set((builder) => ({ duration_ms: builder('end_at', '-', builder.ref('start_at')) }))
    .where('end_at', 'is not', null)
    .execute();
  await rebuildTallies(rows);
}

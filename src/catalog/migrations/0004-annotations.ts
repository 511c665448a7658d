/** What people say about recordings, where objects were seen, and what a camera should have given and didn't. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('recording_note')
    .addColumn('recording_id', 'integer', (column) =>
      column.primaryKey().references('recording.id').onDelete('cascade'),
    )
    .addColumn('note', 'text', (column) => column.notNull())
    .addColumn('folded', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('recording_label')
    .addColumn('recording_id', 'integer', (column) => column.notNull().references('recording.id').onDelete('cascade'))
    .addColumn('label', 'text', (column) => column.notNull())
    .addColumn('folded', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('recording_label_key', ['recording_id', 'label'])
    .execute();
  await db.schema
    .createIndex('recording_label_folded')
    .on('recording_label')
    .columns(['folded', 'recording_id'])
    .execute();
  await db.schema
    .createTable('event_zone')
    .addColumn('event_id', 'integer', (column) => column.notNull().references('event.id').onDelete('cascade'))
    .addColumn('zone', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('event_zone_key', ['event_id', 'zone'])
    .execute();
  await db.schema.createIndex('event_zone_zone').on('event_zone').columns(['zone', 'event_id']).execute();
  await db.schema
    .createTable('loss')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('camera_id', 'integer', (column) => column.notNull().references('camera.id'))
    .addColumn('camera_slug', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('start_at', 'bigint', (column) => column.notNull())
    .addColumn('end_at', 'bigint')
    .execute();
  await db.schema.createIndex('loss_camera').on('loss').columns(['camera_id', 'start_at']).execute();
  await db.schema.createIndex('loss_end').on('loss').columns(['end_at', 'start_at']).execute();
}

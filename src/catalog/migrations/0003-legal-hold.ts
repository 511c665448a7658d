/** A recording on legal hold is not deleted, by nobody and by no rule. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('recording').addColumn('held_at', 'bigint').execute();
  await db.schema.createIndex('recording_held').on('recording').columns(['held_at']).execute();
}

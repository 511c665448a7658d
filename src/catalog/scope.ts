/**
 * Which cameras a read may see. Every query that returns evidence takes a scope, so that the answer of `authorize`
 * reaches the SQL itself: lists, counts and look-ups of a viewer never hold a row of a camera that isn't theirs.
 */
import type { ExpressionBuilder, Kysely, RawBuilder, Transaction } from 'kysely';
import { sql } from 'kysely';
import type { CameraId } from '../base/ids.ts';
import type { Schema } from './schema.ts';

export type CameraScope = 'all' | ReadonlySet<CameraId> | readonly CameraId[];

/** The database, or a transaction on it: queries work on both. */
export type Database = Kysely<Schema>;

type ScopedTable = 'recording' | 'event' | 'track' | 'loss';

/** The condition `camera_id` of `table` is in `scope`; false for an empty scope. */
export function inScope<Table extends ScopedTable>(
  builder: ExpressionBuilder<Schema, Table>,
  table: Table,
  scope: CameraScope,
) {
  const any = builder as unknown as ExpressionBuilder<Schema, ScopedTable>;
  if (scope === 'all') return any.lit(true);
  const slugs = [...scope];
  if (slugs.length === 0) return any.lit(false);
  return any(
    `${table}.camera_id` as 'recording.camera_id',
    'in',
    any.selectFrom('camera').select('camera.id').where('camera.slug', 'in', slugs),
  );
}

/** The same for a column of any table, as SQL. */
export function cameraCondition(column: RawBuilder<unknown>, scope: CameraScope): RawBuilder<unknown> {
  if (scope === 'all') return sql`1 = 1`;
  const slugs = [...scope];
  if (slugs.length === 0) return sql`1 = 0`;
  return sql`${column} in (select id from camera where slug in (${sql.join(slugs)}))`;
}

/** Runs `work` in a transaction, or in the one that `db` already is. */
export function inTransaction<T>(db: Database, work: (transaction: Database) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db as Transaction<Schema>) : db.transaction().execute(work);
}

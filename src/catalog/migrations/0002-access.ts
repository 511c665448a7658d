import type { Kysely } from 'kysely';

/** API tokens, second factors with their recovery codes, and the stream password before the current one. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('token')
    // autoIncrement: an id is never used again, so that an audit entry always means the same token.
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('account_id', 'integer', (column) => column.notNull().references('account.id').onDelete('cascade'))
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('actions', 'text', (column) => column.notNull())
    .addColumn('cameras', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint')
    .execute();
  await db.schema.createIndex('token_account').on('token').column('account_id').execute();
  await db.schema
    .createTable('second_factor')
    .addColumn('account_id', 'integer', (column) => column.primaryKey().references('account.id').onDelete('cascade'))
    .addColumn('sealed_seed', 'blob', (column) => column.notNull())
    .addColumn('confirmed', 'integer', (column) => column.notNull())
    .addColumn('last_step', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('recovery_code')
    .addColumn('account_id', 'integer', (column) => column.notNull().references('account.id').onDelete('cascade'))
    .addColumn('hash', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('recovery_code_key', ['account_id', 'hash'])
    .execute();
  await db.schema
    .createTable('former_stream_password')
    .addColumn('account_id', 'integer', (column) => column.primaryKey().references('account.id').onDelete('cascade'))
    .addColumn('sealed_ha1_md5', 'blob', (column) => column.notNull())
    .addColumn('sealed_ha1_sha256', 'blob', (column) => column.notNull())
    .addColumn('until', 'bigint', (column) => column.notNull())
    .execute();
}

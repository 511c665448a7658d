import type { Kysely } from 'kysely';

/** Accounts, sessions, cameras and their secrets, recordings, events and object tracks. */
export async function up(db: Kysely<never>): Promise<void> {
  await createCameras(db);
  await createAccounts(db);
  await createKeys(db);
  await createEvidence(db);
}

async function createCameras(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('camera')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('slug', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('removed_at', 'bigint')
    .execute();
  await db.schema
    .createTable('credential')
    .addColumn('camera_id', 'integer', (column) => column.primaryKey().references('camera.id').onDelete('cascade'))
    .addColumn('sealed', 'blob', (column) => column.notNull())
    .addColumn('digest_seen', 'integer', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute();
}

async function createAccounts(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('account')
    // autoIncrement: an id is never used again, so that an audit entry always means the same account.
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('name_key', 'text', (column) => column.notNull().unique())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('all_cameras', 'integer', (column) => column.notNull())
    .addColumn('password_hash', 'text')
    .addColumn('disabled', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('password_changed_at', 'bigint')
    .addColumn('last_login_at', 'bigint')
    .execute();
  await db.schema
    .createTable('camera_grant')
    .addColumn('account_id', 'integer', (column) => column.notNull().references('account.id').onDelete('cascade'))
    .addColumn('camera_id', 'integer', (column) => column.notNull().references('camera.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('camera_grant_key', ['account_id', 'camera_id'])
    .execute();
  await db.schema
    .createTable('stream_password')
    .addColumn('account_id', 'integer', (column) => column.primaryKey().references('account.id').onDelete('cascade'))
    .addColumn('sealed_ha1_md5', 'blob', (column) => column.notNull())
    .addColumn('sealed_ha1_sha256', 'blob', (column) => column.notNull())
    .addColumn('shared', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('session')
    .addColumn('id_hash', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'integer', (column) => column.notNull().references('account.id').onDelete('cascade'))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('user_agent', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('session_account').on('session').column('account_id').execute();
  await db.schema
    .createTable('login_failure')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('account_id', 'integer', (column) => column.notNull().references('account.id').onDelete('cascade'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('login_failure_account').on('login_failure').column('account_id').execute();
  await db.schema
    .createTable('lockout')
    .addColumn('account_id', 'integer', (column) => column.primaryKey().references('account.id').onDelete('cascade'))
    .addColumn('until', 'bigint', (column) => column.notNull())
    .execute();
}

async function createKeys(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('day_key')
    .addColumn('kid', 'text', (column) => column.notNull())
    .addColumn('date', 'text', (column) => column.notNull())
    .addColumn('recipient', 'text', (column) => column.notNull())
    .addColumn('key_sha256', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('day_key_key', ['date', 'kid'])
    .execute();
  await db.schema
    .createTable('state')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
}

async function createEvidence(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('recording')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('camera_id', 'integer', (column) => column.notNull().references('camera.id'))
    .addColumn('camera_slug', 'text', (column) => column.notNull())
    .addColumn('camera_name', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('start_at', 'bigint', (column) => column.notNull())
    .addColumn('end_at', 'bigint')
    .addColumn('file', 'text')
    .addColumn('thumbnail', 'text')
    .addColumn('kid', 'text')
    .addColumn('plain_bytes', 'bigint', (column) => column.notNull())
    .addColumn('sealed_bytes', 'bigint', (column) => column.notNull())
    .addColumn('sha256', 'text')
    .addColumn('width', 'integer')
    .addColumn('height', 'integer')
    .addColumn('confidence', 'double precision', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    // Last, so that lists read past it: SQLite keeps what comes before it in the row's first page.
    .addColumn('seek_index', 'blob')
    .execute();
  await db.schema.createIndex('recording_file').unique().on('recording').column('file').execute();
  await db.schema.createIndex('recording_thumbnail').unique().on('recording').column('thumbnail').execute();
  await db.schema.createIndex('recording_start').on('recording').columns(['start_at', 'id']).execute();
  await db.schema
    .createIndex('recording_camera')
    .on('recording')
    .columns(['camera_id', 'start_at', 'id', 'state'])
    .execute();
  // Holds all that counts and sums need, so that they read no rows.
  await db.schema
    .createIndex('recording_totals')
    .on('recording')
    .columns(['state', 'camera_id', 'start_at', 'end_at', 'sealed_bytes', 'camera_slug'])
    .execute();
  await db.schema.createIndex('recording_state').on('recording').columns(['state', 'start_at']).execute();
  await db.schema.createIndex('recording_confidence').on('recording').columns(['confidence', 'id']).execute();
  await db.schema
    .createTable('event')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('camera_id', 'integer', (column) => column.notNull().references('camera.id'))
    .addColumn('camera_slug', 'text', (column) => column.notNull())
    .addColumn('camera_name', 'text', (column) => column.notNull())
    .addColumn('start_at', 'bigint', (column) => column.notNull())
    .addColumn('end_at', 'bigint')
    .addColumn('confidence', 'double precision', (column) => column.notNull())
    .addColumn('counts', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('event_start').on('event').columns(['start_at', 'id']).execute();
  await db.schema.createIndex('event_camera').on('event').columns(['camera_id', 'start_at', 'id']).execute();
  await db.schema.createIndex('event_end').on('event').columns(['end_at', 'start_at']).execute();
  await db.schema
    .createTable('event_recording')
    .addColumn('event_id', 'integer', (column) => column.notNull().references('event.id').onDelete('cascade'))
    .addColumn('recording_id', 'integer', (column) => column.notNull().references('recording.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('event_recording_key', ['recording_id', 'event_id'])
    .execute();
  await db.schema.createIndex('event_recording_event').on('event_recording').column('event_id').execute();
  await db.schema
    .createTable('track')
    .addColumn('event_id', 'integer', (column) => column.notNull().references('event.id').onDelete('cascade'))
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('camera_id', 'integer', (column) => column.notNull().references('camera.id'))
    .addColumn('class', 'text', (column) => column.notNull())
    .addColumn('confidence', 'double precision', (column) => column.notNull())
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addColumn('box_x', 'double precision', (column) => column.notNull())
    .addColumn('box_y', 'double precision', (column) => column.notNull())
    .addColumn('box_width', 'double precision', (column) => column.notNull())
    .addColumn('box_height', 'double precision', (column) => column.notNull())
    .addColumn('width', 'integer', (column) => column.notNull())
    .addColumn('height', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('track_key', ['event_id', 'number'])
    .execute();
  await db.schema.createIndex('track_first').on('track').columns(['first_at', 'class', 'camera_id']).execute();
  await db.schema.createIndex('track_camera').on('track').columns(['camera_id', 'first_at', 'class']).execute();
}

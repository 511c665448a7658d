/**
 * The embedded kind of catalog: one SQLite file, encrypted page by page (chacha20 with a Poly1305 tag each), in WAL mode.
 *
 * `synchronous` is NORMAL: a commit survives the death of the process but waits for no disk. SQLite runs in our own
 * thread, and a commit that waited for a slow disk would hold up every camera meanwhile. What must survive a power cut
 * before it is acknowledged calls `durable()`, which syncs the write-ahead log from Node's thread pool; several callers
 * share one sync. (Closing a descriptor of the -wal file drops no lock: SQLite locks the database and -shm only.)
 */
import { chmod, open } from 'node:fs/promises';
import Database from 'better-sqlite3-multiple-ciphers';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { Problem } from '../base/problem.ts';
import { cannotOpen, wrongKey } from './problems.ts';

/** Statements are compiled once and kept; kysely gives few distinct texts, but `in (…)` lists vary. */
const maxStatements = 256;

/**
 * Opens or makes `file` with mode 0600. `key` is 32 bytes and may be wiped after the call.
 * @throws Problem catalog/wrong-key, catalog/cannot-open
 */
export async function openSqlite(file: string, key: Buffer): Promise<SqliteDatabase> {
  if (key.length !== 32) throw new RangeError('the catalog key is 32 bytes');
  let database: Database.Database | undefined;
  try {
    // Made by us first: SQLite would take the mode from the umask, and its -wal and -shm take the mode of this file.
    const handle = await open(file, 'a', 0o600);
    await handle.close();
    await chmod(file, 0o600);
    database = new Database(file, { timeout: 5000 });
    database.pragma(`cipher='chacha20'`);
    database.pragma(`key="x'${key.toString('hex')}'"`);
    // The first read: a wrong key shows here.
    database.prepare('select count(*) from sqlite_master').get();
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    database.pragma('trusted_schema = OFF');
    database.pragma('secure_delete = FAST');
    database.pragma('temp_store = MEMORY');
    database.pragma('cache_size = -16384');
    return cached(database);
  } catch (error) {
    database?.close();
    const code = (error as { code?: unknown }).code;
    if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT') throw wrongKey(error);
    throw error instanceof Problem ? error : cannotOpen(error);
  }
}

function cached(database: Database.Database): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => {
      statements.clear();
      database.close();
    },
    prepare: (text) => {
      let statement = statements.get(text);
      if (statement !== undefined) return statement;
      statement = database.prepare(text) as unknown as SqliteStatement;
      if (statements.size >= maxStatements) statements.delete(statements.keys().next().value as string);
      statements.set(text, statement);
      return statement;
    },
  };
}

/** Makes everything committed before the call survive a power cut. Calls that arrive during a sync share the next. */
export class WalSync {
  readonly #file: string;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(databaseFile: string) {
    this.#file = `${databaseFile}-wal`;
  }

  sync(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    const run = this.#syncFile().finally(() => {
      if (this.#running === run) this.#running = undefined;
    });
    this.#running = run;
    return run;
  }

  async #syncFile(): Promise<void> {
    try {
      await using handle = await open(this.#file, 'r');
      await handle.datasync();
    } catch (error) {
      // No log: everything is in the database itself, which the checkpoint has synced.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/**
 * One process works on a home at a time. Node has no flock(2), and a file with a process id goes stale and races; so
 * the lock is SQLite's own on an empty database: an fcntl lock that the kernel takes back when the process dies, however
 * it dies, and that holds across containers that share the directory. The file with the process id beside it is for the
 * error's text only.
 */
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { Problem } from '../base/problem.ts';

/**
 * @param directory `HOME/run`; made with 0700 where it is missing.
 * @throws Problem `control/home-in-use` at once where another process, or another lock of this one, holds it.
 */
export async function lockHome(directory: string): Promise<AsyncDisposable> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const lockFile = join(directory, 'lock');
  const holderFile = join(directory, 'lock.pid');
  // Made by us first, so that it has its mode whatever the umask says. It is never removed: whoever unlinks a lock
  // file lets two processes lock two files of one name.
  await (await open(lockFile, 'a', 0o600)).close();
  // The package's own types can't be found through its `exports`; they are those of better-sqlite3.
  const Database = createRequire(import.meta.url)('better-sqlite3-multiple-ciphers') as typeof BetterSqlite3;
  const database = new Database(lockFile, { timeout: 0 });
  try {
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY')) throw error;
    const holder = await readFile(holderFile, 'utf8').catch(() => '');
    throw new Problem('control/home-in-use', 'another SentriX process works on this home', {
      status: 409,
      hint: 'stop it first, or choose another --home',
      safe: /^\d{1,10}$/.test(holder) ? { pid: Number(holder) } : {},
    });
  }
  await writeFile(holderFile, String(process.pid), { mode: 0o600 });
  return {
    async [Symbol.asyncDispose]() {
      await rm(holderFile, { force: true });
      database.close();
    },
  };
}

/**
 * A thread of its own that copies the catalogue: SQLite works in the thread that calls it, and copying a year of events
 * would hold up every camera meanwhile. It reads one moment of the database while others write (WAL).
 */
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3-multiple-ciphers';

const { file, target, key } = workerData as {
  readonly file: string;
  readonly target: string;
  readonly key: Uint8Array;
};

const database = new Database(file, { timeout: 30_000 });
try {
  database.pragma(`cipher='chacha20'`);
  database.pragma(`key="x'${Buffer.from(key).toString('hex')}'"`);
  // The copy is encrypted as the original is, by the same key.
  database.prepare('vacuum into ?').run(target);
} finally {
  database.close();
  key.fill(0);
}
parentPort!.postMessage('done');

/** A consistent copy of the database while it is being written. */
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { installationFolder, isBuilt } from '../base/installation.ts';

/** @param target doesn't exist yet; encrypted under the same key and 0600 afterwards, and durable. */
export async function snapshotSqlite(file: string, target: string, key: Buffer): Promise<void> {
  // Made by us first: SQLite would take the mode from the umask. VACUUM INTO accepts an empty file.
  await (await open(target, 'wx', 0o600)).close();
  const worker = new Worker(threadScript(), { workerData: { file, target, key: new Uint8Array(key) } });
  // Throws what the thread threw.
  await once(worker, 'message');
  await worker.terminate();
  await using handle = await open(target, 'r+');
  await handle.sync();
}

/** The source as it is, or what the build made of it. */
function threadScript(): string {
  const [folder, ending] = isBuilt() ? ['dist', 'js'] : ['src', 'ts'];
  return join(installationFolder(), folder, 'catalog', `snapshot-thread.${ending}`);
}

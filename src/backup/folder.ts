/**
 * A folder of backups: named by their time, the newest `keep` of them kept, and beside them a copy of the recordings that
 * grows by what is new. The copies are sealed as the originals are. A day key that is shredded here is removed there.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDiskStore } from '../storage/disk-store.ts';
import { isReplaced } from '../storage/object-name.ts';
import type { ObjectStore } from '../storage/object-store.ts';

const pattern = /^sentrix-\d{8}-\d{6}\.backup\.age$/;

/** `sentrix-YYYYMMDD-HHMMSS.backup.age`, UTC. */
export function backupFileName(at: number): string {
  const [day = '', time = ''] = new Date(at).toISOString().split('T');
  return `sentrix-${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}.backup.age`;
}

/** Absolute path of the backup to come; the folder is made where it is missing. */
export async function nextInFolder(folder: string, at: number): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return join(folder, backupFileName(at));
}

/** Removes all but the newest `keep`. @returns how many. */
export async function prune(folder: string, keep: number): Promise<number> {
  const old = (await readdir(folder))
    .filter((name) => pattern.test(name))
    .toSorted()
    .slice(0, -keep);
  for (const name of old) await rm(join(folder, name), { force: true });
  return old.length;
}

const pieceBytes = 1024 * 1024;
/** A copy that fills its disk would keep the backup itself from being made. */
const keepFreeBytes = 1024 ** 3;

/**
 * Copies what is new or has grown into `FOLDER/recordings`.
 * @param shredded is this day key one that was made unreadable on purpose?
 */
export async function copyRecordings(
  from: ObjectStore,
  folder: string,
  shredded: (name: string) => Promise<boolean>,
  signal: AbortSignal,
): Promise<{ readonly copied: number; readonly full: boolean }> {
  const to = await openDiskStore(join(folder, 'recordings'));
  await to.sweepTemporary();
  let copied = 0;
  let full = false;
  for await (const { name, sizeBytes } of from.list('')) {
    signal.throwIfAborted();
    const there = await to.stat(name);
    if (there !== undefined && there.sizeBytes === sizeBytes && !isReplaced(name)) continue;
    if ((await to.freeBytes()) - sizeBytes < keepFreeBytes) {
      full = true;
      continue;
    }
    if (await copyObject(from, to, name)) copied++;
  }
  for await (const { name } of to.list('keys/'))
    if ((await from.stat(name)) === undefined && (await shredded(name))) await to.remove(name);
  return { copied, full };
}

async function copyObject(from: ObjectStore, to: ObjectStore, name: string): Promise<boolean> {
  // Deleted meanwhile by retention
  if ((await from.stat(name)) === undefined) return false;
  await using source = await from.open(name);
  if (isReplaced(name)) {
    const bytes = Buffer.alloc(source.sizeBytes);
    await to.put(name, bytes.subarray(0, await source.read(0, bytes)));
    return true;
  }
  await to.remove(name);
  await using target = await to.create(name);
  const piece = Buffer.alloc(pieceBytes);
  for (let at = 0; at < source.sizeBytes; ) {
    const got = await source.read(at, piece);
    if (got === 0) break;
    await target.append(piece.subarray(0, got));
    at += got;
  }
  await target.finish();
  return true;
}

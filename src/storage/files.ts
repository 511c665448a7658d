/** The few things about files that `node:fs` leaves to do: durable folders, writes that are whole, small secret files. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { chmod, link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** Makes the names in `folder` durable: a file's own fsync says nothing about the entry that leads to it (fsync(2)). */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, O_RDONLY | O_NOFOLLOW);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes all of `parts` at `position`, by one system call where the kernel takes it whole. */
export async function writeFully(handle: FileHandle, parts: readonly Uint8Array[], position: number): Promise<number> {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  let done = (await handle.writev(parts as Uint8Array[], position)).bytesWritten;
  if (done < total) {
    const rest = Buffer.concat(parts).subarray(done);
    let at = 0;
    while (at < rest.length) {
      const { bytesWritten } = await handle.write(rest, at, rest.length - at, position + done);
      at += bytesWritten;
      done += bytesWritten;
    }
  }
  return total;
}

/**
 * Writes a small file (0600) that is there whole or not at all, and durable. With `exclusive` it throws EEXIST where
 * there is one. The folder must exist. Throws the errors of `node:fs`.
 */
export async function writeSmallFile(
  path: string,
  bytes: Uint8Array,
  options: { readonly exclusive: boolean },
): Promise<void> {
  const draft = join(dirname(path), `.tmp-${randomBytes(9).toString('hex')}`);
  try {
    const handle = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await handle.chmod(0o600);
      await writeFully(handle, [bytes], 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (options.exclusive) await link(draft, path);
    else await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
}

export interface SmallFile {
  readonly bytes: Buffer;
  /** True where group or others could read or write it; the mode has been mended to 0600. */
  readonly wasOpenToOthers: boolean;
}

/**
 * Reads a regular file of at most `maxBytes`, never through a link; mends its mode to 0600. `undefined` where there is
 * none. Throws the errors of `node:fs`, EFBIG where it is longer, EINVAL where it is no regular file.
 */
export async function readSmallFile(path: string, maxBytes: number): Promise<SmallFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw Object.assign(new Error('not a regular file'), { code: 'EINVAL' });
    if (facts.size > maxBytes) throw Object.assign(new Error('longer than expected'), { code: 'EFBIG' });
    const wasOpenToOthers = (facts.mode & 0o077) !== 0;
    if (wasOpenToOthers) await handle.chmod(0o600);
    const bytes = Buffer.alloc(facts.size);
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return { bytes: bytes.subarray(0, done), wasOpenToOthers };
  } finally {
    await handle.close();
  }
}

/** Makes a folder (0700, parents too) or mends the mode of one that is there. Its name is durable afterwards. */
export async function makePrivateFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  if (first !== undefined) await syncFolder(dirname(path));
}

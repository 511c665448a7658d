/**
 * Makes a backup while everything runs: a consistent copy of the catalogue, keys as they are sealed, certificates, the audit
 * log up to now, the configuration, and the recordings where they are wanted. One age file to the owner and every escrow;
 * it is there whole or not at all.
 *
 * Two files are left out: a plain owner key, for whoever is escrow today would have it for ever; and the next owner key of
 * a rotation that isn't over.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { link, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder, writeFully } from '../storage/files.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Manifest } from './manifest.ts';
import { format, manifestName } from './manifest.ts';
import { backupProblem } from './problems.ts';
import { isSafeName, tarEnd, tarHeader, tarPadding } from './tar.ts';

/** Takes plaintext, gives sealed bytes. */
export interface Seal extends Disposable {
  write(bytes: Uint8Array): readonly Uint8Array[];
  end(): readonly Uint8Array[];
}

export interface BackupSource {
  /** Absolute. */
  readonly home: string;
  /** Copies the catalogue as it is now to a file that doesn't exist yet. */
  snapshot(target: string): Promise<void>;
  /** Signs the audit log as it is. */
  checkpoint(): Promise<void>;
  /** The text of the configuration; empty where there is none. */
  configuration(): Promise<string>;
  /** Where the recordings are to be in it. */
  readonly recordings?: ObjectStore;
  /** Of this program. */
  readonly version: string;
  /** `age1…`. */
  readonly owner: string;
  readonly clock: { now(): number };
}

export interface MadeBackup {
  /** Of the sealed file. */
  readonly sizeBytes: number;
  readonly files: number;
}

const pieceBytes = 256 * 1024;
const leftOut = new Set(['keys/owner.key', 'keys/owner.next.key', 'keys/owner.next.key.age']);
export const configurationName = 'surveillance.yml';
export const catalogName = 'catalog.db';

/** @param target absolute. @throws Problem backup/exists; errors of `node:fs` */
export async function makeBackup(
  source: BackupSource,
  seal: Seal,
  target: string,
  signal: AbortSignal,
): Promise<MadeBackup> {
  const draft = join(dirname(target), `.tmp-${randomBytes(9).toString('hex')}`);
  const snapshot = join(source.home, 'run', `catalog-${randomBytes(9).toString('hex')}`);
  const handle = await open(draft, 'wx', 0o600);
  try {
    const archive = new Archive(handle, seal, source.clock.now());
    await source.snapshot(snapshot);
    await archive.addFile(catalogName, snapshot);
    // First the checkpoint, then the entries: more of them than it signs for is what a restored log may have.
    await source.checkpoint();
    for (const folder of ['keys', 'certs', 'audit']) {
      const names = (await readdir(join(source.home, folder))).filter(
        (name) => isSafeName(name) && !leftOut.has(`${folder}/${name}`),
      );
      for (const name of names.toSorted(checkpointFirst))
        await archive.addFile(`${folder}/${name}`, join(source.home, folder, name));
    }
    const configuration = await source.configuration();
    if (configuration !== '') await archive.addBytes(configurationName, Buffer.from(configuration));
    if (source.recordings !== undefined) await archive.addRecordings(source.recordings, signal);
    const manifest: Manifest = {
      ...{ format, version: source.version, madeAt: new Date(source.clock.now()).toISOString(), owner: source.owner },
      files: archive.files,
    };
    await archive.addBytes(manifestName, Buffer.from(JSON.stringify(manifest)));
    const sizeBytes = await archive.end();
    await handle.sync();
    await place(draft, target);
    return { sizeBytes, files: archive.files.length };
  } finally {
    seal[Symbol.dispose]();
    await handle.close();
    await rm(draft, { force: true });
    for (const ending of ['', '-journal', '-wal', '-shm']) await rm(`${snapshot}${ending}`, { force: true });
  }
}

/** Never over another file: the one that is there may be the only good one. */
async function place(draft: string, target: string): Promise<void> {
  try {
    await link(draft, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw backupProblem('backup/exists', 'there is a file of this name already', {
        hint: 'choose another name',
        safe: { name: basename(target) },
      });
    // FAT and some network shares know no hard links.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error;
    await rename(draft, target);
  }
  await syncFolder(dirname(target));
}

function checkpointFirst(one: string, other: string): number {
  const rank = (name: string): number => (name.endsWith('.entries') ? 1 : 0);
  return rank(one) - rank(other) || one.localeCompare(other);
}

class Archive {
  readonly files: Manifest['files'] = [];
  readonly #handle: FileHandle;
  readonly #seal: Seal;
  readonly #at: number;
  #sizeBytes = 0;

  constructor(handle: FileHandle, seal: Seal, at: number) {
    this.#handle = handle;
    this.#seal = seal;
    this.#at = at;
  }

  async addBytes(name: string, bytes: Buffer): Promise<void> {
    await this.#add(name, bytes.length, (offset, target) => Promise.resolve(bytes.copy(target, 0, offset)));
  }

  /** As far as it reaches now; what is no regular file is passed over. */
  async addFile(name: string, path: string): Promise<void> {
    await using file = await open(path, 'r');
    const { size, mode } = await file.stat();
    if ((mode & 0o170000) !== 0o100000) return;
    await this.#add(
      name,
      size,
      async (offset, target) => (await file.read(target, 0, target.length, offset)).bytesRead,
    );
  }

  async addRecordings(store: ObjectStore, signal: AbortSignal): Promise<void> {
    for await (const { name } of store.list('')) {
      signal.throwIfAborted();
      // Deleted meanwhile by retention: then it isn't in the backup
      if ((await store.stat(name)) === undefined) continue;
      await using object = await store.open(name);
      await this.#add(`recordings/${name}`, object.sizeBytes, (offset, target) => object.read(offset, target));
    }
  }

  async end(): Promise<number> {
    await this.#put(tarEnd);
    await this.#store(this.#seal.end());
    return this.#sizeBytes;
  }

  async #add(
    name: string,
    sizeBytes: number,
    read: (offset: number, target: Buffer) => Promise<number>,
  ): Promise<void> {
    await this.#put(tarHeader({ name, sizeBytes }, this.#at));
    const hash = createHash('sha256');
    const piece = Buffer.alloc(Math.min(pieceBytes, Math.max(1, sizeBytes)));
    for (let at = 0; at < sizeBytes; ) {
      const got = await read(at, piece.subarray(0, Math.min(piece.length, sizeBytes - at)));
      if (got === 0) throw new Error(`${name} became shorter while it was copied`);
      const bytes = piece.subarray(0, got);
      hash.update(bytes);
      await this.#put(bytes);
      at += got;
    }
    await this.#put(tarPadding(sizeBytes));
    if (name !== manifestName) this.files.push({ name, sizeBytes, sha256: hash.digest('hex') });
  }

  async #put(bytes: Uint8Array): Promise<void> {
    await this.#store(this.#seal.write(bytes));
  }

  async #store(parts: readonly Uint8Array[]): Promise<void> {
    if (parts.length > 0) this.#sizeBytes += await writeFully(this.#handle, parts, this.#sizeBytes);
  }
}

/**
 * Objects as files under one root. Folders 0700, files 0600, whatever the umask is. No link is ever followed below the
 * root: the last part by O_NOFOLLOW, the folders by comparing their real path. What is not yet whole lies in `.tmp` at
 * the root, one place to clean after a crash, and becomes visible by rename. What follows from that: no other file
 * system can be mounted below the root.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { chmod, link, lstat, mkdir, open, readdir, realpath, rename, rm, statfs, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DiskObject } from './disk-object.ts';
import { syncFolder, writeFully } from './files.ts';
import { parseObjectName } from './object-name.ts';
import type { CopyStore, ListedObject, ObjectFacts, OpenObject, StoredObject } from './object-store.ts';
import { notRegular, storageProblem } from './problems.ts';

const temporary = '.tmp';
/** Files written side by side by `putAll`: more than the threads that wait for the disk are of no use. */
const putLanes = 8;
const uploadBlockBytes = 1024 * 1024;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** Makes the root (0700) where it is missing. Throws `storage/unavailable`. */
export async function openDiskStore(root: string): Promise<DiskStore> {
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    const real = await realpath(root);
    await chmod(real, 0o700);
    await mkdir(join(real, temporary), { recursive: true, mode: 0o700 });
    await chmod(join(real, temporary), 0o700);
    return new DiskStore(real);
  } catch (error) {
    throw storageProblem(error, '');
  }
}

export class DiskStore implements CopyStore {
  readonly #root: string;
  /** Folders seen to be real ones below the root; names only, so it stays small (a folder a camera and day). */
  readonly #made = new Set<string>();

  /** Use `openDiskStore`. `root` is a real path that exists and holds `.tmp`. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Removes what a crash left half-written. Only for whoever holds the home's lock: it takes others' work as well. */
  async sweepTemporary(): Promise<number> {
    const folder = join(this.#root, temporary);
    const left = await readdir(folder);
    for (const name of left) await rm(join(folder, name), { force: true, recursive: true });
    return left.length;
  }

  async grow(name: string): Promise<OpenObject> {
    const path = await this.#pathForWriting(name);
    try {
      const handle = await open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
      await chmodOrClose(handle);
      const { size } = await handle.stat();
      return new DiskObject({ name, path, handle, sizeBytes: size, temporaryPath: this.#temporaryPath() });
    } catch (error) {
      throw storageProblem(error, name);
    }
  }

  async upload(name: string, source: StoredObject): Promise<void> {
    const path = await this.#pathForWriting(name);
    const draft = this.#temporaryPath();
    try {
      const handle = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      try {
        await handle.chmod(0o600);
        const block = Buffer.allocUnsafe(uploadBlockBytes);
        for (let offset = 0; offset < source.sizeBytes; ) {
          const bytes = await source.read(offset, block.subarray(0, Math.min(block.length, source.sizeBytes - offset)));
          if (bytes === 0) break;
          await writeFully(handle, [block.subarray(0, bytes)], offset);
          offset += bytes;
        }
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(draft, path);
      await syncFolder(dirname(path));
    } catch (error) {
      await rm(draft, { force: true });
      throw storageProblem(error, name);
    }
  }

  async create(name: string): Promise<OpenObject> {
    const path = await this.#pathForWriting(name);
    try {
      const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      await chmodOrClose(handle);
      return new DiskObject({ name, path, handle, temporaryPath: this.#temporaryPath() });
    } catch (error) {
      throw storageProblem(error, name);
    }
  }

  async open(name: string): Promise<StoredObject> {
    try {
      const path = await this.#existingPath(name);
      // O_NONBLOCK: a pipe that somebody planted must not make us wait for its other end
      const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        const facts = await handle.stat();
        if (!facts.isFile()) throw notRegular(name);
        return new DiskReader(name, handle, facts.size);
      } catch (error) {
        await handle.close();
        throw error;
      }
    } catch (error) {
      throw storageProblem(error, name);
    }
  }

  async put(name: string, bytes: Uint8Array, options: { readonly exclusive?: boolean } = {}): Promise<void> {
    const path = await this.#place(name, bytes, options.exclusive === true);
    await syncFolder(dirname(path)).catch((error) => Promise.reject(storageProblem(error, name)));
  }

  async putAll(objects: Iterable<readonly [name: string, bytes: Uint8Array]>): Promise<void> {
    const folders = new Set<string>();
    const left = objects[Symbol.iterator]();
    // One iterator for all lanes: each takes the next that is left
    const lane = async (): Promise<void> => {
      for (let next = left.next(); next.done !== true; next = left.next())
        folders.add(dirname(await this.#place(next.value[0], next.value[1], false)));
    };
    const lanes = await Promise.allSettled(Array.from({ length: putLanes }, lane));
    for (const done of lanes) if (done.status === 'rejected') throw done.reason;
    for (const folder of folders) await syncFolder(folder).catch((error) => Promise.reject(storageProblem(error, '')));
  }

  /** A durable file under its name; the name itself isn't durable yet. Returns its path. */
  async #place(name: string, bytes: Uint8Array, exclusive: boolean): Promise<string> {
    const path = await this.#pathForWriting(name);
    const draft = this.#temporaryPath();
    try {
      const handle = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      try {
        await handle.chmod(0o600);
        await writeFully(handle, [bytes], 0);
        await handle.sync();
      } finally {
        await handle.close();
      }
      // A hard link fails where the name exists; a rename would replace it
      if (exclusive) {
        await link(draft, path);
        await rm(draft);
      } else await rename(draft, path);
      return path;
    } catch (error) {
      await rm(draft, { force: true });
      throw storageProblem(error, name);
    }
  }

  async remove(name: string): Promise<void> {
    try {
      const path = await this.#existingPath(name);
      await unlink(path);
      await syncFolder(dirname(path));
    } catch (error) {
      const problem = storageProblem(error, name);
      if (problem.code !== 'storage/not-found') throw problem;
    }
  }

  async stat(name: string): Promise<ObjectFacts | undefined> {
    try {
      const facts = await lstat(await this.#existingPath(name));
      return facts.isFile() ? { sizeBytes: facts.size, modifiedAt: Math.round(facts.mtimeMs) } : undefined;
    } catch (error) {
      const problem = storageProblem(error, name);
      if (problem.code === 'storage/not-found' || problem.code === 'storage/not-regular') return undefined;
      throw problem;
    }
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    const slash = prefix.lastIndexOf('/');
    const folder = prefix.slice(0, Math.max(slash, 0));
    if (folder !== '') parseObjectName(folder);
    yield* this.#walk(folder, prefix.slice(slash + 1));
  }

  async freeBytes(): Promise<number> {
    try {
      const facts = await statfs(this.#root);
      return facts.bavail * facts.bsize;
    } catch (error) {
      throw storageProblem(error, '');
    }
  }

  async *#walk(folder: string, start: string): AsyncIterable<ListedObject> {
    let entries: readonly { name: string; isDirectory(): boolean; isFile(): boolean }[];
    try {
      entries = await readdir(join(this.#root, folder), { withFileTypes: true });
    } catch (error) {
      const problem = storageProblem(error, folder);
      if (problem.code === 'storage/not-found' || problem.code === 'storage/not-regular') return;
      throw problem;
    }
    const wanted = entries.filter((entry) => entry.name.startsWith(start) && !entry.name.startsWith('.'));
    for (const entry of wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) yield* this.#walk(name, '');
      else if (entry.isFile()) {
        // Removed meanwhile, or a name that isn't ours: neither is an object
        const facts = await this.#statListed(name);
        if (facts !== undefined) yield { name, ...facts };
      }
    }
  }

  async #statListed(name: string): Promise<ObjectFacts | undefined> {
    try {
      return await this.stat(name);
    } catch {
      return undefined;
    }
  }

  /** A root that somebody removed, or emptied, while we run is made again: recording goes on without a restart. */
  async #restoreRoot(): Promise<void> {
    const made = await mkdir(join(this.#root, temporary), { recursive: true, mode: 0o700 });
    if (made === undefined) return;
    await chmod(this.#root, 0o700);
    this.#made.clear();
  }

  #temporaryPath(): string {
    return join(this.#root, temporary, randomBytes(12).toString('hex'));
  }

  /** The path of `name` whose folder is known to be a real one below the root. Throws ENOENT as it comes. */
  async #existingPath(name: string): Promise<string> {
    const segments = parseObjectName(name);
    const folder = join(this.#root, ...segments.slice(0, -1));
    if ((await realpath(folder)) !== folder) throw notRegular(name);
    return join(folder, segments.at(-1)!);
  }

  async #pathForWriting(name: string): Promise<string> {
    const segments = parseObjectName(name);
    let folder = this.#root;
    try {
      await this.#restoreRoot();
      for (const segment of segments.slice(0, -1)) {
        const parent = folder;
        folder = join(parent, segment);
        if (this.#made.has(folder)) continue;
        await makeFolder(folder, parent);
        if (this.#made.size >= 4096) this.#made.clear();
        this.#made.add(folder);
      }
      // Looked at each time, although remembered: retention removes empty folders, and links can be planted later
      const real = await realpath(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (real === undefined) {
        this.#made.clear();
        await mkdir(folder, { recursive: true, mode: 0o700 });
      } else if (real !== folder) throw notRegular(name);
    } catch (error) {
      throw storageProblem(error, name);
    }
    return join(folder, segments.at(-1)!);
  }
}

class DiskReader implements StoredObject {
  readonly #name: string;
  readonly #handle: FileHandle;
  readonly sizeBytes: number;

  constructor(name: string, handle: FileHandle, sizeBytes: number) {
    this.#name = name;
    this.#handle = handle;
    this.sizeBytes = sizeBytes;
  }

  async read(offset: number, target: Uint8Array): Promise<number> {
    let done = 0;
    try {
      while (done < target.length) {
        const { bytesRead } = await this.#handle.read(target, done, target.length - done, offset + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
    } catch (error) {
      throw storageProblem(error, this.#name);
    }
    return done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

async function chmodOrClose(handle: FileHandle): Promise<void> {
  try {
    await handle.chmod(0o600);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function makeFolder(folder: string, parent: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
    await chmod(folder, 0o700);
    await syncFolder(parent);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

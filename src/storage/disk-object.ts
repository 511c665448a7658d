/**
 * A file that grows while it is filmed. Each append is one positional write, without fsync: what the process has
 * written survives its death, and an fsync a chunk would cost a disk seek a camera. `finish` is the durable point.
 * The tail is replaced twice a second for each camera: written aside, renamed over, never synced.
 */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Problem } from '../base/problem.ts';
import { syncFolder, writeFully } from './files.ts';
import { tailNameOf } from './object-name.ts';
import type { OpenObject } from './object-store.ts';
import { storageProblem } from './problems.ts';

const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;

export interface DiskObjectParts {
  readonly name: string;
  readonly path: string;
  readonly handle: FileHandle;
  /** Bytes that are there already. */
  readonly sizeBytes?: number;
  /** Where tails are drafted; this object's own. */
  readonly temporaryPath: string;
}

export class DiskObject implements OpenObject {
  readonly name: string;
  readonly #path: string;
  readonly #tailPath: string;
  readonly #draft: string;
  readonly #handle: FileHandle;
  #sizeBytes = 0;
  #hasTail = false;
  /** A tail may lie there from before. */
  readonly #resumed: boolean;
  #closed = false;

  constructor(parts: DiskObjectParts) {
    this.name = parts.name;
    this.#path = parts.path;
    this.#tailPath = join(dirname(parts.path), tailNameOf(parts.name).split('/').at(-1)!);
    this.#draft = parts.temporaryPath;
    this.#resumed = parts.sizeBytes !== undefined;
    this.#handle = parts.handle;
    this.#sizeBytes = parts.sizeBytes ?? 0;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
    this.#check();
    try {
      this.#sizeBytes += await writeFully(this.#handle, bytes instanceof Uint8Array ? [bytes] : bytes, this.#sizeBytes);
    } catch (error) {
      throw storageProblem(error, this.name);
    }
  }

  async replaceTail(bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
    this.#check();
    try {
      const handle = await open(this.#draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
      try {
        await writeFully(handle, bytes instanceof Uint8Array ? [bytes] : bytes, 0);
      } finally {
        await handle.close();
      }
      await rename(this.#draft, this.#tailPath);
      this.#hasTail = true;
    } catch (error) {
      throw storageProblem(error, this.name);
    }
  }

  async finish(): Promise<void> {
    this.#check();
    this.#closed = true;
    try {
      try {
        await this.#handle.truncate(this.#sizeBytes); // what a failed append may have left behind the end
        await this.#handle.sync();
      } finally {
        await this.#handle.close();
      }
      await syncFolder(dirname(this.#path));
      if (this.#hasTail || this.#resumed) await rm(this.#tailPath, { force: true });
      await rm(this.#draft, { force: true });
    } catch (error) {
      throw storageProblem(error, this.name);
    }
  }

  async abandon(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#handle.close();
      for (const path of [this.#path, this.#tailPath, this.#draft]) await rm(path, { force: true });
    } catch (error) {
      throw storageProblem(error, this.name);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
    await rm(this.#draft, { force: true });
  }

  #check(): void {
    if (this.#closed) throw new Problem('storage/unavailable', 'this object is closed', { safe: { name: this.name } });
  }
}

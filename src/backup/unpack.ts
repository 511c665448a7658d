/** Takes a backup apart into a folder, and believes it only where every file is what its manifest says. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Manifest } from './manifest.ts';
import { manifestName, maxManifestBytes, parseManifest } from './manifest.ts';
import { backupProblem } from './problems.ts';
import type { TarEntry, TarTarget } from './tar.ts';
import { TarReader } from './tar.ts';

/** Hands the opened file's bytes on in order; resolves when it was whole. */
export type Decrypt = (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>;

/**
 * @param folder exists, empty, 0700.
 * @param recordings where the recordings go; undefined: into the folder as well.
 * @throws Problem backup/damaged, backup/not-ours, backup/newer, and what decrypting throws
 */
export async function unpack(decrypt: Decrypt, folder: string, recordings?: string): Promise<Manifest> {
  const files = new Unpacked((name) => {
    const rest = name.startsWith('recordings/') ? name.slice('recordings/'.length) : undefined;
    return rest === undefined || recordings === undefined ? join(folder, name) : join(recordings, rest);
  });
  const reader = new TarReader(files);
  try {
    await decrypt((bytes) => reader.write(bytes));
  } finally {
    await files.close();
  }
  reader.end();
  return files.checked();
}

class Unpacked implements TarTarget {
  readonly #placeOf: (name: string) => string;
  readonly #hashes = new Map<string, string>();
  #manifest: Buffer[] | undefined;
  #entry: TarEntry | undefined;
  #handle: FileHandle | undefined;
  #hash = createHash('sha256');

  constructor(placeOf: (name: string) => string) {
    this.#placeOf = placeOf;
  }

  async begin(entry: TarEntry): Promise<void> {
    const { name, sizeBytes } = entry;
    if (this.#manifest !== undefined || this.#hashes.has(name)) throw damaged(name);
    this.#entry = entry;
    this.#hash = createHash('sha256');
    if (name === manifestName) {
      if (sizeBytes > maxManifestBytes) throw damaged(name);
      this.#manifest = [];
      return;
    }
    const path = this.#placeOf(name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    this.#handle = await open(path, 'wx', 0o600);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#handle === undefined) {
      this.#manifest!.push(Buffer.from(bytes));
      return;
    }
    this.#hash.update(bytes);
    await this.#handle.writeFile(bytes);
  }

  async end(): Promise<void> {
    if (this.#handle === undefined) return;
    await this.#handle.sync();
    await this.close();
    this.#hashes.set(this.#entry!.name, this.#hash.digest('hex'));
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  checked(): Manifest {
    if (this.#manifest === undefined) throw damaged(manifestName);
    const manifest = parseManifest(Buffer.concat(this.#manifest).toString('utf8'));
    if (manifest.files.length !== this.#hashes.size) throw damaged(manifestName);
    for (const { name, sha256 } of manifest.files) if (this.#hashes.get(name) !== sha256) throw damaged(name);
    return manifest;
  }
}

function damaged(name: string): Error {
  return backupProblem('backup/damaged', 'a file of this backup is not what was put in', { safe: { name } });
}

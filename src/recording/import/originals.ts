/** The files of a recordings directory of the first life: videos, their pictures, its database, its key. */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../base/problem.ts';
import { Secret } from '../../base/secret.ts';
import { FernetKey } from '../../vault/fernet.ts';

export interface Originals {
  /** Under the directory, in order of their names. */
  readonly videos: readonly string[];
  /** All names there are, for pictures beside videos. */
  readonly names: ReadonlySet<string>;
  readonly database: string | undefined;
  /** A file that looks like a Fernet key. */
  readonly key: string | undefined;
}

const maxFiles = 1_000_000;
const maxDepth = 8;
const maxKeyBytes = 200;
const blockBytes = 1024 * 1024;

/** No link is followed. @throws Problem recording/bad-import (422) */
export async function findOriginals(directory: string): Promise<Originals> {
  const names: string[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(join(directory, folder), { withFileTypes: true });
    for (const entry of entries) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && depth < maxDepth) await walk(name, depth + 1);
      else if (entry.isFile()) names.push(name);
      if (names.length > maxFiles) throw badImport('there are more files than a million');
    }
  };
  try {
    await walk('', 0);
  } catch (cause) {
    throw cause instanceof Problem ? cause : badImport('this directory cannot be read', cause);
  }
  names.sort();
  return {
    videos: names.filter((name) => /\.mp4(?:\.enc)?$|\.enc$/i.test(name) && !/\.(?:jpe?g|png)\.enc$/i.test(name)),
    names: new Set(names),
    database: names.find((name) => /\.(?:db|sqlite3?)$/i.test(name)),
    key: names.find((name) => /(?:^|[/._-])key$|\.key$|key\.(?:txt|bin)$/i.test(name)),
  };
}

/** @throws Problem recording/bad-import, vault/bad-identity (422) */
export async function readFernetKey(path: string): Promise<FernetKey> {
  await using file = await openOriginal(path);
  const { size } = await file.stat();
  if (size > maxKeyBytes) throw badImport('this is no Fernet key: the file is too long');
  return new FernetKey(new Secret((await file.readFile()).toString('latin1')));
}

/** The bytes of an original, decrypted where it is encrypted. Its plaintext counts only when it came to its end. */
export async function* readOriginal(path: string, key: FernetKey | undefined): AsyncGenerator<Uint8Array> {
  await using file = await openOriginal(path);
  if (!/\.enc$/i.test(path)) yield* blocksOf(file);
  else if (key !== undefined) yield* key.open(blocksOf(file));
  else
    throw new Problem('recording/bad-import', 'this file is encrypted, and its Fernet key was not found', {
      status: 422,
      hint: 'name the file of the key with --key',
    });
}

async function* blocksOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const block = Buffer.allocUnsafe(blockBytes);
    const { bytesRead } = await file.read(block, 0, block.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield block.subarray(0, bytesRead);
  }
}

async function openOriginal(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw badImport('a file of this directory cannot be read', cause);
  }
}

function badImport(detail: string, cause?: unknown): Problem {
  return new Problem('recording/bad-import', detail, { status: 422, cause });
}

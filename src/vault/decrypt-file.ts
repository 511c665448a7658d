/**
 * `recording decrypt FILE`: an age file by its path, without a running system. The key may be that of the day or the
 * owner's: then the day's is looked for in the `keys` folder of the recordings directory that the file lies in.
 */
import { constants } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Secret } from '../base/secret.ts';
import { tailNameOf } from '../storage/object-name.ts';
import { dearmor, isArmored } from './age/armor.ts';
import { decrypt } from './age/decryptor.ts';
import { parseIdentityFile } from './age/identity-file.ts';
import { AgeError } from './age/problems.ts';
import type { AgeReader } from './age/reader.ts';
import { openAgeReader } from './age/reader.ts';
import type { Identity } from './age/recipients.ts';
import { ScryptIdentity } from './age/scrypt.ts';
import { tryParseTail } from './clip-tail.ts';
import { ageProblem, vaultProblem } from './problems.ts';

export interface DecryptFileOptions {
  /** Accept a file whose end is missing, and join its tail where that lies beside. Otherwise `vault/torn`. */
  readonly torn: boolean;
  /** Takes the plaintext in order; awaited before more is decrypted. Not called before header and end are verified. */
  write(bytes: Uint8Array): Promise<void>;
}

export interface DecryptedFile {
  readonly plainBytes: number;
  /** True where the file ended early; `plainBytes` is where. */
  readonly torn: boolean;
}

/** Levels from a clip (`CAMERA/YYYY/MM/DD/`) up to the recordings directory. */
const levelsUp = 4;
const maxSmallBytes = 128 * 1024;

/**
 * Decrypts with the identities of an identity file's text, which may be sealed by `passphrase` or armored. Throws
 * `vault/bad-identity`, `vault/wrong-passphrase`, `vault/foreign`, `vault/damaged`, `vault/torn`; errors of `node:fs`.
 */
export async function decryptFile(
  path: string,
  options: DecryptFileOptions & { readonly identityFile: Uint8Array; readonly passphrase?: Secret },
): Promise<DecryptedFile> {
  return decryptFileWith(path, await identitiesOf(options.identityFile, options.passphrase), options);
}

async function identitiesOf(file: Uint8Array, passphrase: Secret | undefined): Promise<readonly Identity[]> {
  try {
    const bytes = isArmored(file) ? dearmor(file) : file;
    const sealed = Buffer.from(bytes).toString('latin1', 0, 4) === 'age-';
    if (!sealed) return parseIdentityFile(new Secret(Buffer.from(bytes).toString('latin1')));
    const text = await decrypt(bytes, [new ScryptIdentity(passphrase ?? new Secret(''))]);
    return parseIdentityFile(new Secret(text.toString('latin1')));
  } catch (error) {
    if (error instanceof AgeError && error.fault === 'no match')
      throw vaultProblem('vault/wrong-passphrase', 'this is not the passphrase of the identity file', { status: 403 });
    throw ageProblem(error, 'identity file');
  }
}

/** Within this folder: `vault.ts` and the function above. */
export async function decryptFileWith(
  path: string,
  identities: readonly Identity[],
  options: DecryptFileOptions,
): Promise<DecryptedFile> {
  const name = basename(path);
  await using source = await openFile(path);
  try {
    const { reader, identity } = await openByAny(source, path, identities);
    if (reader.torn && !options.torn)
      throw vaultProblem('vault/torn', `this file is torn after ${reader.plainBytes} bytes`, {
        status: 409,
        hint: 'use --torn to get what is there',
        safe: { name, plainBytes: reader.plainBytes },
      });
    for await (const bytes of reader.read(0, reader.plainBytes)) await options.write(bytes);
    const rest = reader.torn ? await tailOf(path, identity, reader.plainBytes) : undefined;
    if (rest !== undefined) await options.write(rest);
    const { torn } = reader;
    reader.wipe();
    return { plainBytes: reader.plainBytes + (rest?.length ?? 0), torn };
  } catch (error) {
    throw ageProblem(error, name);
  }
}

async function openByAny(
  source: FileSource,
  path: string,
  identities: readonly Identity[],
): Promise<{ reader: AgeReader; identity: readonly Identity[] }> {
  try {
    return { reader: await openAgeReader(source, identities), identity: identities };
  } catch (error) {
    if (!(error instanceof AgeError) || error.fault !== 'no match') throw error;
    const days = await dayIdentities(path, identities);
    return { reader: await openAgeReader(source, days), identity: days };
  }
}

/** Identities that `owners` open in the nearest `keys` folder above the file, of its own day where its path tells it. */
async function dayIdentities(path: string, owners: readonly Identity[]): Promise<Identity[]> {
  const found: Identity[] = [];
  const date = /(\d{4})[/\\](\d{2})[/\\](\d{2})[/\\][^/\\]+$/.exec(resolve(path))?.slice(1).join('-') ?? '';
  let folder = dirname(resolve(path));
  for (let level = 0; level <= levelsUp; level++, folder = dirname(folder)) {
    const keys = join(folder, 'keys');
    const names = await readdir(keys).catch(() => []);
    for (const name of names) {
      if (!name.startsWith(date) || !name.endsWith('.key.age')) continue;
      try {
        const text = await decrypt(await readSmall(join(keys, name)), owners);
        found.push(...parseIdentityFile(new Secret(text.toString('latin1'))));
        text.fill(0);
      } catch (error) {
        if (!(error instanceof AgeError)) throw error; // a key of another owner; perhaps another fits
      }
    }
    if (found.length > 0) break;
  }
  return found;
}

async function tailOf(path: string, identities: readonly Identity[], have: number): Promise<Uint8Array | undefined> {
  try {
    const sealed = await readSmall(join(dirname(path), tailNameOf(basename(path))));
    const tail = tryParseTail(await decrypt(sealed, identities));
    if (tail === undefined || tail.offset > have || !basename(path).includes(`-${tail.clipId}.`)) return undefined;
    const rest = tail.bytes.subarray(Math.min(have - tail.offset, tail.bytes.length));
    return rest.length === 0 ? undefined : rest;
  } catch (error) {
    if (error instanceof AgeError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readSmall(path: string): Promise<Buffer> {
  await using file = await openFile(path);
  if (file.sizeBytes > maxSmallBytes) throw new AgeError('header failure', 'longer than it can be');
  return readFile(path);
}

interface FileSource extends AsyncDisposable {
  readonly sizeBytes: number;
  read(offset: number, target: Uint8Array): Promise<number>;
}

async function openFile(path: string): Promise<FileSource> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const { size } = await handle.stat();
  return {
    sizeBytes: size,
    read: async (offset, target) => {
      let done = 0;
      while (done < target.length) {
        const { bytesRead } = await handle.read(target, done, target.length - done, offset + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

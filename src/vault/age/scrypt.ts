/** Passphrases (C2SP age.md, "scrypt recipient stanza"). Memory is 1 KiB · 2^work: 256 MiB at 18, age's own choice. */
import { randomBytes, scrypt } from 'node:crypto';
import type { Secret } from '../../base/secret.ts';
import { encodeBase64, tryDecodeBase64 } from './base64.ts';
import { tryUnwrapFileKey, wrapFileKey } from './file-key.ts';
import type { Stanza } from './header.ts';
import { AgeError } from './problems.ts';
import type { Identity, Recipient } from './recipients.ts';

const kind = 'scrypt';
const saltPrefix = 'age-encryption.org/v1/scrypt';
const saltBytes = 16;
/** A file that asks for more is refused: at 20 it takes 1 GiB for some seconds, and the file's writer chose that. */
export const defaultMaxWorkFactor = 20;

export class ScryptRecipient implements Recipient {
  readonly #passphrase: Secret;
  readonly #workFactor: number;

  /** `workFactor`: log2 of scrypt's N, 1 to 20. */
  constructor(passphrase: Secret, workFactor: number) {
    if (!Number.isInteger(workFactor) || workFactor < 1 || workFactor > defaultMaxWorkFactor)
      throw new RangeError('scrypt work factor out of range');
    this.#passphrase = passphrase;
    this.#workFactor = workFactor;
  }

  async wrap(fileKey: Uint8Array): Promise<Stanza> {
    const salt = randomBytes(saltBytes);
    const key = await derive(this.#passphrase, salt, this.#workFactor);
    const body = wrapFileKey(key, fileKey);
    key.fill(0);
    return { args: [kind, encodeBase64(salt), String(this.#workFactor)], body };
  }
}

export class ScryptIdentity implements Identity {
  readonly #passphrase: Secret;
  readonly #maxWorkFactor: number;

  constructor(passphrase: Secret, maxWorkFactor: number = defaultMaxWorkFactor) {
    this.#passphrase = passphrase;
    this.#maxWorkFactor = maxWorkFactor;
  }

  async unwrap(stanzas: readonly Stanza[]): Promise<Buffer | undefined> {
    for (const { args, body } of stanzas) {
      if (args[0] !== kind) continue;
      const salt = args.length === 3 ? tryDecodeBase64(args[1]!) : undefined;
      const work = args[2] ?? '';
      if (salt?.length !== saltBytes || !/^[1-9][0-9]?$/.test(work))
        throw new AgeError('header failure', 'a scrypt recipient is malformed');
      if (Number(work) > this.#maxWorkFactor)
        throw new AgeError('header failure', 'the scrypt work factor is too large');
      if (body.length !== 32) throw new AgeError('header failure', 'a wrapped file key has a wrong size');
      const key = await derive(this.#passphrase, salt, Number(work));
      const fileKey = tryUnwrapFileKey(key, body);
      key.fill(0);
      if (fileKey !== undefined) return fileKey;
    }
    return undefined;
  }
}

function derive(passphrase: Secret, salt: Uint8Array, workFactor: number): Promise<Buffer> {
  const N = 2 ** workFactor;
  const fullSalt = Buffer.concat([Buffer.from(saltPrefix), salt]);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // 128·N·r and a little: OpenSSL counts its own overhead too
  scrypt(passphrase.reveal(), fullSalt, 32, { N, r: 8, p: 1, maxmem: 1024 * N + 64 * 1024 * 1024 }, (error, key) =>
    error === null ? resolve(key) : reject(error),
  );
  return promise;
}

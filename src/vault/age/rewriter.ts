/**
 * One small file written again and again, whole each time. Header and file key are made once; every version has a fresh
 * payload nonce, and its payload key is derived from file key and nonce (C2SP age.md, "Payload"), so no key ever seals
 * two plaintexts. "A file key must not be reused across multiple files" is kept as it is meant: the versions replace one
 * another under one name, for the same recipients. It saves an X25519 for each of them, most of what a version costs.
 */
import type { KeyObject } from 'node:crypto';
import { createSecretKey, randomBytes } from 'node:crypto';
import { fileKeyBytes } from './file-key.ts';
import { formatHeader } from './header.ts';
import { chunkBytes, payloadKey, payloadNonceBytes, sealChunk } from './payload.ts';
import type { Recipient } from './recipients.ts';

export class Rewriter {
  readonly #header: Buffer;
  #fileKey: KeyObject | undefined;

  /** Use `startRewriter`. Wipes `fileKey`. */
  constructor(header: Buffer, fileKey: Buffer) {
    this.#header = header;
    this.#fileKey = createSecretKey(fileKey);
    fileKey.fill(0);
  }

  /** The next version as a whole age file, in pieces that are to be written one behind the other; `plain` stays the caller's. */
  seal(plain: Uint8Array): Uint8Array[] {
    if (this.#fileKey === undefined) throw new Error('the rewriter has ended');
    const nonce = randomBytes(payloadNonceBytes);
    const bytes = payloadKey(this.#fileKey, nonce);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    const out: Uint8Array[] = [this.#header, nonce];
    const last = Math.max(0, Math.ceil(plain.length / chunkBytes) - 1);
    for (let index = 0; index <= last; index++) {
      out.push(...sealChunk(key, index, index === last, plain.subarray(index * chunkBytes, (index + 1) * chunkBytes)));
    }
    return out;
  }

  /** Forgets the file key; nothing can be sealed afterwards. */
  wipe(): void {
    this.#fileKey = undefined;
  }
}

export async function startRewriter(recipients: readonly Recipient[]): Promise<Rewriter> {
  if (recipients.length === 0) throw new Error('a file needs a recipient');
  const fileKey = randomBytes(fileKeyBytes);
  const stanzas = [];
  for (const recipient of recipients) stanzas.push(await recipient.wrap(fileKey));
  return new Rewriter(formatHeader(stanzas, fileKey), fileKey);
}

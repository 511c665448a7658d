/**
 * Encrypting a stream: plaintext goes in in pieces of any size, sealed pieces come out as chunks fill. A full chunk is
 * held until another byte or the end comes, for only then is it known whether it is the last.
 */
import type { Hash, KeyObject } from 'node:crypto';
import { createSecretKey, randomBytes } from 'node:crypto';
import { fileKeyBytes } from './file-key.ts';
import { formatHeader } from './header.ts';
import { chunkBytes, payloadKey, payloadNonceBytes, sealChunk } from './payload.ts';
import type { Recipient } from './recipients.ts';

export class Encryptor {
  /** Header and payload nonce: the first bytes of the file. */
  readonly prologue: Buffer;
  /** OpenSSL's copy of the key, which it clears when this is collected. */
  #key: KeyObject | undefined;
  readonly #held = Buffer.allocUnsafeSlow(chunkBytes);
  #heldBytes = 0;
  #index = 0;
  #ended = false;
  readonly #plainHash: Hash | undefined;

  /** Use `startEncryptor`. Wipes `key`. `plainHash` is fed with the plaintext, chunk by chunk as it is sealed. */
  constructor(prologue: Buffer, key: Buffer, plainHash?: Hash) {
    this.prologue = prologue;
    this.#key = createSecretKey(key);
    key.fill(0);
    this.#plainHash = plainHash;
  }

  /** Plaintext in chunks that are sealed already. */
  get sealedPlainBytes(): number {
    return this.#index * chunkBytes;
  }

  /** A view of the plaintext that isn't sealed yet, up to 64 KiB; valid until the next `write`. */
  get unsealed(): Uint8Array {
    return this.#held.subarray(0, this.#heldBytes);
  }

  /** Hot. Takes `bytes` (the caller keeps the buffer) and pushes what got sealed onto `out`. */
  write(bytes: Uint8Array, out: Uint8Array[]): void {
    if (this.#ended) throw new Error('the encryptor has ended');
    let at = 0;
    while (at < bytes.length) {
      if (this.#heldBytes === chunkBytes) {
        this.#seal(this.#held, false, out);
        this.#heldBytes = 0;
      }
      // A whole chunk with more behind it needs no copy
      while (this.#heldBytes === 0 && bytes.length - at > chunkBytes) {
        this.#seal(bytes.subarray(at, at + chunkBytes), false, out);
        at += chunkBytes;
      }
      const taken = Math.min(chunkBytes - this.#heldBytes, bytes.length - at);
      this.#held.set(bytes.subarray(at, at + taken), this.#heldBytes);
      this.#heldBytes += taken;
      at += taken;
    }
  }

  /** Seals the last chunk and forgets key and plaintext. */
  end(out: Uint8Array[]): void {
    if (this.#ended) throw new Error('the encryptor has ended');
    this.#seal(this.unsealed, true, out);
    this.wipe();
  }

  /** Forgets key and plaintext; nothing can be written afterwards. */
  wipe(): void {
    this.#ended = true;
    this.#key = undefined;
    this.#held.fill(0);
    this.#heldBytes = 0;
  }

  #seal(plain: Uint8Array, last: boolean, out: Uint8Array[]): void {
    if (this.#key === undefined) throw new Error('the encryptor has ended');
    // A whole chunk at a time: a hash that is fed with every frame costs three times as much.
    this.#plainHash?.update(plain);
    out.push(...sealChunk(this.#key, this.#index++, last, plain));
  }
}

export async function startEncryptor(recipients: readonly Recipient[], plainHash?: Hash): Promise<Encryptor> {
  if (recipients.length === 0) throw new Error('a file needs a recipient');
  const fileKey = randomBytes(fileKeyBytes);
  try {
    const stanzas = [];
    for (const recipient of recipients) stanzas.push(await recipient.wrap(fileKey));
    const nonce = randomBytes(payloadNonceBytes);
    return new Encryptor(Buffer.concat([formatHeader(stanzas, fileKey), nonce]), payloadKey(fileKey, nonce), plainHash);
  } finally {
    fileKey.fill(0);
  }
}

/** A whole age file of `parts`. */
export async function encrypt(recipients: readonly Recipient[], parts: readonly Uint8Array[]): Promise<Buffer> {
  const encryptor = await startEncryptor(recipients);
  const out: Uint8Array[] = [encryptor.prologue];
  for (const part of parts) encryptor.write(part, out);
  encryptor.end(out);
  return Buffer.concat(out);
}

/**
 * STREAM over ChaCha20-Poly1305 in chunks of 64 KiB (C2SP age.md, "Payload"). The nonce is the chunk's number and a
 * byte that is 1 for the last, so chunks can't be re-ordered, dropped or cut off unseen, and any of them opens alone.
 * One (key, number, last) must never seal two different plaintexts: the writers above seal each chunk exactly once.
 */
import type { KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { AgeError } from './problems.ts';

export const chunkBytes = 64 * 1024;
export const tagBytes = 16;
export const sealedChunkBytes = chunkBytes + tagBytes;
export const payloadNonceBytes = 16;

export function payloadKey(fileKey: Uint8Array | KeyObject, payloadNonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, payloadNonce, 'payload', 32));
}

/** Plaintext bytes of a complete payload of `sealedBytes` (without its nonce). */
export function plainLength(sealedBytes: number): number {
  return sealedBytes - tagBytes * Math.max(1, Math.ceil(sealedBytes / sealedChunkBytes));
}

function chunkNonce(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(index, 5, 6); // of the 11 bytes of the counter 6 are enough for 2^48 chunks
  if (last) nonce[11] = 1;
  return nonce;
}

/**
 * Hot. Ciphertext and tag as two buffers, both new; `plain` may be used again at once. The key is an object for speed: Node
 * finds out that bytes are none by catching an exception, which took as long as the encryption.
 */
export function sealChunk(key: KeyObject, index: number, last: boolean, plain: Uint8Array): [Buffer, Buffer] {
  const cipher = createCipheriv('chacha20-poly1305', key, chunkNonce(index, last), { authTagLength: tagBytes });
  const sealed = cipher.update(plain);
  cipher.final();
  return [sealed, cipher.getAuthTag()];
}

/** Hot. The chunk's plaintext (new buffer), or `undefined` where it isn't that chunk of that payload. */
export function tryOpenChunk(key: Uint8Array, index: number, last: boolean, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined;
  const decipher = createDecipheriv('chacha20-poly1305', key, chunkNonce(index, last), { authTagLength: tagBytes });
  const split = sealed.length - tagBytes;
  decipher.setAuthTag(sealed.subarray(split));
  const plain = decipher.update(sealed.subarray(0, split));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  // Only an empty payload ends with an empty chunk
  return last && index > 0 && plain.length === 0 ? undefined : plain;
}

/** As `tryOpenChunk`; throws `payload failure`, with the offset within the payload. */
export function openChunk(key: Uint8Array, index: number, last: boolean, sealed: Uint8Array): Buffer {
  const plain = tryOpenChunk(key, index, last, sealed);
  if (plain === undefined)
    throw new AgeError('payload failure', `chunk ${index} was changed or cut`, index * sealedChunkBytes);
  return plain;
}

/**
 * Wrapping the 16-byte file key: ChaCha20-Poly1305 under a key that is used once (C2SP age.md), with a zero nonce unless
 * the scheme above derives one.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { AgeError } from './problems.ts';

export const fileKeyBytes = 16;
const tagBytes = 16;
const zeroNonce = new Uint8Array(12);

export function wrapFileKey(key: Uint8Array, fileKey: Uint8Array, nonce: Uint8Array = zeroNonce): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
  const sealed = cipher.update(fileKey);
  cipher.final();
  return Buffer.concat([sealed, cipher.getAuthTag()]);
}

/**
 * `undefined` where the key is another. The length is checked first: a wrapped key of another length could be made to
 * open under two keys (partitioning oracle), so it is malformed, not merely foreign.
 */
export function tryUnwrapFileKey(key: Uint8Array, body: Uint8Array, nonce: Uint8Array = zeroNonce): Buffer | undefined {
  if (body.length !== fileKeyBytes + tagBytes)
    throw new AgeError('header failure', 'a wrapped file key has a wrong size');
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
  decipher.setAuthTag(body.subarray(fileKeyBytes));
  const fileKey = decipher.update(body.subarray(0, fileKeyBytes));
  try {
    decipher.final();
  } catch {
    fileKey.fill(0);
    return undefined;
  }
  return fileKey;
}

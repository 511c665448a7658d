/**
 * Decrypting a stream, strictly: it ends well only where the file is whole to its last byte, and no byte comes out that
 * its chunk's tag hasn't vouched for. What came out before an error is genuine but not all.
 */
import type { Header } from './header.ts';
import { checkMac, maxHeaderBytes, parseHeader } from './header.ts';
import { openChunk, payloadKey, payloadNonceBytes, sealedChunkBytes } from './payload.ts';
import { AgeError } from './problems.ts';
import type { Identity } from './recipients.ts';
import { unwrapFileKey } from './recipients.ts';

export interface OpenedHeader {
  readonly header: Header;
  /** 32 bytes; the caller's to wipe. */
  readonly key: Buffer;
}

/** `nonce`: the 16 bytes behind the header. Throws `header failure`, `HMAC failure` or `no match`. */
export async function openHeader(
  header: Header,
  nonce: Uint8Array,
  identities: readonly Identity[],
): Promise<OpenedHeader> {
  const fileKey = await unwrapFileKey(header.stanzas, identities);
  try {
    checkMac(header, fileKey);
    if (nonce.length < payloadNonceBytes)
      throw new AgeError('header failure', 'the file ends before its payload', header.length);
    return { header, key: payloadKey(fileKey, nonce) };
  } finally {
    fileKey.fill(0);
  }
}

/**
 * Plaintext of the age file that `source` yields in pieces of any size; memory is one chunk and one piece. Throws
 * `AgeError`.
 */
export async function* decryptStream(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  identities: readonly Identity[],
): AsyncIterable<Buffer> {
  let header: Header | undefined;
  let key: Buffer | undefined;
  let held: Buffer = Buffer.alloc(0);
  const chunk = Buffer.allocUnsafeSlow(sealedChunkBytes);
  let filled = 0;
  let index = 0;
  try {
    for await (const piece of source) {
      let bytes = asBuffer(piece);
      if (key === undefined) {
        held = Buffer.concat([held, bytes]);
        if (header === undefined && bytes.includes(10)) header = parseHeader(held);
        if (header === undefined && held.length > maxHeaderBytes) header = parseHeader(held);
        if (header === undefined || held.length < header.length + payloadNonceBytes) continue;
        const start = header.length + payloadNonceBytes;
        ({ key } = await openHeader(header, held.subarray(header.length, start), identities));
        bytes = held.subarray(start);
        held = Buffer.alloc(0);
      }
      let at = 0;
      while (at < bytes.length) {
        // Whether a chunk is the last shows when a byte follows it
        if (filled === sealedChunkBytes) {
          yield openChunk(key, index++, false, chunk);
          filled = 0;
        }
        for (; filled === 0 && bytes.length - at > sealedChunkBytes; at += sealedChunkBytes)
          yield openChunk(key, index++, false, bytes.subarray(at, at + sealedChunkBytes));
        const taken = Math.min(sealedChunkBytes - filled, bytes.length - at);
        bytes.copy(chunk, filled, at, at + taken);
        filled += taken;
        at += taken;
      }
    }
    header ??= parseHeader(held);
    if (header === undefined) throw new AgeError('header failure', 'the file ends within its header', held.length);
    if (key === undefined) ({ key } = await openHeader(header, held.subarray(header.length), identities));
    yield openChunk(key, index, true, chunk.subarray(0, filled));
  } finally {
    key?.fill(0);
  }
}

/** The whole plaintext of a small file, strictly. Throws `AgeError`. */
export async function decrypt(bytes: Uint8Array, identities: readonly Identity[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of decryptStream([bytes], identities)) parts.push(part);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * Random access to an age file by its chunks, and the one place that deals with a file that isn't whole. Opening it
 * verifies header and end; every chunk is verified when it is read. A file whose end is missing opens as *torn*, with
 * the plaintext up to the tear; only callers that know what to do with that may ask for it.
 */
import { openHeader } from './decryptor.ts';
import type { Header } from './header.ts';
import { maxHeaderBytes, parseHeader } from './header.ts';
import { chunkBytes, openChunk, payloadNonceBytes, plainLength, sealedChunkBytes, tryOpenChunk } from './payload.ts';
import { AgeError } from './problems.ts';
import type { Identity } from './recipients.ts';

/** What is read from; its size is fixed while the reader lives. */
export interface RandomAccess {
  readonly sizeBytes: number;
  /** Fills `target` from `offset`; fewer bytes at the end only. */
  read(offset: number, target: Uint8Array): Promise<number>;
}

/** Chunks read at a time: 512 KiB in memory, and as much under way. */
const batchChunks = 8;

export class AgeReader {
  /** Plaintext bytes that can be read: all of it, or up to the tear. */
  readonly plainBytes: number;
  /** True where the file doesn't end with its last chunk. */
  readonly torn: boolean;
  /** Hex of the payload's nonce, which is random: another file has another. */
  readonly stamp: string;
  readonly #source: RandomAccess;
  readonly #key: Buffer;
  readonly #start: number;
  readonly #lastIndex: number;

  /** Use `openAgeReader`. */
  constructor(parts: {
    source: RandomAccess;
    key: Buffer;
    nonce: Uint8Array;
    start: number;
    plainBytes: number;
    lastIndex: number;
  }) {
    this.#source = parts.source;
    this.#key = parts.key;
    this.#start = parts.start;
    this.#lastIndex = parts.lastIndex;
    this.plainBytes = parts.plainBytes;
    this.torn = parts.lastIndex < 0;
    this.stamp = Buffer.from(parts.nonce).toString('hex');
  }

  /** Plaintext bytes `start` to before `end`, within 0 and `plainBytes`. Throws `payload failure`. */
  async *read(start: number, end: number): AsyncIterable<Buffer> {
    const stop = Math.min(end, this.plainBytes);
    if (start < 0 || start >= stop) return;
    const last = Math.floor((stop - 1) / chunkBytes);
    let first = Math.floor(start / chunkBytes);
    // One chunk first, for a seek wants its first byte soon; then more at a time
    let batch = this.#sealed(first, 1);
    for (let count = 1; first <= last; ) {
      const sealed = await batch;
      const next = first + count;
      const nextCount = Math.min(batchChunks, last - next + 1);
      // The disk works on the next batch while this one is decrypted and used
      if (nextCount > 0) {
        batch = this.#sealed(next, nextCount);
        batch.catch(() => {}); // looked at in the next round, if there is one
      }
      for (let index = first; index < next; index++) {
        const at = (index - first) * sealedChunkBytes;
        const chunk = sealed.subarray(at, at + sealedChunkBytes);
        const plain = openChunk(this.#key, index, index === this.#lastIndex, chunk);
        const from = index * chunkBytes;
        yield plain.subarray(Math.max(0, start - from), Math.min(plain.length, stop - from));
      }
      first = next;
      count = nextCount;
    }
  }

  /** Forgets the key: reads fail from then on. */
  wipe(): void {
    this.#key.fill(0);
  }

  async #sealed(index: number, count: number): Promise<Buffer> {
    return readSealed(this.#source, this.#start, index, count);
  }
}

/** Opens a whole or torn file. Throws `header failure`, `HMAC failure`, `no match`. */
export async function openAgeReader(source: RandomAccess, identities: readonly Identity[]): Promise<AgeReader> {
  const { header, nonce } = await readHeader(source);
  const { key } = await openHeader(header, nonce, identities);
  const start = header.length + payloadNonceBytes;
  const sealedBytes = source.sizeBytes - start;
  const lastIndex = Math.max(0, Math.ceil(sealedBytes / sealedChunkBytes) - 1);
  const lastChunk = await readSealed(source, start, lastIndex);
  if (tryOpenChunk(key, lastIndex, true, lastChunk) !== undefined)
    return new AgeReader({ source, key, nonce, start, plainBytes: plainLength(sealedBytes), lastIndex });
  // Torn. A power cut may leave chunks of zeros behind the last good one: go back to the first that opens
  let whole = Math.floor(sealedBytes / sealedChunkBytes);
  while (whole > 0) {
    const sealed = await readSealed(source, start, whole - 1);
    if (tryOpenChunk(key, whole - 1, false, sealed) !== undefined) break;
    whole--;
  }
  return new AgeReader({ source, key, nonce, start, plainBytes: whole * chunkBytes, lastIndex: -1 });
}

async function readHeader(source: RandomAccess): Promise<{ header: Header; nonce: Buffer }> {
  for (let wanted = 1024; ; wanted = maxHeaderBytes + payloadNonceBytes) {
    const bytes = Buffer.alloc(Math.min(wanted, source.sizeBytes));
    const got = bytes.subarray(0, await source.read(0, bytes));
    const header = parseHeader(got);
    if (header !== undefined && (got.length >= header.length + payloadNonceBytes || got.length === source.sizeBytes))
      return { header, nonce: got.subarray(header.length, header.length + payloadNonceBytes) };
    if (wanted >= source.sizeBytes || wanted > maxHeaderBytes)
      throw new AgeError('header failure', 'the file ends within its header', got.length);
  }
}

async function readSealed(source: RandomAccess, start: number, index: number, count = 1): Promise<Buffer> {
  const offset = start + index * sealedChunkBytes;
  const target = Buffer.allocUnsafe(Math.max(0, Math.min(count * sealedChunkBytes, source.sizeBytes - offset)));
  return target.subarray(0, await source.read(offset, target));
}

/**
 * A recording that the server can't read, opened here with the owner's identity: the wrapped day key, the header of the
 * clip, and then whichever chunks are asked for (C2SP age.md, "Payload"). Only the ranges that hold them are fetched.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { Decrypter } from 'age-encryption';

const chunkBytes = 64 * 1024;
const tagBytes = 16;
const sealedChunkBytes = chunkBytes + tagBytes;
const nonceBytes = 16;
/** Of ordinary headers; a longer one is fetched whole. */
const firstBytes = 4096;
const maxHeaderBytes = 64 * 1024;
/** Chunks fetched at a time: 512 KiB. */
const batchChunks = 8;

/** Where the age file comes from; its size is fixed while it is read. */
export interface SealedSource {
  readonly sizeBytes: number;
  /** Exactly the bytes from `start` to before `end`. */
  fetch(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** What is wrong with the file or the key, for the page to say. */
export class SealedClipError extends Error {
  override readonly name = 'SealedClipError';
  readonly kind: 'foreign' | 'damaged' | 'torn';

  constructor(kind: 'foreign' | 'damaged' | 'torn', message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The identity of the day that `wrapped` holds; `identity`: the owner's or an escrow's, `AGE-SECRET-KEY-…`. */
export async function openDayKey(wrapped: Uint8Array, identity: string): Promise<string> {
  const reader = new Decrypter();
  reader.addIdentity(identity.trim());
  let text: string;
  try {
    text = await reader.decrypt(wrapped, 'text');
  } catch {
    throw new SealedClipError('foreign', 'this key does not open the day of the recording');
  }
  const line = text.split('\n').find((one) => one.startsWith('AGE-SECRET-KEY-'));
  if (line === undefined) throw new SealedClipError('damaged', 'the key of the day is damaged');
  return line.trim();
}

export class SealedClip {
  readonly plainBytes: number;
  readonly #source: SealedSource;
  readonly #start: number;
  readonly #key: Uint8Array;
  readonly #lastIndex: number;

  private constructor(source: SealedSource, start: number, key: Uint8Array) {
    this.#source = source;
    this.#start = start;
    this.#key = key;
    const sealedBytes = source.sizeBytes - start;
    this.#lastIndex = Math.max(0, Math.ceil(sealedBytes / sealedChunkBytes) - 1);
    this.plainBytes = Math.max(0, sealedBytes - tagBytes * (this.#lastIndex + 1));
  }

  /** Verifies header and end. Throws `SealedClipError`. */
  static async open(source: SealedSource, dayKey: string): Promise<SealedClip> {
    let head = await source.fetch(0, Math.min(firstBytes, source.sizeBytes));
    let length = headerLength(head);
    if (length === undefined || length + nonceBytes > head.length) {
      head = await source.fetch(0, Math.min(maxHeaderBytes, source.sizeBytes));
      length = headerLength(head);
    }
    if (length === undefined || length + nonceBytes > head.length)
      throw new SealedClipError('damaged', 'the recording has no readable beginning');
    const reader = new Decrypter();
    reader.addIdentity(dayKey);
    let fileKey: Uint8Array;
    try {
      fileKey = await reader.decryptHeader(head.slice(0, length));
    } catch {
      throw new SealedClipError('foreign', 'the recording was sealed for another key, or its beginning was changed');
    }
    const start = length + nonceBytes;
    const clip = new SealedClip(source, start, await payloadKey(fileKey, head.slice(length, start)));
    fileKey.fill(0);
    const [last] = await clip.#plain(clip.#lastIndex, clip.#lastIndex);
    if (last === undefined || (clip.#lastIndex > 0 && last.length === 0))
      throw new SealedClipError('torn', 'the end of the recording is missing or was changed');
    return clip;
  }

  /** Plaintext bytes `start` to before `end`. Throws `SealedClipError` at the chunk that was changed. */
  async *read(start: number, end: number): AsyncGenerator<Uint8Array> {
    const stop = Math.min(end, this.plainBytes);
    if (start < 0 || start >= stop) return;
    const last = Math.floor((stop - 1) / chunkBytes);
    // One chunk first, for a seek wants its first byte soon; then more at a time
    let count = 1;
    for (let first = Math.floor(start / chunkBytes); first <= last; first += count, count = batchChunks) {
      const until = Math.min(last, first + count - 1);
      for (const [at, plain] of (await this.#plain(first, until)).entries()) {
        if (plain === undefined) throw new SealedClipError('damaged', `chunk ${first + at} was changed`);
        const from = (first + at) * chunkBytes;
        yield plain.subarray(Math.max(0, start - from), Math.min(plain.length, stop - from));
      }
    }
  }

  /** Forgets the key: reads fail from then on. */
  wipe(): void {
    this.#key.fill(0);
  }

  async #plain(first: number, last: number): Promise<(Uint8Array | undefined)[]> {
    const from = this.#start + first * sealedChunkBytes;
    const upTo = Math.min(this.#start + (last + 1) * sealedChunkBytes, this.#source.sizeBytes);
    const sealed = await this.#source.fetch(from, upTo);
    const found: (Uint8Array | undefined)[] = [];
    for (let index = first; index <= last; index++) {
      const at = (index - first) * sealedChunkBytes;
      const nonce = chunkNonce(index, index === this.#lastIndex);
      try {
        found.push(chacha20poly1305(this.#key, nonce).decrypt(sealed.subarray(at, at + sealedChunkBytes)));
      } catch {
        found.push(undefined);
      }
    }
    return found;
  }
}

/** Bytes of the header with its last newline, or `undefined` where the end isn't in `bytes`. */
function headerLength(bytes: Uint8Array): number | undefined {
  const text = new TextDecoder('latin1').decode(bytes);
  const match = /\n--- [^\n]*\n/.exec(text);
  return match === null ? undefined : match.index + match[0].length;
}

async function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Promise<Uint8Array> {
  const material = await crypto.subtle.importKey('raw', Uint8Array.from(fileKey), 'HKDF', false, ['deriveBits']);
  const info = new TextEncoder().encode('payload');
  const salt = Uint8Array.from(nonce);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, material, 256));
}

/** The chunk's number in 11 bytes, and a byte that is 1 for the last. */
function chunkNonce(index: number, last: boolean): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(3, BigInt(index));
  nonce[11] = last ? 1 : 0;
  return nonce;
}

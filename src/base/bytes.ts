/** Reading big-endian numbers out of untrusted bytes: running past the end is `undefined`, never an exception. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  u8(): number | undefined {
    return this.remaining < 1 ? undefined : this.#view.getUint8(this.offset++);
  }

  u16(): number | undefined {
    if (this.remaining < 2) return undefined;
    this.offset += 2;
    return this.#view.getUint16(this.offset - 2);
  }

  u32(): number | undefined {
    if (this.remaining < 4) return undefined;
    this.offset += 4;
    return this.#view.getUint32(this.offset - 4);
  }

  /** Up to 2^53; a larger value is `undefined`, for nothing of ours is that long. */
  u64(): number | undefined {
    if (this.remaining < 8) return undefined;
    const high = this.#view.getUint32(this.offset);
    const low = this.#view.getUint32(this.offset + 4);
    this.offset += 8;
    return high > 0x1fffff ? undefined : high * 2 ** 32 + low;
  }

  /** A view of the next `length` bytes; no copy. */
  take(length: number): Uint8Array | undefined {
    if (length < 0 || this.remaining < length) return undefined;
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }
}

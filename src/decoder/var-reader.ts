/** NUT's variable-length numbers: seven bits a byte, most significant first, the top bit set on all but the last. */
export class VarReader {
  readonly #bytes: Uint8Array;
  offset: number;
  /** A read ran past the end, or a number was beyond 2^53; values read since mean nothing. */
  failed = false;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  unsigned(): number {
    let value = 0;
    for (;;) {
      const byte = this.#bytes[this.offset];
      if (byte === undefined || value > 2 ** 46) {
        this.failed = true;
        return 0;
      }
      this.offset++;
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
  }

  /** 0, 1, -1, 2, -2 … are coded as 0, 1, 2, 3, 4 …. */
  signed(): number {
    const value = this.unsigned() + 1;
    return value % 2 === 1 ? -(value - 1) / 2 : value / 2;
  }

  u32(): number {
    const { offset } = this;
    if (this.#bytes.length - offset < 4) {
      this.failed = true;
      return 0;
    }
    this.offset += 4;
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + offset, 4).getUint32(0);
  }

  skip(length: number): void {
    if (this.#bytes.length - this.offset < length) this.failed = true;
    else this.offset += length;
  }
}

/** Whole numbers in few bytes: seven bits each, lowest first; signed ones folded so that small stays small. */

export class VarintWriter {
  #buffer = new Uint8Array(256);
  #length = 0;

  /** `value` is whole and within ±2^52. Hot. */
  push(value: number): void {
    if (this.#length + 8 > this.#buffer.length) {
      const grown = new Uint8Array(this.#buffer.length * 2);
      grown.set(this.#buffer);
      this.#buffer = grown;
    }
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
  }

  /** What was written so far; a view that later writes don't change. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}

/** Running past the end, or a number too large for us, sets `failed`; zeros are read from then on. */
export class VarintReader {
  readonly #bytes: Uint8Array;
  offset = 0;
  failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  next(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 53 && !this.failed; scale *= 0x80) {
      const byte = this.#bytes[this.offset];
      if (byte === undefined) break;
      this.offset++;
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) break;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    this.failed = true;
    return 0;
  }
}

/** Whole numbers in few bytes: seven bits each, lowest first; signed ones folded so that small stays small. */

/** Appends `value`, whole and within ±2^52, to `out`. */
export function pushVarint(out: number[], value: number): void {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  while (rest >= 0x80) {
    out.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
}

export class VarintReader {
  readonly #bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  /** The next number, or undefined where the bytes end or the number is too large for us. */
  next(): number | undefined {
    let value = 0;
    for (let scale = 1; scale < 2 ** 53; scale *= 0x80) {
      const byte = this.#bytes[this.offset++];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) return undefined;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    return undefined;
  }
}

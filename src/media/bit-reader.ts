/**
 * Bits of a raw byte sequence payload (ITU-T H.264 §7.3.1, §9.1; H.265 alike). Made for parameter sets, which are
 * short and rare. Running past the end sets `failed` and reads zeros from then on, so that a parser asks once at its
 * end instead of after each field.
 */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;
  #failed = false;

  constructor(rbsp: Uint8Array) {
    this.#bytes = rbsp;
  }

  /** True when something was read that wasn't there, or a code was longer than the standards allow. */
  get failed(): boolean {
    return this.#failed;
  }

  bit(): number {
    const byte = this.#bytes[this.#position >> 3];
    if (byte === undefined) {
      this.#failed = true;
      return 0;
    }
    const value = (byte >> (7 - (this.#position & 7))) & 1;
    this.#position++;
    return value;
  }

  flag(): boolean {
    return this.bit() === 1;
  }

  /** An unsigned number of `count` bits, at most 48. */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + this.bit();
    return value;
  }

  skip(count: number): void {
    this.#position += count;
    if (this.#position > this.#bytes.length * 8) this.#failed = true;
  }

  /** ue(v), H.264 §9.1: at most 32 leading zeros. */
  ue(): number {
    let zeros = 0;
    while (!this.#failed && this.bit() === 0) {
      if (++zeros > 32) {
        this.#failed = true;
        return 0;
      }
    }
    return this.#failed ? 0 : 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v), H.264 §9.1.1. */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : code === 0 ? 0 : -code / 2;
  }
}

/** The payload of a NAL unit without its emulation prevention bytes (`00 00 03`, H.264 §7.4.1). */
export function withoutEmulationPrevention(nal: Uint8Array): Uint8Array {
  const rbsp = new Uint8Array(nal.length);
  let length = 0;
  let zeros = 0;
  for (const byte of nal) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    rbsp[length++] = byte;
  }
  return rbsp.subarray(0, length);
}

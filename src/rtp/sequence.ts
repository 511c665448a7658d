/** Sequence numbers of one source: what was lost, what comes twice or too late. RFC 3550 §A.1. */

/** A packet this far behind is late; further behind, the source has begun anew (RFC 3550: MAX_MISORDER). */
const maxLate = 100;
/** A gap larger than this is no loss but another count (RFC 3550: MAX_DROPOUT). */
const maxGap = 3000;

export class SequenceTracker {
  #next = -1;

  /** How far ahead of its turn a packet is: 0 when it is the next one or the first, up to 65535. Hot. */
  ahead(sequence: number): number {
    return this.#next < 0 ? 0 : (sequence - this.#next) & 0xffff;
  }

  /** How many packets are missing before this one: 0 usually, -1 when it must be dropped as late or repeated. Hot. */
  push(sequence: number): number {
    const ahead = this.ahead(sequence);
    if (ahead >= 0x10000 - maxLate) return -1;
    this.#next = (sequence + 1) & 0xffff;
    // After a jump nobody knows what is missing, but something is.
    return ahead > maxGap ? 1 : ahead;
  }

  reset(): void {
    this.#next = -1;
  }
}

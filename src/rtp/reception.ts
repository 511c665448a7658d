/** What came in of one source, as a receiver reports it to the sender: RFC 3550 §6.4.1, §A.3, §A.8. */

export interface ReportBlock {
  readonly ssrc: number;
  /** Of 256, since the report before. */
  readonly fractionLost: number;
  /** Since the beginning; negative where packets came twice. */
  readonly lost: number;
  /** With the number of wraps in the upper half. */
  readonly highestSequence: number;
  /** Mean deviation of the spacing, in ticks. */
  readonly jitterTicks: number;
  /** Middle 32 bits of the NTP time of its last sender report, and the time since then in 1/65536 s; 0 without one. */
  readonly lastReport: number;
  readonly sinceLastReport: number;
}

export class Reception {
  readonly #ticksPerMs: number;
  #ssrc = -1;
  #first = 0;
  #highest = 0;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #jitter = 0;
  #lastTransit = Number.NaN;
  #lastTimestamp = -1;
  #reportNtp = 0;
  #reportMs = 0;

  /** @param clockRate Hz */
  constructor(clockRate: number) {
    this.#ticksPerMs = clockRate / 1000;
  }

  /** Each packet as it came, late and repeated ones too. @param nowMs monotonic. Hot. */
  packet(ssrc: number, sequence: number, timestamp: number, nowMs: number): void {
    if (ssrc !== this.#ssrc) this.#begin(ssrc, sequence);
    const ahead = (sequence - this.#highest) & 0xffff;
    if (ahead < 0x8000) this.#highest += ahead;
    this.#received++;
    // Packets of one picture leave together and are no measure (they'd count the burst as jitter).
    if (timestamp === this.#lastTimestamp) return;
    this.#lastTimestamp = timestamp;
    const transit = (nowMs * this.#ticksPerMs - timestamp) % 2 ** 32;
    const difference = Math.abs(transit - this.#lastTransit);
    this.#lastTransit = transit;
    // Not where a timestamp wrapped or jumped; nor at the first one, where it isn't a number.
    if (difference < 2 ** 31) this.#jitter += (difference - this.#jitter) / 16;
  }

  /** A sender report came. @param ntpMiddle bits 16 to 47 of its NTP time */
  senderReport(ssrc: number, ntpMiddle: number, nowMs: number): void {
    if (ssrc !== this.#ssrc) return;
    this.#reportNtp = ntpMiddle;
    this.#reportMs = nowMs;
  }

  /** For a report now; the next one counts its fraction from here. Undefined before the first packet. */
  report(nowMs: number): ReportBlock | undefined {
    if (this.#ssrc < 0) return undefined;
    const expected = this.#highest - this.#first + 1;
    const expectedSince = expected - this.#expectedBefore;
    const lostSince = expectedSince - (this.#received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    return {
      ssrc: this.#ssrc,
      fractionLost:
        expectedSince <= 0 || lostSince <= 0 ? 0 : Math.min(255, Math.floor((lostSince * 256) / expectedSince)),
      lost: Math.max(-0x800000, Math.min(0x7fffff, expected - this.#received)),
      highestSequence: this.#highest % 2 ** 32,
      jitterTicks: Math.min(2 ** 32 - 1, Math.floor(this.#jitter)),
      lastReport: this.#reportNtp,
      sinceLastReport: this.#reportNtp === 0 ? 0 : Math.floor(((nowMs - this.#reportMs) * 65_536) / 1000) % 2 ** 32,
    };
  }

  #begin(ssrc: number, sequence: number): void {
    this.#ssrc = ssrc;
    this.#first = sequence;
    this.#highest = sequence;
    this.#received = 0;
    this.#expectedBefore = 0;
    this.#receivedBefore = 0;
    this.#jitter = 0;
    this.#lastTransit = Number.NaN;
    this.#reportNtp = 0;
  }
}

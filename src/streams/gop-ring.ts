/**
 * The newest whole GOPs of a stream, so that a recording can begin before its event and a viewer sees a picture at
 * once. It spans at least `spanMs` (and so up to a GOP more), and never holds more than `maxBytes`, nor a GOP of more than
 * `maxGopBytes`: a camera that sends one keyframe and then delta frames for ever loses its own past, not our memory.
 */
import type { Sample } from '../media/sample.ts';

interface Gop {
  readonly samples: Sample[];
  bytes: number;
}

export interface GopRingOptions {
  /** How much of the past is wanted, in ms of media time. */
  readonly spanMs: number;
  readonly maxBytes: number;
  /** Of one GOP; one that outgrows it is dropped, and nothing kept until the next. */
  readonly maxGopBytes: number;
}

export class GopRing {
  readonly #spanMs: number;
  readonly #maxBytes: number;
  readonly #maxGopBytes: number;
  readonly #gops: Gop[] = [];
  #bytes = 0;
  /** Set when the running GOP outgrew the bound: nothing is kept until the next keyframe. */
  #overflowed = true;

  constructor(options: GopRingOptions) {
    this.#spanMs = options.spanMs;
    this.#maxBytes = options.maxBytes;
    this.#maxGopBytes = options.maxGopBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Media time held, in ms; 0 when empty. */
  get heldMs(): number {
    const first = this.#gops[0]?.samples[0];
    const last = this.#gops.at(-1)?.samples.findLast(({ format }) => format.kind === 'video');
    return first === undefined || last === undefined ? 0 : milliseconds(last) - milliseconds(first);
  }

  // hot
  push(sample: Sample): void {
    // Sound that jumps is put right by whoever writes it.
    if (sample.discontinuity && sample.format.kind === 'video') this.clear();
    if (sample.format.kind === 'video' && sample.keyframe) {
      this.#gops.push({ samples: [], bytes: 0 });
      this.#overflowed = false;
      this.#forgetOld(sample);
    }
    const gop = this.#gops.at(-1);
    if (gop === undefined || this.#overflowed) return;
    gop.samples.push(sample);
    gop.bytes += sample.data.length;
    this.#bytes += sample.data.length;
    if (gop.bytes > this.#maxGopBytes) this.clear();
    while (this.#bytes > this.#maxBytes) {
      if (this.#gops.length === 1) this.#overflowed = true;
      this.#bytes -= this.#gops.shift()!.bytes;
    }
  }

  clear(): void {
    this.#gops.length = 0;
    this.#bytes = 0;
    this.#overflowed = true;
  }

  /** All samples from the last keyframe at or before `at` (UTC ms) on; from the oldest one where none is that old. */
  since(at: number): Sample[] {
    let first = this.#gops.length - 1;
    while (first > 0 && this.#gops[first]!.samples[0]!.at > at) first--;
    return first < 0 ? [] : this.#gops.slice(first).flatMap((gop) => gop.samples);
  }

  /** The running GOP: what a new viewer needs to show the present picture. */
  newest(): readonly Sample[] {
    return this.#gops.at(-1)?.samples ?? [];
  }

  #forgetOld(newest: Sample): void {
    const wanted = milliseconds(newest) - this.#spanMs;
    while (this.#gops.length > 1) {
      const second = this.#gops[1]!.samples[0];
      if (second === undefined || milliseconds(second) > wanted) return;
      this.#bytes -= this.#gops.shift()!.bytes;
    }
  }
}

function milliseconds(sample: Sample): number {
  return (sample.dtsTicks * 1000) / sample.format.timeScale;
}

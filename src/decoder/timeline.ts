/**
 * The decoder's own time line, in ticks: samples of a camera whose clock jumps would make ffmpeg wait for hours or drop
 * everything. Here times only go forward, and each frame that comes out finds the sample that went in.
 */
import type { Sample } from '../media/sample.ts';

/** A frame comes out a few samples after its own went in; what is older than this was dropped by ffmpeg. */
const remembered = 512;

export interface Placed {
  /** Decoding time, at least 0 and greater than that of the sample before. */
  readonly dts: number;
  readonly ptsOffset: number;
  readonly durationTicks: number;
}

interface Entry {
  readonly pts: number;
  readonly at: number;
  readonly ptsTicks: number;
}

export class Timeline {
  readonly #timeScale: number;
  #shift: number | undefined;
  #lastDts = -1;
  #entries: Entry[] = [];

  constructor(timeScale: number) {
    this.#timeScale = timeScale;
  }

  place(sample: Sample): Placed {
    const usual = Math.max(1, Math.round(this.#timeScale / 15));
    const expected = this.#lastDts + usual;
    let dts = sample.dtsTicks + (this.#shift ?? 0);
    // A silence of ten seconds may be one; more is a jump, and so is every step back.
    const jumped = dts <= this.#lastDts || dts > this.#lastDts + 10 * this.#timeScale;
    if (this.#shift === undefined || sample.discontinuity || jumped) {
      // Room in front of the first sample, so that a negative offset has no negative time.
      const target = this.#shift === undefined ? this.#timeScale : expected;
      this.#shift = target - sample.dtsTicks;
      dts = target;
    }
    this.#lastDts = dts;
    const offset = sample.ptsTicks - sample.dtsTicks;
    const ptsOffset = Math.abs(offset) > this.#timeScale ? 0 : offset;
    this.#entries.push({ pts: dts + ptsOffset, at: sample.at, ptsTicks: sample.ptsTicks });
    if (this.#entries.length > remembered) this.#entries = this.#entries.slice(-remembered / 2);
    return { dts, ptsOffset, durationTicks: usual };
  }

  /** The sample shown at `pts`, or undefined where none was placed there (or it was long ago). */
  sampleAt(pts: number): { readonly at: number; readonly ptsTicks: number } | undefined {
    return this.#entries.find((entry) => entry.pts === pts);
  }

  /** The same of a time that was rounded: one that is less than `toleranceTicks` away. */
  sampleNear(pts: number, toleranceTicks: number): { readonly at: number; readonly ptsTicks: number } | undefined {
    return this.#entries.find((entry) => Math.abs(entry.pts - pts) < toleranceTicks);
  }
}

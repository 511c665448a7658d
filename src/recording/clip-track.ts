/** One track of a clip being written: a sample goes out when the next one says how long it lasts. */
import type { Sample } from '../media/sample.ts';

/** @param dtsTicks from the clip's beginning */
export type EmitSample = (trackId: number, sample: Sample, dtsTicks: number, durationTicks: number) => void;

export class ClipTrack {
  readonly #id: number;
  readonly #emit: EmitSample;
  #held: Sample | undefined;
  #heldDtsTicks = 0;
  #lastDurationTicks: number;

  /** `usualTicks`: how long a lone sample lasts. */
  constructor(id: number, usualTicks: number, emit: EmitSample) {
    this.#id = id;
    this.#lastDurationTicks = usualTicks;
    this.#emit = emit;
  }

  // hot
  take(sample: Sample, dtsTicks: number): void {
    const held = this.#held;
    const heldDtsTicks = this.#heldDtsTicks;
    this.#held = sample;
    this.#heldDtsTicks = dtsTicks;
    if (held === undefined) return;
    const durationTicks = dtsTicks - heldDtsTicks;
    if (durationTicks > 0) this.#lastDurationTicks = durationTicks;
    this.#emit(this.#id, held, heldDtsTicks, Math.max(1, durationTicks));
  }

  /** The last sample too. */
  flush(): void {
    if (this.#held !== undefined) this.#emit(this.#id, this.#held, this.#heldDtsTicks, this.#lastDurationTicks);
    this.#held = undefined;
  }
}

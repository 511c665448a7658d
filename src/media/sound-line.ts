/**
 * Where sound lies in a clip. Cameras count the times of picture and sound from origins of their own; what joins them is
 * the wall clock of capture. Within a run of sound its own ticks count, so that no frame is pushed about by jitter; when
 * they have drifted from the picture, by lost sound or by two crystals, the next frame is put where it belongs.
 */
import type { Sample } from './sample.ts';

/** People notice sound that is off by more than some 80 ms. */
const maxDriftMs = 60;

export class SoundLine {
  readonly #timeScale: number;
  /** UTC ms at the clip's time 0, by the newest picture. */
  #originAt: number;
  /** Clip time minus the sound's own time, in ticks; undefined before the first frame. */
  #shiftTicks: number | undefined;
  #endTicks = 0;

  constructor(timeScale: number, originAt: number) {
    this.#timeScale = timeScale;
    this.#originAt = originAt;
  }

  /** A picture captured at `at` (UTC ms) stands at `clipMs`. Hot. */
  picture(at: number, clipMs: number): void {
    this.#originAt = at - clipMs;
  }

  /** Decoding time in the clip, in ticks; undefined for sound before the clip, or that would overlap what was written. */
  place(sample: Sample): number | undefined {
    const wanted = ((sample.at - this.#originAt) * this.#timeScale) / 1000;
    const shift = this.#shiftTicks;
    const isOff =
      shift === undefined ||
      sample.discontinuity ||
      Math.abs(sample.dtsTicks + shift - wanted) > (maxDriftMs * this.#timeScale) / 1000;
    const ticks = isOff ? Math.round(wanted) : sample.dtsTicks + shift;
    if (ticks < this.#endTicks) return undefined;
    this.#shiftTicks = ticks - sample.dtsTicks;
    this.#endTicks = ticks + 1;
    return ticks;
  }
}

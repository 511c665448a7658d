/**
 * Pictures of one camera as fragments of MP4, one each, for viewers whose browser has nothing but Media Source
 * Extensions. Times begin with 0 at the first picture and follow the camera's; how long a picture stands is known only
 * when the next one comes, so it is said to stand as long as the one before.
 */
import { fragment } from '../media/fragment.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';

/** Where nothing is known yet: a fifteenth of a second. */
const firstDurationPart = 15;
/** A pause longer than this (s) is a jump: a player's line of time goes on without a hole. */
const longestPause = 2;

export class FragmentLine {
  readonly #timeScale: number;
  #sequence = 0;
  #shiftTicks: number | undefined;
  #lastDts = 0;
  #durationTicks: number;

  constructor(format: VideoFormat) {
    this.#timeScale = format.timeScale;
    this.#durationTicks = Math.round(format.timeScale / firstDurationPart);
  }

  /** Hot. `sample` is of the format that the line was made for. */
  fragment(sample: Sample): { readonly bytes: Uint8Array; readonly ptsTicks: number } {
    const shift = this.#shiftTicks;
    const step = shift === undefined ? 0 : sample.dtsTicks + shift - this.#lastDts;
    const isJump = shift === undefined || sample.discontinuity || step <= 0 || step > longestPause * this.#timeScale;
    const baseDtsTicks = isJump
      ? shift === undefined
        ? 0
        : this.#lastDts + this.#durationTicks
      : sample.dtsTicks + shift;
    if (isJump) this.#shiftTicks = baseDtsTicks - sample.dtsTicks;
    else this.#durationTicks = step;
    this.#lastDts = baseDtsTicks;
    const ptsOffsetTicks = sample.ptsTicks - sample.dtsTicks;
    const { data, keyframe } = sample;
    const bytes = fragment({
      sequence: ++this.#sequence,
      trackId: 1,
      baseDtsTicks,
      samples: [{ data, keyframe, ptsOffsetTicks, durationTicks: this.#durationTicks }],
    });
    return { bytes, ptsTicks: baseDtsTicks + ptsOffsetTicks };
  }
}

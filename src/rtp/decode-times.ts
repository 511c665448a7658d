/**
 * Decoding times of pictures that come in decoding order with presentation times only, which is all that RTP has.
 *
 * Where output lags decoding by n pictures, the decoding time of a picture is the smallest of its own and the n
 * presentation times that are still to be output: a queue of n times, put in order. It is filled at the start with
 * times before the first picture. n is the SPS's `max_num_reorder_frames`; where the SPS is silent it is 0 until a
 * picture goes back in time and shows it to be more. Decoding times grow by at least one tick in any case; just after
 * n was learnt one may lie behind its presentation time, which a signed composition offset can say.
 */
const maxReorder = 16;

export class DecodeTimes {
  #reorder = 0;
  readonly #waiting: number[] = [];
  readonly #recent: number[] = [];
  #last = Number.NEGATIVE_INFINITY;

  /** `atLeast`: by how many pictures output lags decoding, from the SPS. `frameTicks`: a guess will do. Hot. */
  next(ptsTicks: number, keyframe: boolean, atLeast: number, frameTicks: number): number {
    if (keyframe) this.#recent.length = 0;
    let later = 0;
    for (let i = 0; i < this.#recent.length; i++) if (this.#recent[i]! > ptsTicks) later++;
    const needed = Math.min(maxReorder, Math.max(atLeast, later));
    if (needed > this.#reorder) {
      const earliest = this.#waiting[0] ?? ptsTicks;
      for (let i = 1; i <= needed - this.#reorder; i++) this.#waiting.unshift(earliest - i * frameTicks);
      this.#reorder = needed;
    }
    if (this.#recent.length === maxReorder) this.#recent.shift();
    this.#recent.push(ptsTicks);
    if (this.#reorder === 0) {
      this.#last = Math.max(ptsTicks, this.#last + 1);
      return this.#last;
    }
    let place = this.#waiting.length;
    while (place > 0 && this.#waiting[place - 1]! > ptsTicks) place--;
    this.#waiting.splice(place, 0, ptsTicks);
    this.#last = Math.max(this.#waiting.shift()!, this.#last + 1);
    return this.#last;
  }

  /** Times begin anew (a jump); they are still later than those before. */
  reset(): void {
    this.#reorder = 0;
    this.#waiting.length = 0;
    this.#recent.length = 0;
  }
}

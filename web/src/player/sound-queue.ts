/**
 * What lies between sound that comes as the network brings it and a loudspeaker that never waits: silence until there
 * is a little in store, then one sample after the other; what has piled up after a hiccup is skipped, for live sound that
 * falls behind its picture never catches up by itself.
 */
/** In store before anything is heard, in s. */
const startSeconds = 0.12;
/** More than this in store (s), and what is above `startSeconds` is skipped. */
const mostSeconds = 0.4;

export class SoundQueue {
  readonly #startFrames: number;
  readonly #mostFrames: number;
  #blocks: Float32Array[][] = [];
  /** Read so far of the first block. */
  #offset = 0;
  #frames = 0;
  #playing = false;

  /** @param sampleRate Hz */
  constructor(sampleRate: number) {
    this.#startFrames = Math.round(sampleRate * startSeconds);
    this.#mostFrames = Math.round(sampleRate * mostSeconds);
  }

  /** In store now. */
  get frames(): number {
    return this.#frames;
  }

  /** One array a channel, all as long. */
  push(planes: Float32Array[]): void {
    const length = planes[0]?.length ?? 0;
    if (length === 0) return;
    this.#blocks.push(planes);
    this.#frames += length;
    if (this.#frames > this.#mostFrames) this.#skip(this.#frames - this.#startFrames);
    if (this.#frames >= this.#startFrames) this.#playing = true;
  }

  /** Fills `outputs` (one array a channel, all as long) with what comes next, or with silence. Hot. */
  pull(outputs: readonly Float32Array[]): void {
    const wanted = outputs[0]?.length ?? 0;
    let done = 0;
    while (this.#playing && done < wanted) {
      const block = this.#blocks[0];
      if (block === undefined) {
        this.#playing = false;
        break;
      }
      const take = Math.min(wanted - done, block[0]!.length - this.#offset);
      for (let i = 0; i < outputs.length; i++) {
        const plane = block[Math.min(i, block.length - 1)]!;
        outputs[i]!.set(plane.subarray(this.#offset, this.#offset + take), done);
      }
      done += take;
      this.#skip(take);
    }
    for (const output of outputs) output.fill(0, done);
  }

  #skip(frames: number): void {
    this.#frames -= frames;
    this.#offset += frames;
    while (this.#blocks.length > 0 && this.#offset >= this.#blocks[0]![0]!.length) {
      this.#offset -= this.#blocks.shift()![0]!.length;
    }
  }
}

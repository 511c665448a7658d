/**
 * Buffers of frames, used again: five frames of 0.7 MB a second and camera would otherwise be garbage faster than it is
 * collected. Who is done with a frame gives its buffer back; who isn't, or forgets, costs a new one and no more.
 */
export class FrameBuffers {
  readonly #most: number;
  #free: Uint8Array[] = [];

  /** `most`: buffers that are kept while nobody needs them. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Holds anything: it is to be filled wholly. */
  take(sizeBytes: number): Uint8Array {
    const buffer = this.#free.pop();
    if (buffer?.length === sizeBytes) return buffer;
    // Another size: those of the old one fit nothing any more.
    this.#free = [];
    return new Uint8Array(sizeBytes);
  }

  /** Whoever gives it must be the last to hold it. */
  give(buffer: Uint8Array): void {
    if (this.#free.length < this.#most && !this.#free.includes(buffer)) this.#free.push(buffer);
  }
}

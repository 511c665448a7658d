/**
 * Where the bytes of a stream's samples lie: one behind the other in slabs, for samples of one stream also go together,
 * when they leave the GOP ring. A buffer for each would be some 16 KB among the short-lived ones of everything else,
 * and malloc, which can give back the end of its heap only, kept twice of what was in use (npm run bench record). A
 * slab is large enough to be mapped by itself, and its memory is the system's again when its last sample is forgotten.
 *
 * Nothing is ever written twice: a sample's bytes stay as they are for as long as anybody holds them.
 */

/** Above the limit from which malloc maps (128 KiB, and kept there by `bin/sentrix`). */
const slabBytes = 256 * 1024;
/** What is larger is mapped by itself anyway. What a slab has left over when the next sample doesn't fit was never touched. */
const sharedBytes = slabBytes / 2;

export class SampleMemory {
  #slab = new Uint8Array(0);
  #used = 0;

  /** A copy of `bytes` that nobody else writes to. Hot. */
  keep(bytes: Uint8Array): Uint8Array {
    if (bytes.length > sharedBytes) return new Uint8Array(bytes);
    if (this.#used + bytes.length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#used = 0;
    }
    const kept = new Uint8Array(this.#slab.buffer, this.#used, bytes.length);
    kept.set(bytes);
    this.#used += bytes.length;
    return kept;
  }
}

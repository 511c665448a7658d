/** How many bits a second the network takes, told by what waits in the socket: down at once, up again slowly. */
const most = 2_500_000;
const least = 150_000;
/** More than so many seconds' worth waiting, and the network is too slow for it; */
const slowSeconds = 0.5;
/** and more than so many, and no further picture is worth encoding. */
const stuckSeconds = 1.5;
/** Looks without anything waiting before more is tried. */
const calmLooks = 10;

export class Bitrate {
  bitsPerSecond = most;
  #calm = 0;

  isStuck(waitingBytes: number): boolean {
    return waitingBytes * 8 > this.bitsPerSecond * stuckSeconds;
  }

  /** Once a second. @returns whether it is another rate now */
  look(waitingBytes: number): boolean {
    const before = this.bitsPerSecond;
    if (waitingBytes * 8 > before * slowSeconds) {
      this.#calm = 0;
      this.bitsPerSecond = Math.max(least, Math.round(before * 0.6));
    } else if (++this.#calm >= calmLooks) {
      this.#calm = 0;
      this.bitsPerSecond = Math.min(most, Math.round(before * 1.25));
    }
    return this.bitsPerSecond !== before;
  }
}

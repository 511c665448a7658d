/**
 * What one slot owes the server. Bytes count as consumed when their picture came out of the decoder or when they were
 * dropped; they are given back in lumps, because a message for each sample would double the traffic of the socket.
 */
import { initialCreditBytes } from '../../../src/wire/live.ts';

// A sixteenth: the server never runs dry for want of a lump that we hold back.
const lumpBytes = initialCreditBytes / 16;

export class Credit {
  /** Sizes of the samples inside the decoder, oldest first. */
  #inside: number[] = [];
  #owed = 0;

  enter(bytes: number): void {
    this.#inside.push(bytes);
  }

  /** One picture came out. */
  leave(): void {
    this.#owed += this.#inside.shift() ?? 0;
  }

  /** Bytes that never went into the decoder. */
  drop(bytes: number): void {
    this.#owed += bytes;
  }

  /** The decoder was thrown away with all that was in it. */
  dropAll(): void {
    for (const bytes of this.#inside) this.#owed += bytes;
    this.#inside = [];
  }

  /** A new subscription starts with the server's full initial credit. */
  reset(): void {
    this.#inside = [];
    this.#owed = 0;
  }

  /** Bytes to give back now; 0 while it isn't worth a message. */
  take(): number {
    if (this.#owed < lumpBytes) return 0;
    const bytes = this.#owed;
    this.#owed = 0;
    return bytes;
  }
}

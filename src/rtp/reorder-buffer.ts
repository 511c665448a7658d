/**
 * Packets that came before their turn. A TCP connection keeps order, but what a camera puts into it may have travelled by UDP
 * before (bridges, recorders with channels), and there packets overtake each other. They wait, within bounds of number
 * and time, for those that are missing; then these count as lost. While nothing is missing nothing is copied.
 */

/** How far ahead of its turn a packet may be to be waited for; further ahead is a loss or a jump. */
export const reorderWindow = 64;
const maxHeld = 32;
/** Longer than networks reorder by, shorter than anybody notices. */
const maxWaitMs = 150;

export interface HeldPacket {
  readonly packet: Uint8Array;
  readonly sequence: number;
  /** UTC ms. */
  readonly arrivalAt: number;
  readonly heldSinceMs: number;
}

export class ReorderBuffer {
  /** By sequence number, the earliest first. */
  readonly #held: HeldPacket[] = [];

  get size(): number {
    return this.#held.length;
  }

  get first(): HeldPacket | undefined {
    return this.#held[0];
  }

  /** Copies the packet. False where it is here already. All within `reorderWindow` of each other. */
  hold(packet: Uint8Array, sequence: number, arrivalAt: number, nowMs: number): boolean {
    let place = this.#held.length;
    while (place > 0) {
      const behind = (sequence - this.#held[place - 1]!.sequence) & 0xffff;
      if (behind === 0) return false;
      if (behind < 0x8000) break;
      place--;
    }
    this.#held.splice(place, 0, { packet: Uint8Array.from(packet), sequence, arrivalAt, heldSinceMs: nowMs });
    return true;
  }

  /** What is missing before the first has had its time. */
  isOverdue(nowMs: number): boolean {
    if (this.#held.length > maxHeld) return true;
    return this.#held.some(({ heldSinceMs }) => nowMs - heldSinceMs > maxWaitMs);
  }

  shift(): HeldPacket | undefined {
    return this.#held.shift();
  }
}

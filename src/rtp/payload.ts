/** What the depacketizer asks of each payload format. */

/** One object is used for all packets of a track. */
export interface PacketTime {
  ticks: number;
  /** UTC ms. */
  at: number;
  discontinuity: boolean;
  /** Packets are missing before this one. */
  lost: boolean;
  marker: boolean;
}

export interface PayloadReader {
  /** The payload lies from `start` to before `end`; the bytes are valid during the call only. Hot. */
  packet(bytes: Uint8Array, start: number, end: number, time: PacketTime): void;
}

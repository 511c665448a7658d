/**
 * RTP packets on their way to players: some of them in a row, framed once for interleaved TCP (RFC 2326 §10.12), so that
 * the same bytes serve every player that took the usual channels. Track n is framed for channel 2n.
 */

export interface PacketBatch {
  /** Shared by all players and never written to again. */
  readonly frames: BatchBuffer;
  /** A decoder can begin with the first packet; no packet but the first begins another keyframe. */
  readonly keyframe: boolean;
  /** By track: packets, and bytes of them behind the fixed header. */
  readonly packets: readonly number[];
  readonly octets: readonly number[];
}

const headerBytes = 4;
const rtpHeaderBytes = 12;
/** A keyframe of a good camera fits; a larger one becomes several batches. */
const maxBatchBytes = 64 * 1024;

/** Memory for a whole batch. */
export type BatchBuffer = Buffer<ArrayBuffer>;

export class BatchWriter {
  #buffer = Buffer.allocUnsafeSlow(maxBatchBytes);
  readonly #packets: number[];
  readonly #octets: number[];
  #used = 0;
  #keyframe = false;

  constructor(tracks: number) {
    this.#packets = new Array<number>(tracks).fill(0);
    this.#octets = new Array<number>(tracks).fill(0);
  }

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  /** Is there room for it? None fits that is longer than a batch. */
  fits(packet: Uint8Array): boolean {
    return this.#used + headerBytes + packet.length <= maxBatchBytes;
  }

  /** Copies a packet that `fits`; `keyframe` counts for the first one only. Hot. */
  append(track: number, packet: Uint8Array, keyframe: boolean): void {
    if (this.#used === 0) this.#keyframe = keyframe;
    const buffer = this.#buffer;
    const at = this.#used;
    buffer[at] = 0x24;
    buffer[at + 1] = track * 2;
    buffer[at + 2] = packet.length >> 8;
    buffer[at + 3] = packet.length & 0xff;
    buffer.set(packet, at + headerBytes);
    this.#used = at + headerBytes + packet.length;
    this.#packets[track]!++;
    this.#octets[track]! += packet.length - rtpHeaderBytes;
  }

  /** What was appended since the last call, in a buffer that is just as long. */
  take(): PacketBatch {
    return this.#taken(Buffer.from(this.#buffer.subarray(0, this.#used)));
  }

  /** The same without a copy: the batch is given the buffer that it was written into, and `next` is written into from now on. */
  takeBuffer(next: BatchBuffer = Buffer.allocUnsafeSlow(maxBatchBytes)): PacketBatch {
    const frames = this.#buffer.subarray(0, this.#used);
    this.#buffer = next;
    return this.#taken(frames);
  }

  #taken(frames: BatchBuffer): PacketBatch {
    const batch: PacketBatch = {
      frames,
      keyframe: this.#keyframe,
      packets: [...this.#packets],
      octets: [...this.#octets],
    };
    this.#used = 0;
    this.#keyframe = false;
    this.#packets.fill(0);
    this.#octets.fill(0);
    return batch;
  }
}

/** The whole buffer of a batch that came by `takeBuffer`, once nobody has the batch any more. */
export function bufferOf(batch: PacketBatch): BatchBuffer {
  return Buffer.from(batch.frames.buffer, 0, maxBatchBytes);
}

/** The frames for a player's own channels, by track; those of tracks without one are left out. */
export function remapped(frames: Buffer, channels: readonly (number | undefined)[]): Buffer {
  const out = Buffer.allocUnsafe(frames.length);
  let used = 0;
  for (let at = 0; at < frames.length; ) {
    const end = at + headerBytes + frames.readUInt16BE(at + 2);
    const channel = channels[frames[at + 1]! >> 1];
    if (channel !== undefined) {
      frames.copy(out, used, at, end);
      out[used + 1] = channel;
      used += end - at;
    }
    at = end;
  }
  return out.subarray(0, used);
}

/** Sequence number and timestamp of the first packet of a track, if there is one. */
export function firstOf(
  frames: Buffer,
  track: number,
): { readonly sequence: number; readonly timestamp: number } | undefined {
  for (let at = 0; at < frames.length; at += headerBytes + frames.readUInt16BE(at + 2)) {
    if (frames[at + 1] !== track * 2) continue;
    return { sequence: frames.readUInt16BE(at + 6), timestamp: frames.readUInt32BE(at + 8) };
  }
  return undefined;
}

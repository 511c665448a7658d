/**
 * The RTP packets of one source, handed on as they came: to players that are there, and from the newest keyframe on to
 * those that come. Packets of one turn of the event loop go out together; while nobody plays, only the running GOP is
 * kept, within a bound, in buffers that the next GOP is written into: hardly anybody ever plays most cameras, and copies
 * that nobody sees were the greatest part of the memory that had to be collected.
 *
 * A relay lives as long as its source's connection. Another connection has other sequence numbers and times, which no
 * player could follow, so the players of the old one are told that it is over and come again.
 */
import type { Problem } from '../base/problem.ts';
import type { VideoCodec } from '../media/sample.ts';
import { leadsPicture, startsKeyframe } from '../rtp/keyframe-start.ts';
import { RtpHeader } from '../rtp/packet.ts';
import type { BatchBuffer, PacketBatch } from '../rtsp/packet-batch.ts';
import { BatchWriter, bufferOf } from '../rtsp/packet-batch.ts';
import type { SdpTrack } from '../rtsp/sdp.ts';
import type { PlaySink } from '../rtsp/server-hooks.ts';

/** A GOP that outgrows it is kept no longer: who comes then waits for the next keyframe. */
const maxGopBytes = 10 * 1024 * 1024;
/** The same while nobody plays: cameras are many, players few. */
const maxIdleGopBytes = 3 * 1024 * 1024;
/** Signatures and metadata in front of a picture take a few KiB; more than this isn't waited for. */
const maxHeldBytes = 64 * 1024;

export class PacketRelay {
  readonly tracks: readonly SdpTrack[];
  readonly #codecs: readonly (VideoCodec | undefined)[];
  readonly #header = new RtpHeader();
  readonly #writer: BatchWriter;
  readonly #sinks = new Set<PlaySink>();
  #gop: PacketBatch[] = [];
  #gopBytes = 0;
  /** So many batches at the GOP's beginning nobody has seen: their buffers are ours. */
  #unseen = 0;
  #spare: BatchBuffer[] = [];
  #keyframeTimestamp = -1;
  /** Of the newest packet of video. */
  #timestamp = -1;
  /** Copies of the first packets of an access unit, of which only the next one tells whether it is a keyframe. */
  #held: Buffer[] = [];
  #heldTrack = 0;
  #heldTimestamp = -1;
  #heldBytes = 0;
  #isDue = false;
  #ended: Problem | undefined;

  constructor(tracks: readonly SdpTrack[]) {
    this.tracks = tracks;
    this.#codecs = tracks.map(({ encoding }) =>
      encoding === 'H264' ? 'h264' : encoding === 'H265' ? 'h265' : undefined,
    );
    this.#writer = new BatchWriter(tracks.length);
  }

  get players(): number {
    return this.#sinks.size;
  }

  /** Copies what it keeps. What is no RTP of this track isn't handed on. Hot. */
  packet(track: number, packet: Uint8Array): void {
    const header = this.#header;
    if (this.#ended !== undefined || !header.parse(packet)) return;
    if (header.payloadType !== this.tracks[track]?.payloadType) return;
    const codec = this.#codecs[track];
    if (codec === undefined) {
      this.#write(track, packet, false);
      return;
    }
    const { timestamp, start, end } = header;
    const isStart = timestamp !== this.#keyframeTimestamp && startsKeyframe(codec, packet, start, end);
    const isFirst = timestamp !== this.#timestamp;
    this.#timestamp = timestamp;
    if (!isStart && (isFirst || timestamp === this.#heldTimestamp) && leadsPicture(codec, packet, start, end)) {
      if (this.#hold(track, packet, timestamp)) return;
    }
    if (isStart) this.#keyframeTimestamp = timestamp;
    const isHead = isStart && timestamp === this.#heldTimestamp;
    this.#release(isHead);
    this.#write(track, packet, isStart && !isHead);
  }

  /** False where it is too much to wait with. */
  #hold(track: number, packet: Uint8Array, timestamp: number): boolean {
    if (timestamp !== this.#heldTimestamp) this.#release(false);
    if (this.#heldBytes + packet.length > maxHeldBytes) return false;
    this.#held.push(Buffer.from(packet));
    this.#heldTrack = track;
    this.#heldTimestamp = timestamp;
    this.#heldBytes += packet.length;
    return true;
  }

  /** What was held goes on its way, as the beginning of a keyframe or of another picture. */
  #release(isKeyframe: boolean): void {
    this.#heldTimestamp = -1;
    if (this.#heldBytes === 0) return;
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (let i = 0; i < held.length; i++) this.#write(this.#heldTrack, held[i]!, isKeyframe && i === 0);
  }

  /** `isStart`: a GOP begins with it. Hot. */
  #write(track: number, packet: Uint8Array, isStart: boolean): void {
    if (isStart || !this.#writer.fits(packet)) this.#flush();
    // Nobody plays and nothing can begin here: not worth a copy.
    if (!isStart && this.#sinks.size === 0 && this.#gop.length === 0 && this.#writer.isEmpty) return;
    if (!this.#writer.fits(packet)) return;
    this.#writer.append(track, packet, isStart);
    if (this.#isDue || this.#sinks.size === 0) return;
    this.#isDue = true;
    setImmediate(this.#due);
  }

  newestGop(): readonly PacketBatch[] {
    this.#flush();
    this.#unseen = 0;
    return [...this.#gop];
  }

  join(sink: PlaySink): () => void {
    if (this.#ended !== undefined) {
      const reason = this.#ended;
      queueMicrotask(() => sink.ended(reason));
      return () => {};
    }
    this.#flush();
    this.#sinks.add(sink);
    return () => {
      this.#sinks.delete(sink);
    };
  }

  /** The source is gone. The first reason counts. */
  end(reason: Problem): void {
    if (this.#ended !== undefined) return;
    this.#release(false);
    this.#flush();
    this.#ended = reason;
    const sinks = [...this.#sinks];
    this.#sinks.clear();
    this.#gop = [];
    this.#spare = [];
    for (const sink of sinks) sink.ended(reason);
  }

  readonly #due = (): void => {
    this.#isDue = false;
    this.#flush();
  };

  #flush(): void {
    if (this.#writer.isEmpty || this.#ended !== undefined) return;
    const isSeen = this.#sinks.size > 0;
    const batch = isSeen ? this.#writer.take() : this.#writer.takeBuffer(this.#spare.pop());
    if (batch.keyframe) this.#forgetGop();
    // Nothing can begin in the middle of a GOP.
    if (batch.keyframe || this.#gop.length > 0) {
      if (!isSeen && this.#unseen === this.#gop.length) this.#unseen++;
      this.#gop.push(batch);
      this.#gopBytes += batch.frames.length;
      if (this.#gopBytes > (this.#sinks.size > 0 ? maxGopBytes : maxIdleGopBytes)) this.#forgetGop();
    }
    for (const sink of this.#sinks) sink.batch(batch);
  }
  #forgetGop(): void {
    this.#spare = [];
    for (let i = 0; i < this.#unseen; i++) this.#spare.push(bufferOf(this.#gop[i]!));
    this.#gop = [];
    this.#gopBytes = 0;
    this.#unseen = 0;
  }
}

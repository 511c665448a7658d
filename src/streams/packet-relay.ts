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
import { startsKeyframe } from '../rtp/keyframe-start.ts';
import { RtpHeader } from '../rtp/packet.ts';
import type { BatchBuffer, PacketBatch } from '../rtsp/packet-batch.ts';
import { BatchWriter, bufferOf } from '../rtsp/packet-batch.ts';
import type { SdpTrack } from '../rtsp/sdp.ts';
import type { PlaySink } from '../rtsp/server-hooks.ts';

/** A GOP that outgrows it is kept no longer: who comes then waits for the next keyframe. */
const maxGopBytes = 10 * 1024 * 1024;
/** The same while nobody plays: cameras are many, players few. */
const maxIdleGopBytes = 3 * 1024 * 1024;

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
    const isStart =
      codec !== undefined &&
      header.timestamp !== this.#keyframeTimestamp &&
      startsKeyframe(codec, packet, header.start, header.end);
    if (isStart || !this.#writer.fits(packet)) this.#flush();
    // Nobody plays and nothing can begin here: not worth a copy.
    if (!isStart && this.#sinks.size === 0 && this.#gop.length === 0 && this.#writer.isEmpty) return;
    if (!this.#writer.fits(packet)) return;
    if (isStart) this.#keyframeTimestamp = header.timestamp;
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

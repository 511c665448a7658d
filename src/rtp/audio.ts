/** Payload formats of audio: AAC (RFC 3640 §3.2, §3.3.6), and Opus (RFC 7587) and G.711, whose payload is the frame. */
import { aacFrameSamples } from '../media/aac.ts';
import type { AudioFormat, Sample } from '../media/sample.ts';
import type { PacketTime, PayloadReader } from './payload.ts';
import type { TrackStats } from './stats.ts';

/** A frame of AAC has at most 6144 bits a channel (ISO/IEC 14496-3 §4.5.3); eight channels of it. */
const maxFrameBytes = 8192;

export interface AudioOptions {
  readonly format: AudioFormat;
  readonly stats: TrackStats;
  readonly onSample: (sample: Sample) => void;
}

/** Gives each frame its sample; a frame after a loss is damaged, for decoders smear into it. */
class FrameEmitter {
  readonly #options: AudioOptions;
  #last = Number.NEGATIVE_INFINITY;
  #discontinuity = false;
  #lost = false;

  constructor(options: AudioOptions) {
    this.#options = options;
  }

  note(time: PacketTime): void {
    if (time.discontinuity) this.#discontinuity = true;
    if (time.lost) this.#lost = true;
  }

  emit(data: Uint8Array, ticks: number, at: number): void {
    const { format, stats, onSample } = this.#options;
    const ptsTicks = Math.max(ticks, this.#last + 1);
    this.#last = ptsTicks;
    const [damaged, discontinuity] = [this.#lost, this.#discontinuity];
    this.#lost = false;
    this.#discontinuity = false;
    stats.samples++;
    if (damaged) stats.damaged++;
    onSample({ format, ptsTicks, dtsTicks: ptsTicks, at, keyframe: true, damaged, discontinuity, data });
  }
}

export class WholeFrameReader implements PayloadReader {
  readonly #emitter: FrameEmitter;

  constructor(options: AudioOptions) {
    this.#emitter = new FrameEmitter(options);
  }

  packet(bytes: Uint8Array, start: number, end: number, time: PacketTime): void {
    this.#emitter.note(time);
    if (start < end) this.#emitter.emit(new Uint8Array(bytes.subarray(start, end)), time.ticks, time.at);
  }
}

export interface AacLayout {
  /** `sizelength`, `indexlength` and `indexdeltalength` of the fmtp line, in bits. */
  readonly sizeBits: number;
  readonly indexBits: number;
  readonly indexDeltaBits: number;
}

export class AacReader implements PayloadReader {
  readonly #options: AudioOptions;
  readonly #layout: AacLayout;
  readonly #emitter: FrameEmitter;
  readonly #frameTicks: number;
  /** A frame larger than a packet, as far as it came. */
  #partial: Uint8Array | undefined;
  #partialLength = 0;

  constructor(options: AudioOptions, layout: AacLayout) {
    this.#options = options;
    this.#layout = layout;
    this.#emitter = new FrameEmitter(options);
    this.#frameTicks = Math.round((aacFrameSamples * options.format.timeScale) / options.format.sampleRate);
  }

  packet(bytes: Uint8Array, start: number, end: number, time: PacketTime): void {
    this.#emitter.note(time);
    if (time.lost) this.#partial = undefined;
    const { sizeBits, indexBits, indexDeltaBits } = this.#layout;
    if (end - start < 2) {
      this.#refuse();
      return;
    }
    const headersBits = (bytes[start]! << 8) | bytes[start + 1]!;
    const headersStart = (start + 2) * 8;
    let data = start + 2 + Math.ceil(headersBits / 8);
    if (data > end) {
      this.#refuse();
      return;
    }
    let bit = headersStart;
    for (let frame = 0; bit + sizeBits <= headersStart + headersBits; frame++) {
      const size = readBits(bytes, bit, sizeBits);
      bit += sizeBits + (frame === 0 ? indexBits : indexDeltaBits);
      if (size === 0 || size > maxFrameBytes) {
        this.#refuse();
        return;
      }
      if (data + size > end) {
        // One frame in several packets has the whole frame's size in each (§3.2.3.1).
        if (frame > 0) {
          this.#refuse();
          return;
        }
        this.#collect(bytes.subarray(data, end), size, time);
        return;
      }
      this.#partial = undefined;
      const ticks = frame * this.#frameTicks;
      this.#emitter.emit(
        new Uint8Array(bytes.subarray(data, data + size)),
        time.ticks + ticks,
        time.at + (ticks * 1000) / this.#options.format.timeScale,
      );
      data += size;
    }
  }

  #collect(part: Uint8Array, size: number, time: PacketTime): void {
    if (this.#partial?.length !== size) {
      this.#partial = new Uint8Array(size);
      this.#partialLength = 0;
    }
    if (this.#partialLength + part.length > size) {
      this.#refuse();
      return;
    }
    this.#partial.set(part, this.#partialLength);
    this.#partialLength += part.length;
    if (this.#partialLength < size) return;
    this.#emitter.emit(this.#partial, time.ticks, time.at);
    this.#partial = undefined;
  }

  #refuse(): void {
    this.#partial = undefined;
    this.#options.stats.malformed++;
  }
}

function readBits(bytes: Uint8Array, offset: number, count: number): number {
  let value = 0;
  for (let i = offset; i < offset + count; i++) value = value * 2 + ((bytes[i >> 3]! >> (7 - (i & 7))) & 1);
  return value;
}

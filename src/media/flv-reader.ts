/**
 * Reads FLV as ffmpeg writes it to a pipe: H.264 and AAC with their times in ms, each packet at once (Adobe Flash Video
 * File Format 10.1, annex E). It trusts nothing: who writes it has met hostile bytes.
 */
import { aacFormat } from './aac.ts';
import { avcFormat } from './avc-record.ts';
import type { AudioFormat, VideoFormat } from './sample.ts';

export type FlvItem =
  | { readonly kind: 'format'; readonly format: VideoFormat | AudioFormat }
  /** A picture: NAL units behind their 4-byte lengths. `data` is its own. */
  | {
      readonly kind: 'video';
      readonly keyframe: boolean;
      readonly dtsMs: number;
      readonly ptsMs: number;
      readonly data: Uint8Array;
    }
  | { readonly kind: 'audio'; readonly ptsMs: number; readonly data: Uint8Array };

const headerBytes = 9;
const tagHeaderBytes = 11;
/** Behind each tag, and before the first. */
const sizeBytes = 4;
const maxTagBytes = 8 * 1024 * 1024;

const audioTag = 8;
const videoTag = 9;
const scriptTag = 18;

export class FlvReader {
  readonly #onItem: (item: FlvItem) => void;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #needed = headerBytes + sizeBytes;
  #begun = false;

  constructor(onItem: (item: FlvItem) => void) {
    this.#onItem = onItem;
  }

  /** Takes the next bytes and owns them from then on. False when it isn't FLV as it is asked for. */
  push(chunk: Buffer): boolean {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    while (this.#pendingBytes >= this.#needed) {
      let bytes = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
      if (!this.#begun) {
        if (bytes.toString('latin1', 0, 4) !== 'FLV\x01' || bytes.readUInt32BE(5) !== headerBytes) return false;
        this.#begun = true;
        bytes = bytes.subarray(headerBytes + sizeBytes);
      } else {
        const size = bytes.readUIntBE(1, 3);
        const whole = tagHeaderBytes + size + sizeBytes;
        if (size > maxTagBytes) return false;
        if (bytes.length < whole) {
          this.#keep(bytes, whole);
          return true;
        }
        if (!this.#tag(bytes.subarray(0, tagHeaderBytes + size))) return false;
        bytes = bytes.subarray(whole);
      }
      this.#keep(bytes, tagHeaderBytes);
    }
    return true;
  }

  #keep(bytes: Buffer, needed: number): void {
    this.#pending = bytes.length === 0 ? [] : [bytes];
    this.#pendingBytes = bytes.length;
    this.#needed = needed;
  }

  #tag(tag: Buffer): boolean {
    const timeMs = tag.readUIntBE(4, 3) + tag[7]! * 2 ** 24;
    const body = tag.subarray(tagHeaderBytes);
    switch (tag[0]) {
      case videoTag:
        return this.#video(body, timeMs);
      case audioTag:
        return this.#audio(body, timeMs);
      default:
        return tag[0] === scriptTag;
    }
  }

  #video(body: Buffer, dtsMs: number): boolean {
    // 7 is AVC; 5 bytes are kind, codec, packet type and composition offset.
    if (body.length < 5 || (body[0]! & 0x0f) !== 7) return false;
    const data = body.subarray(5);
    switch (body[1]) {
      case 0: {
        const format = avcFormat(data);
        if (format !== undefined) this.#onItem({ kind: 'format', format });
        return format !== undefined;
      }
      case 1:
        this.#onItem({
          kind: 'video',
          keyframe: body[0]! >> 4 === 1,
          dtsMs,
          ptsMs: dtsMs + body.readIntBE(2, 3),
          data: Uint8Array.from(data),
        });
        return true;
      default:
        return body[1] === 2; // the end of the sequence
    }
  }

  #audio(body: Buffer, ptsMs: number): boolean {
    if (body.length < 2 || body[0]! >> 4 !== 10) return false;
    const data = body.subarray(2);
    if (body[1] === 1) {
      this.#onItem({ kind: 'audio', ptsMs, data: Uint8Array.from(data) });
      return true;
    }
    const format = aacFormat(data, aacTimeScale(data));
    if (format !== undefined) this.#onItem({ kind: 'format', format });
    return format !== undefined;
  }
}

const aacRates = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350];

/** Ticks a second of AAC are samples a second (ISO/IEC 14496-3 §1.6.3.4). */
function aacTimeScale(config: Buffer): number {
  const index = config.length < 2 ? 15 : ((config[0]! & 7) << 1) | (config[1]! >> 7);
  return aacRates[index] ?? 48_000;
}

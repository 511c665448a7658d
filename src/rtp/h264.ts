/** The payload format of H.264: single NAL units, STAP-A, FU-A. RFC 6184 §5.6, §5.7.1, §5.8. */
import { isSlice } from '../media/nal.ts';
import type { PacketTime, PayloadReader } from './payload.ts';
import type { PictureAssembler } from './picture-assembler.ts';

const stapA = 24;
const fuA = 28;

export class H264Reader implements PayloadReader {
  readonly #picture: PictureAssembler;

  constructor(picture: PictureAssembler) {
    this.#picture = picture;
  }

  packet(bytes: Uint8Array, start: number, end: number, time: PacketTime): void {
    const picture = this.#picture;
    picture.begin(time);
    if (start < end) {
      const type = bytes[start]! & 0x1f;
      if (type === fuA) this.#fragment(bytes, start, end);
      else if (type === stapA) this.#aggregate(bytes, start + 1, end);
      else if (type >= 1 && type <= 23) this.#unit(bytes, start, end);
      else picture.malformed(); // STAP-B, MTAP and FU-B belong to the interleaved mode, which nobody negotiates
    }
    picture.end(time.marker);
  }

  #unit(bytes: Uint8Array, start: number, end: number): void {
    const type = bytes[start]! & 0x1f;
    const isFirst = isSlice('h264', type) && start + 1 < end && bytes[start + 1]! >= 0x80;
    this.#picture.startNal(type, isFirst);
    this.#picture.append(bytes, start, end);
    this.#picture.endNal();
  }

  #aggregate(bytes: Uint8Array, start: number, end: number): void {
    let offset = start;
    while (offset + 2 <= end) {
      const length = (bytes[offset]! << 8) | bytes[offset + 1]!;
      offset += 2;
      if (length === 0 || offset + length > end) break;
      this.#unit(bytes, offset, offset + length);
      offset += length;
    }
    if (offset !== end) this.#picture.malformed();
  }

  #fragment(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 3) {
      this.#picture.malformed();
      return;
    }
    const indicator = bytes[start]!;
    const header = bytes[start + 1]!;
    if ((header & 0x80) !== 0) {
      const type = header & 0x1f;
      this.#picture.startNal(type, bytes[start + 2]! >= 0x80);
      this.#picture.appendByte((indicator & 0xe0) | type);
    }
    this.#picture.append(bytes, start + 2, end);
    if ((header & 0x40) !== 0) this.#picture.endNal();
  }
}

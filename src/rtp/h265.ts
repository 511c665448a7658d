/** The payload format of H.265: single NAL units, aggregation packets, fragmentation units. RFC 7798 §4.4. */
import type { PacketTime, PayloadReader } from './payload.ts';
import type { PictureAssembler } from './picture-assembler.ts';

const aggregation = 48;
const fragmentation = 49;

export class H265Reader implements PayloadReader {
  readonly #picture: PictureAssembler;
  /** Decoding order numbers stand in the packets (`sprop-max-don-diff` > 0): two more bytes. */
  readonly #donBytes: number;

  constructor(picture: PictureAssembler, hasDon: boolean) {
    this.#picture = picture;
    this.#donBytes = hasDon ? 2 : 0;
  }

  packet(bytes: Uint8Array, start: number, end: number, time: PacketTime): void {
    const picture = this.#picture;
    picture.begin(time);
    if (end - start >= 3 + this.#donBytes) {
      const type = (bytes[start]! >> 1) & 0x3f;
      if (type === fragmentation) this.#fragment(bytes, start, end);
      else if (type === aggregation) this.#aggregate(bytes, start + 2, end);
      else if (type < aggregation) this.#unit(bytes, start, start + 2 + this.#donBytes, end);
      else picture.malformed(); // PACI and reserved types
    } else if (start < end) {
      picture.malformed();
    }
    picture.end(time.marker);
  }

  /** A NAL unit whose two header bytes are at `header` and whose payload begins at `start`. */
  #unit(bytes: Uint8Array, header: number, start: number, end: number): void {
    this.#picture.startNal((bytes[header]! >> 1) & 0x3f, start < end && bytes[start]! >= 0x80);
    this.#picture.append(bytes, header, header + 2);
    this.#picture.append(bytes, start, end);
    this.#picture.endNal();
  }

  #aggregate(bytes: Uint8Array, start: number, end: number): void {
    let offset = start + this.#donBytes;
    while (offset + 2 <= end) {
      const length = (bytes[offset]! << 8) | bytes[offset + 1]!;
      offset += 2;
      if (length < 2 || offset + length > end) break;
      this.#unit(bytes, offset, offset + 2, offset + length);
      offset += length;
      // Later units have one byte of decoding order difference in front.
      if (this.#donBytes > 0 && offset < end) offset++;
    }
    if (offset !== end) this.#picture.malformed();
  }

  #fragment(bytes: Uint8Array, start: number, end: number): void {
    const header = bytes[start + 2]!;
    const data = start + 3 + ((header & 0x80) !== 0 ? this.#donBytes : 0);
    if (data >= end) {
      this.#picture.malformed();
      return;
    }
    if ((header & 0x80) !== 0) {
      const type = header & 0x3f;
      this.#picture.startNal(type, bytes[data]! >= 0x80);
      this.#picture.appendByte((bytes[start]! & 0x81) | (type << 1));
      this.#picture.appendByte(bytes[start + 1]!);
    }
    this.#picture.append(bytes, data, end);
    if ((header & 0x40) !== 0) this.#picture.endNal();
  }
}

/**
 * The packets of a NUT stream in front of and between its pictures: main header with the table of frame codes, stream
 * header, and the few bytes that begin a frame. Names are those of ffmpeg's `nut.txt`.
 */
import { VarReader } from './var-reader.ts';

/** The file's first bytes, with the terminating zero. */
const fileId = Buffer.from('nut/multimedia container\0', 'latin1');
const mainStartcode = 0x4e4d7a56;
const streamStartcode = 0x4e531140;
const syncpointStartcode = 0x4e4be4ad;
/** All startcodes begin with an `N`, which is no frame code. */
const startcodeFirst = 0x4e;

const flag = {
  codedPts: 8,
  streamId: 16,
  sizeMsb: 32,
  checksum: 64,
  reserved: 128,
  headerIndex: 1024,
  matchTime: 2048,
  coded: 4096,
  invalid: 8192,
} as const;

interface FrameCode {
  readonly flags: number;
  readonly sizeMul: number;
  readonly sizeLsb: number;
  readonly ptsDelta: number;
  readonly reserved: number;
}

export interface FrameStart {
  readonly pts: number;
  readonly sizeBytes: number;
}

/** `bytes` of the input are used up; `frame` is there when what follows them is a picture. */
export type Read = { readonly bytes: number; readonly frame?: FrameStart };

export class NutHeaders {
  readonly width: number;
  readonly height: number;
  readonly #timeScale: number;
  /** The muxer takes a finer time base than it was given where that one is coarse. */
  #ticksPerUnit = 1;
  #sawFileId = false;
  #codes: readonly FrameCode[] | undefined;
  #msbPtsShift: number | undefined;
  #lastPts = 0;

  constructor(width: number, height: number, timeScale: number) {
    this.width = width;
    this.height = height;
    this.#timeScale = timeScale;
  }

  /** The next packet or frame start in `input`: `more` when it isn't whole yet, `bad` when it can't be ours. */
  next(input: Uint8Array): Read | 'more' | 'bad' {
    if (!this.#sawFileId) {
      if (input.length < fileId.length) return 'more';
      if (Buffer.compare(input.subarray(0, fileId.length), fileId) !== 0) return 'bad';
      this.#sawFileId = true;
      return { bytes: fileId.length };
    }
    return input[0] === startcodeFirst ? this.#packet(input) : this.#frame(input);
  }

  #packet(input: Uint8Array): Read | 'more' | 'bad' {
    const reader = new VarReader(input, 0);
    const startcode = reader.u32();
    reader.u32();
    const forward = reader.unsigned();
    if (forward > 4096) reader.u32();
    if (reader.failed) return 'more';
    const begin = reader.offset;
    const end = begin + forward;
    if (forward < 4) return 'bad';
    if (input.length < end) return 'more';
    const payload = new VarReader(input.subarray(begin, end - 4), 0);
    // Low bits of times count from the syncpoint on. With one time base its number is the time itself.
    if (startcode === syncpointStartcode) this.#lastPts = payload.unsigned();
    // Info and index packets say nothing that a single raw stream needs.
    if (startcode === mainStartcode && !this.#main(payload)) return 'bad';
    if (startcode === streamStartcode && !this.#stream(payload)) return 'bad';
    return { bytes: end };
  }

  #main(reader: VarReader): boolean {
    const version = reader.unsigned();
    if (version > 3) reader.unsigned();
    const streams = reader.unsigned();
    reader.unsigned();
    const timeBases = reader.unsigned();
    if (reader.failed || streams !== 1 || timeBases !== 1) return false;
    const numerator = reader.unsigned();
    const denominator = reader.unsigned();
    if (numerator < 1 || denominator < 1) return false;
    this.#ticksPerUnit = (numerator * this.#timeScale) / denominator;
    const codes: FrameCode[] = [];
    let ptsDelta = 0;
    let sizeMul = 1;
    while (codes.length < 256) {
      const flags = reader.unsigned();
      const fields = reader.unsigned();
      if (fields > 0) ptsDelta = reader.signed();
      if (fields > 1) sizeMul = reader.unsigned();
      if (fields > 2) reader.unsigned();
      const size = fields > 3 ? reader.unsigned() : 0;
      const reserved = fields > 4 ? reader.unsigned() : 0;
      const count = fields > 5 ? reader.unsigned() : sizeMul - size;
      if (fields > 6) reader.signed();
      if (fields > 7) reader.unsigned();
      if (reader.failed || fields > 8 || count < 1) return false;
      for (let index = 0; index < count && codes.length < 256; ) {
        if (codes.length === startcodeFirst) {
          codes.push({ flags: flag.invalid, sizeMul: 1, sizeLsb: 0, ptsDelta: 0, reserved: 0 });
          continue;
        }
        codes.push({ flags, sizeMul, sizeLsb: size + index, ptsDelta, reserved });
        index++;
      }
    }
    this.#codes = codes;
    return true;
  }

  #stream(reader: VarReader): boolean {
    reader.unsigned();
    const streamClass = reader.unsigned();
    reader.skip(reader.unsigned());
    reader.unsigned();
    const shift = reader.unsigned();
    reader.unsigned();
    reader.unsigned();
    reader.unsigned();
    reader.skip(reader.unsigned());
    const width = reader.unsigned();
    const height = reader.unsigned();
    if (reader.failed || streamClass !== 0 || shift > 30) return false;
    this.#msbPtsShift = shift;
    return width === this.width && height === this.height;
  }

  #frame(input: Uint8Array): Read | 'more' | 'bad' {
    const code = this.#codes?.[input[0]!];
    if (code === undefined || this.#msbPtsShift === undefined) return 'bad';
    const reader = new VarReader(input, 1);
    let flags = code.flags;
    if ((flags & flag.invalid) !== 0) return 'bad';
    if ((flags & flag.coded) !== 0) flags ^= reader.unsigned();
    if ((flags & flag.streamId) !== 0 && reader.unsigned() !== 0 && !reader.failed) return 'bad';
    const codedPts = (flags & flag.codedPts) !== 0 ? reader.unsigned() : undefined;
    const sizeMsb = (flags & flag.sizeMsb) !== 0 ? reader.unsigned() : 0;
    if ((flags & flag.matchTime) !== 0) reader.signed();
    // An elided header would be missing from the picture; ours are sent whole (index 0).
    if ((flags & flag.headerIndex) !== 0 && reader.unsigned() !== 0 && !reader.failed) return 'bad';
    const reserved = (flags & flag.reserved) !== 0 ? reader.unsigned() : code.reserved;
    if (reserved > 16) return 'bad';
    for (let index = 0; index < reserved; index++) reader.unsigned();
    if ((flags & flag.checksum) !== 0) reader.u32();
    if (reader.failed) return 'more';
    const sizeBytes = code.sizeLsb + sizeMsb * code.sizeMul;
    if (sizeBytes !== this.width * this.height * 3) return 'bad';
    this.#lastPts = codedPts === undefined ? this.#lastPts + code.ptsDelta : this.#fullPts(codedPts);
    return { bytes: reader.offset, frame: { pts: Math.round(this.#lastPts * this.#ticksPerUnit), sizeBytes } };
  }

  /** Small values are the low bits of a time near the last one; greater ones are the time itself, shifted up. */
  #fullPts(coded: number): number {
    const window = 2 ** this.#msbPtsShift!;
    if (coded >= window) return coded - window;
    const lowest = this.#lastPts - Math.floor(window / 2);
    return lowest + ((((coded - lowest) % window) + window) % window);
  }
}

/**
 * Is this a whole MP4? Its boxes are walked while its bytes pass (ISO/IEC 14496-12 §4.2), and what `moov` says of size and
 * length is taken. Nothing else is looked at: what is imported is kept as it is.
 */
import { boxBody, findBox, tryBoxHeader } from '../../media/box-reader.ts';

/** Ours follows behind, and is found by walking these. */
const maxBoxes = 4000;
const maxMoovBytes = 64 * 1024 * 1024;

export interface Mp4Facts {
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number | null;
}

export class Mp4Probe {
  /** Of the header that is coming, as far as it is there. */
  #header: Buffer = Buffer.alloc(0);
  /** Of the box under way, still to come. */
  #left = 0;
  #boxes = 0;
  /** `moov` while it comes, and when it is there. */
  #collecting: Buffer[] | undefined;
  #moov: Buffer | undefined;
  #bad = false;

  push(bytes: Uint8Array): void {
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    while (rest.length > 0 && !this.#bad) rest = this.#left > 0 ? this.#body(rest) : this.#head(rest);
  }

  /** Undefined where it isn't a whole MP4. */
  end(): Mp4Facts | undefined {
    const isWhole = !this.#bad && this.#left === 0 && this.#header.length === 0;
    return isWhole && this.#moov !== undefined ? factsOf(this.#moov) : undefined;
  }

  #head(bytes: Buffer): Buffer {
    const isLong = this.#header.length >= 8 && this.#header.readUInt32BE(0) === 1;
    const wanted = (isLong ? 16 : 8) - this.#header.length;
    this.#header = Buffer.concat([this.#header, bytes.subarray(0, wanted)]);
    const rest = bytes.subarray(wanted);
    const { length } = this.#header;
    if (length < 8 || (length < 16 && this.#header.readUInt32BE(0) === 1)) return rest;
    const header = tryBoxHeader(this.#header, 0);
    const isFirst = this.#boxes++ === 0;
    if (header === undefined || this.#boxes > maxBoxes || (isFirst && header.type !== 'ftyp')) this.#bad = true;
    else if (header.type === 'moov') {
      this.#collecting = [this.#header];
      if (header.bytes > maxMoovBytes) this.#bad = true;
    }
    this.#left = (header?.bytes ?? length) - length;
    this.#header = Buffer.alloc(0);
    if (this.#left === 0) this.#endBox();
    return rest;
  }

  #body(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, Math.min(this.#left, bytes.length));
    this.#collecting?.push(Buffer.from(part));
    this.#left -= part.length;
    if (this.#left === 0) this.#endBox();
    return bytes.subarray(part.length);
  }

  #endBox(): void {
    if (this.#collecting !== undefined) this.#moov ??= Buffer.concat(this.#collecting);
    this.#collecting = undefined;
  }
}

function factsOf(moov: Buffer): Mp4Facts | undefined {
  const movie = findBox(moov, 'moov', 'mvhd');
  const track = findBox(moov, 'moov', 'trak', 'tkhd');
  if (movie === undefined || track === undefined) return undefined;
  // §8.2.2: version (1), flags (3), two times, time scale, duration; of 4 or 8 bytes by the version
  const body = Buffer.from(boxBody(moov, movie));
  const isLong = body[0] === 1;
  if (body.length < (isLong ? 32 : 20)) return undefined;
  const timeScale = body.readUInt32BE(isLong ? 20 : 12);
  const ticks = isLong ? Number(body.readBigUInt64BE(24)) : body.readUInt32BE(16);
  // §8.3.2: width and height stand last, in 16.16
  const head = Buffer.from(boxBody(moov, track));
  if (head.length < 8) return undefined;
  const [width, height] = [head.readUInt16BE(head.length - 8), head.readUInt16BE(head.length - 4)];
  return {
    width: width === 0 ? null : width,
    height: height === 0 ? null : height,
    durationMs: timeScale === 0 || ticks === 0 ? null : Math.round((ticks * 1000) / timeScale),
  };
}

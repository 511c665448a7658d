/**
 * Reads a recording's own boxes: rebuilds the index of a file that a crash left without one, or that came from a
 * backup. Believes nothing: stops at the first box that isn't wholly there or isn't as our writer makes it, and what
 * came before stands. Reads forward once, in pieces; holds one box header and one `moof` at a time.
 */
import { ByteReader } from '../base/bytes.ts';
import type { BoxHeader } from './box-reader.ts';
import { boxBody, boxesIn, findBox, tryBoxHeader } from './box-reader.ts';
import type { Facts } from './facts.ts';
import { maxFactsBytes, tryFacts } from './facts.ts';
import { wallClockBytes } from './fragment.ts';
import type { RecordingIndex } from './recording-index.ts';
import { IndexBuilder, tryParseIndex } from './recording-index.ts';

/** Up to `length` bytes of the plaintext at `offset`; fewer or none only at its end. */
export type ReadPlaintext = (offset: number, length: number) => Promise<Uint8Array>;

export interface RecordingScan {
  readonly index: RecordingIndex;
  /** The same as the recording's tail has it, to write a tail that is missing. */
  readonly serialized: Uint8Array;
  /** What the head says; undefined where it says nothing. */
  readonly facts: Facts | undefined;
  /** What stands behind the fragments; undefined in a file that wasn't finished. */
  readonly finalFacts: Facts | undefined;
}

/** Real heads are some 10 KiB. */
const maxHeadBytes = 1024 * 1024;
const maxMoofBytes = 1024 * 1024;
const windowBytes = 256 * 1024;

/** Undefined when not even the head is whole and of ours. Rejects only as `read` does. */
export async function scanRecording(read: ReadPlaintext): Promise<RecordingScan | undefined> {
  const window = new Window(read);
  const head = await readHead(window);
  if (head === undefined) return undefined;
  const builder = new IndexBuilder({ headBytes: head.bytes, timeScales: head.timeScales });
  const timeScale = head.timeScales[0]!;
  let clock: WallClock | undefined = head.clock;
  let at = head.clock.at;
  for (let offset = head.bytes; ; ) {
    const header = await window.header(offset);
    if (header === undefined) break;
    if (header.type === 'moof' && header.bytes <= maxMoofBytes) {
      const bytes = await window.bytes(offset, header.bytes);
      const moof = bytes === undefined ? undefined : tryMoof(bytes);
      const mdat = await window.header(offset + header.bytes);
      if (moof === undefined || mdat === undefined || mdat.type !== 'mdat') break;
      const end = mdat.offset + mdat.bytes;
      if (moof.dataBytes !== mdat.bytes - mdat.headerBytes || !(await window.reaches(end))) break;
      if (moof.keyframe && moof.trackId === 1) {
        if (clock !== undefined) at = clock.at + ((moof.ptsTicks - clock.ticks) * 1000) / timeScale;
        clock = { at, ticks: moof.ptsTicks };
      }
      builder.add({ ...moof, offset, bytes: end - offset, at });
      offset = end;
    } else if (header.type === 'prft' && header.bytes === wallClockBytes) {
      const bytes = await window.bytes(offset, header.bytes);
      if (bytes === undefined) break;
      clock = readWallClock(bytes);
      offset += header.bytes;
    } else {
      break;
    }
  }
  const serialized = builder.build();
  const index = tryParseIndex(serialized);
  if (index === undefined) return undefined;
  const { endOffset } = builder;
  return { index, serialized, facts: head.facts, finalFacts: await readFinalFacts(window, endOffset) };
}

/** The facts of the tail, where the whole tail is there: it ends with an `mfra`. */
async function readFinalFacts(window: Window, endOffset: number): Promise<Facts | undefined> {
  let facts: Facts | undefined;
  for (let offset = endOffset; ; ) {
    const header = await window.header(offset);
    if (header === undefined) return undefined;
    if (header.type === 'mfra') return (await window.reaches(offset + header.bytes)) ? facts : undefined;
    if (header.type !== 'uuid') return undefined;
    if (facts === undefined) {
      if (header.bytes > maxFactsBytes) return undefined;
      const bytes = await window.bytes(offset, header.bytes);
      facts = bytes && tryFacts(bytes, { ...header, offset: 0 });
      if (facts === undefined) return undefined;
    }
    offset += header.bytes;
  }
}

/** A read-ahead window over the plaintext, so that a scan is few reads. */
class Window {
  readonly #read: ReadPlaintext;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(read: ReadPlaintext) {
    this.#read = read;
  }

  async bytes(offset: number, length: number): Promise<Uint8Array | undefined> {
    if (offset < this.#start || offset + length > this.#start + this.#bytes.length) {
      this.#bytes = await this.#read(offset, Math.max(length, windowBytes));
      this.#start = offset;
    }
    const from = offset - this.#start;
    return this.#bytes.length - from < length ? undefined : this.#bytes.subarray(from, from + length);
  }

  async header(offset: number): Promise<BoxHeader | undefined> {
    const bytes = await this.bytes(offset, 8);
    const header = bytes === undefined ? undefined : tryBoxHeader(bytes, 0);
    return header === undefined ? undefined : { ...header, offset };
  }

  /** True when the plaintext has a byte before `end`, which is a box's end. */
  async reaches(end: number): Promise<boolean> {
    return (await this.bytes(end - 1, 1)) !== undefined;
  }
}

interface WallClock {
  readonly at: number;
  readonly ticks: number;
}

interface Head {
  readonly bytes: number;
  readonly timeScales: readonly number[];
  readonly facts: Facts | undefined;
  readonly clock: WallClock;
}

/** The head ends with the wall clock of the first picture. */
async function readHead(window: Window): Promise<Head | undefined> {
  let timeScales: readonly number[] = [];
  let facts: Facts | undefined;
  for (let offset = 0; offset < maxHeadBytes; ) {
    const header = await window.header(offset);
    if (header === undefined || header.type === 'moof' || header.bytes > maxHeadBytes) return undefined;
    const bytes = await window.bytes(offset, header.bytes);
    if (bytes === undefined) return undefined;
    offset += header.bytes;
    if (header.type === 'moov') timeScales = readTimeScales(bytes);
    else if (header.type === 'uuid') facts = tryFacts(bytes, { ...header, offset: 0 });
    else if (header.type === 'prft' && header.bytes === wallClockBytes && timeScales.length > 0)
      return { bytes: offset, timeScales, facts, clock: readWallClock(bytes) };
  }
  return undefined;
}

/** Of the tracks in order; empty when one has none. */
function readTimeScales(bytes: Uint8Array): readonly number[] {
  const moov = findBox(bytes, 'moov');
  const tracks = moov === undefined ? [] : boxesIn(bytes, moov).filter(({ type }) => type === 'trak');
  const found = tracks.map((track) => {
    const inside = bytes.subarray(track.offset, track.offset + track.bytes);
    const mdhd = findBox(inside, 'trak', 'mdia', 'mdhd');
    return mdhd === undefined ? 0 : (new ByteReader(boxBody(inside, mdhd), 12).u32() ?? 0);
  });
  return found.every((value) => value > 0) ? found : [];
}

function readWallClock(prft: Uint8Array): WallClock {
  const reader = new ByteReader(prft, 16);
  const seconds = reader.u32() ?? 0;
  const fraction = reader.u32() ?? 0;
  // The second NTP era begins in 2036 (RFC 5905 §6): a time before 1970 is one of those.
  const unixSeconds = seconds >= 2208988800 ? seconds - 2208988800 : seconds + 2 ** 32 - 2208988800;
  return { at: unixSeconds * 1000 + (fraction * 1000) / 2 ** 32, ticks: reader.u64() ?? 0 };
}

interface Moof {
  readonly trackId: number;
  readonly dtsTicks: number;
  readonly ptsTicks: number;
  readonly durationTicks: number;
  readonly keyframe: boolean;
  readonly dataBytes: number;
}

/** A `moof` as `fragment.ts` writes it for a recording: one traf, one trun, one sample. */
function tryMoof(bytes: Uint8Array): Moof | undefined {
  const moof = findBox(bytes, 'moof');
  const traf = moof && boxesIn(bytes, moof).find(({ type }) => type === 'traf');
  const inside = traf === undefined ? [] : boxesIn(bytes, traf);
  const body = (type: string): ByteReader | undefined => {
    const found = inside.find((candidate) => candidate.type === type);
    return found === undefined ? undefined : new ByteReader(boxBody(bytes, found));
  };
  const [tfhd, tfdt, trun] = [body('tfhd'), body('tfdt'), body('trun')];
  if (tfhd?.u32() !== 0x020000 || tfdt?.u32() !== 0x01000000 || trun?.u32() !== 0x01000f01) return undefined;
  const [trackId, dtsTicks, count] = [tfhd.u32(), tfdt.u64(), trun.u32()];
  trun.u32(); // data offset
  const [durationTicks, dataBytes, flags, offsetTicks] = [trun.u32(), trun.u32(), trun.u32(), trun.u32()];
  if (trackId === undefined || dtsTicks === undefined || count !== 1 || trun.remaining !== 0) return undefined;
  if (durationTicks === undefined || dataBytes === undefined || flags === undefined || offsetTicks === undefined)
    return undefined;
  const keyframe = (flags & 0x10000) === 0;
  return { trackId, dtsTicks, ptsTicks: dtsTicks + (offsetTicks | 0), durationTicks, keyframe, dataBytes };
}

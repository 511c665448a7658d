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
import { IndexBuilder } from './recording-index.ts';

/** Up to `length` bytes of the plaintext at `offset`; fewer or none only at its end. */
export type ReadPlaintext = (offset: number, length: number) => Promise<Uint8Array>;

export interface RecordingScan {
  readonly index: RecordingIndex;
  /** What the head says; undefined where it says nothing. */
  readonly facts: Facts | undefined;
  /** What stands behind the fragments; undefined in a torn file. */
  readonly finalFacts: Facts | undefined;
  /** True when the file ends as a finished one does. */
  readonly finished: boolean;
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
  const builder = new IndexBuilder({ trackId: 1, timeScale: head.timeScale, headBytes: head.bytes });
  let at = head.at;
  let wallClock: { at: number; ticks: number } | undefined = { at: head.at, ticks: head.startTicks };
  let finalFacts: Facts | undefined;
  let finished = false;
  let tailOffset: number | undefined;
  for (let offset = head.bytes; ; ) {
    const header = await window.header(offset);
    if (header === undefined) break;
    if (header.type === 'moof') {
      if (header.bytes > maxMoofBytes || tailOffset !== undefined) break;
      const bytes = await window.bytes(offset, header.bytes);
      const moof = bytes === undefined ? undefined : tryMoof(bytes);
      const mdat = await window.header(offset + header.bytes);
      if (moof === undefined || mdat === undefined || mdat.type !== 'mdat') break;
      const end = mdat.offset + mdat.bytes;
      if (moof.dataBytes !== mdat.bytes - mdat.headerBytes || !(await window.reaches(end))) break;
      if (moof.keyframe && moof.trackId === 1) {
        if (wallClock !== undefined) at = wallClock.at + ((moof.ptsTicks - wallClock.ticks) * 1000) / head.timeScale;
        wallClock = { at, ticks: moof.ptsTicks };
      }
      builder.add({ ...moof, offset, bytes: end - offset, at });
      offset = end;
    } else if (header.type === 'prft' && header.bytes === wallClockBytes) {
      const bytes = await window.bytes(offset, header.bytes);
      if (bytes === undefined) break;
      wallClock = readWallClock(bytes);
      offset += header.bytes;
    } else if (header.type === 'uuid' && header.bytes <= maxFactsBytes) {
      const bytes = await window.bytes(offset, header.bytes);
      const facts = bytes === undefined ? undefined : tryFacts(bytes, { ...header, offset: 0 });
      if (facts === undefined) break;
      finalFacts = facts;
      offset += header.bytes;
      tailOffset = offset;
    } else {
      finished = header.type === 'mfra' && tailOffset === offset && (await window.reaches(offset + header.bytes));
      break;
    }
  }
  const index = builder.build();
  return {
    index: finished ? { ...index, tailOffset: tailOffset! } : index,
    facts: head.facts,
    finalFacts: finished ? finalFacts : undefined,
    finished,
  };
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

interface Head {
  readonly bytes: number;
  readonly timeScale: number;
  readonly facts: Facts | undefined;
  readonly at: number;
  readonly startTicks: number;
}

async function readHead(window: Window): Promise<Head | undefined> {
  let timeScale: number | undefined;
  let facts: Facts | undefined;
  let clock = { at: 0, ticks: 0 };
  for (let offset = 0; offset < maxHeadBytes; ) {
    const header = await window.header(offset);
    if (header === undefined) return undefined;
    if (header.type === 'moof') break;
    if (header.bytes > maxHeadBytes) return undefined;
    const bytes = await window.bytes(offset, header.bytes);
    if (bytes === undefined) return undefined;
    offset += header.bytes;
    if (header.type === 'moov') timeScale = tryTimeScale(bytes);
    else if (header.type === 'uuid') facts = tryFacts(bytes, { ...header, offset: 0 });
    else if (header.type === 'prft' && header.bytes === wallClockBytes) clock = readWallClock(bytes);
    else if (header.type === 'free' && timeScale !== undefined)
      return { bytes: offset, timeScale, facts, at: clock.at, startTicks: clock.ticks };
  }
  return undefined;
}

/** Time scale of the first track. */
function tryTimeScale(moov: Uint8Array): number | undefined {
  const mdhd = findBox(moov, 'moov', 'trak', 'mdia', 'mdhd');
  if (mdhd === undefined) return undefined;
  const value = new ByteReader(boxBody(moov, mdhd), 12).u32();
  return value === undefined || value === 0 ? undefined : value;
}

function readWallClock(prft: Uint8Array): { at: number; ticks: number } {
  const reader = new ByteReader(prft, 16);
  const seconds = reader.u32() ?? 0;
  const fraction = reader.u32() ?? 0;
  // The second NTP era begins in 2036 (RFC 5905 §6): a time before 1970 is one of those.
  const unixSeconds = seconds >= 2208988800 ? seconds - 2208988800 : seconds + 2 ** 32 - 2208988800;
  return { at: unixSeconds * 1000 + (fraction * 1000) / 2 ** 32, ticks: reader.u64() ?? 0 };
}

interface Moof {
  readonly trackId: number;
  readonly ptsTicks: number;
  readonly durationTicks: number;
  readonly keyframe: boolean;
  readonly dataBytes: number;
}

/** A `moof` as `fragment.ts` writes it: one traf, one trun, all four fields of every sample. */
function tryMoof(bytes: Uint8Array): Moof | undefined {
  const [moof] = [findBox(bytes, 'moof')];
  const traf = moof === undefined ? undefined : boxesIn(bytes, moof).find(({ type }) => type === 'traf');
  if (traf === undefined) return undefined;
  const inside = boxesIn(bytes, traf);
  const body = (type: string): ByteReader | undefined => {
    const found = inside.find((candidate) => candidate.type === type);
    return found === undefined ? undefined : new ByteReader(boxBody(bytes, found));
  };
  const [tfhd, tfdt, trun] = [body('tfhd'), body('tfdt'), body('trun')];
  if (tfhd?.u32() !== 0x020000 || tfdt?.u32() !== 0x01000000 || trun?.u32() !== 0x01000f01) return undefined;
  const [trackId, dts, count] = [tfhd.u32(), tfdt.u64(), trun.u32()];
  trun.u32(); // data offset
  if (trackId === undefined || dts === undefined || count === undefined || trun.remaining !== count * 16)
    return undefined;
  let durationTicks = 0;
  let dataBytes = 0;
  let keyframe = false;
  let offsetTicks = 0;
  for (let i = 0; i < count; i++) {
    durationTicks += trun.u32()!;
    dataBytes += trun.u32()!;
    const flags = trun.u32()!;
    const offset = trun.u32()! | 0;
    if (i === 0) {
      keyframe = (flags & 0x10000) === 0;
      offsetTicks = offset;
    }
  }
  return { trackId, ptsTicks: dts + offsetTicks, durationTicks, keyframe, dataBytes };
}

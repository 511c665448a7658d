/**
 * The file of a recording around its fragments. It is written once from front to back, because what is sealed can't
 * be changed: a head (`ftyp`, `moov`, facts, and a `free` box that keeps room), fragments from a keyframe on with the
 * first decoding time 0, and a tail (facts, `mfra`). Browsers seek by a `sidx` in front, which can't be known before
 * the end: it is laid over the `free` box when the file is served, at the same length. What `age -d` gives plays too.
 * Measurements: docs/design/0003-recordings-that-seek.md.
 */
import type { BoxHeader } from './box-reader.ts';
import { boxesIn, childBoxes } from './box-reader.ts';
import { box, fullBox, setUint64, u16, u32, u64, zeros } from './boxes.ts';
import type { Facts } from './facts.ts';
import { factsBox } from './facts.ts';
import { wallClockBox } from './fragment.ts';
import { initSegment, movieTimeScale } from './init-segment.ts';
import type { RecordingIndex } from './recording-index.ts';
import { durationMs } from './recording-index.ts';
import type { Format } from './sample.ts';

/** Room for the `sidx` of 679 GOPs: 22 minutes with a keyframe every two seconds. Of more, several share an entry. */
export const indexRoomBytes = 8192;

const sidxHeaderBytes = 40;
const sidxEntryBytes = 12;
const maxSidxEntries = Math.floor((indexRoomBytes - sidxHeaderBytes - 8) / sidxEntryBytes);

export interface HeadOptions {
  /** Wall clock of the first picture's capture, UTC ms. */
  readonly startAt: number;
  /** Its presentation time, in ticks of the first format; more than 0 where pictures are reordered. */
  readonly startTicks?: number;
}

/**
 * The first bytes of a recording. The first format is the video that the index will be about. The wall clock of the
 * first picture is in here already; later keyframes get their own `wallClockBox` in front.
 */
export function recordingHead(formats: readonly Format[], facts: Facts, options: HeadOptions): Uint8Array {
  return Buffer.concat([
    initSegment(formats, { roomForDuration: true, createdAt: options.startAt }),
    factsBox(facts),
    wallClockBox(1, options.startAt, options.startTicks ?? 0),
    box('free', zeros(indexRoomBytes - 8)),
  ]);
}

export interface RecordingTail {
  readonly bytes: Uint8Array;
  /** The index that knows where the tail lies: the one to be kept. */
  readonly index: RecordingIndex;
}

/** The last bytes of a recording, to be written at `index.endOffset`. */
export function recordingTail(index: RecordingIndex, facts: Facts): RecordingTail {
  const last = factsBox(facts);
  const count = index.entries.length;
  const times = new Uint8Array(count * 19);
  const view = new DataView(times.buffer);
  for (const [i, entry] of index.entries.entries()) {
    setUint64(view, i * 19, Math.max(0, entry.ptsTicks));
    setUint64(view, i * 19 + 8, entry.offset);
    times.fill(1, i * 19 + 16, i * 19 + 19); // the first traf, trun and sample
  }
  // tfra, ISO/IEC 14496-12 §8.8.10: 64-bit times, the three numbers of one byte each.
  const access = fullBox('tfra', 1, 0, u32(index.trackId, 0, count), times);
  const mfraBytes = 8 + access.length + 16;
  const mfra = box('mfra', access, fullBox('mfro', 0, 0, u32(mfraBytes)));
  return {
    bytes: Buffer.concat([last, mfra]),
    index: { ...index, tailOffset: index.endOffset + last.length },
  };
}

/**
 * The head as it is served: durations filled in, the index laid over the free box. `head` is the first
 * `index.headBytes` of the plaintext; the answer has the same length. A head that isn't ours comes back unchanged.
 */
export function servedHead(head: Uint8Array, index: RecordingIndex): Uint8Array {
  // Not slice(): of a Buffer that would be a view.
  const out = new Uint8Array(head);
  const boxes = childBoxes(out);
  const moov = boxes.find(({ type }) => type === 'moov');
  const room = boxes.at(-1);
  if (moov === undefined || room === undefined || room.type !== 'free' || room.bytes !== indexRoomBytes) return out;
  if (room.offset + room.bytes !== head.length || index.headBytes !== head.length) return out;
  fillDurations(out, boxesIn(out, moov), index);
  const sidx = index.entries.length < 0 ? segmentIndex(index) : undefined;
  if (sidx === undefined) return out;
  // Right in front of the first moof: Chromium reads the whole file where `first_offset` isn't 0.
  out.set(sidx, head.length - sidx.length);
  new DataView(out.buffer, out.byteOffset, out.byteLength).setUint32(room.offset, room.bytes - sidx.length);
  return out;
}

function fillDurations(out: Uint8Array, inMoov: readonly BoxHeader[], index: RecordingIndex): void {
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const movieDuration = Math.min(0xfffffffe, Math.round((durationMs(index) * movieTimeScale) / 1000));
  const walk = (boxes: readonly BoxHeader[]): void => {
    for (const found of boxes) {
      const { type, offset } = found;
      if (type === 'trak' || type === 'mdia' || type === 'mvex') {
        walk(boxesIn(out, found));
      } else if (type === 'mvhd') {
        view.setUint32(offset + 24, movieDuration);
      } else if (type === 'tkhd') {
        view.setUint32(offset + 28, movieDuration);
      } else if (type === 'mdhd') {
        const ticks = Math.round((durationMs(index) / 1000) * view.getUint32(offset + 20));
        view.setUint32(offset + 24, Math.min(0xfffffffe, ticks));
      } else if (type === 'free') {
        out.set(fullBox('mehd', 1, 0, u64(movieDuration)), offset);
      }
    }
  };
  walk(inMoov);
}

/**
 * `sidx`, §8.16.3: from each keyframe to the next. The last entry takes in the facts behind the fragments, so that
 * nothing but the `mfra` follows: FFmpeg's demuxer, Chromium's too, takes the index for complete only then.
 */
function segmentIndex(index: RecordingIndex): Uint8Array | undefined {
  const step = Math.max(1, Math.ceil(index.entries.length / maxSidxEntries));
  const starts = index.entries.filter((_, i) => i % step === 0);
  const first = starts[0];
  if (first === undefined || first.offset !== index.headBytes) return undefined;
  const references = new Uint8Array(starts.length * sidxEntryBytes);
  const view = new DataView(references.buffer);
  for (const [i, start] of starts.entries()) {
    const next = starts[i + 1];
    const bytes = (next?.offset ?? index.tailOffset) - start.offset;
    const ticks = (next?.ptsTicks ?? index.endTicks) - start.ptsTicks;
    // The fields hold 31 and 32 bits. Nobody's recording gets there; without a sidx it still plays.
    if (bytes > 0x7fffffff || ticks < 0 || ticks > 0xffffffff) return undefined;
    view.setUint32(i * sidxEntryBytes, bytes);
    view.setUint32(i * sidxEntryBytes + 4, ticks);
    view.setUint32(i * sidxEntryBytes + 8, 0x90000000); // starts with a keyframe, SAP type 1
  }
  const times = u64(Math.max(0, first.ptsTicks), 0);
  return fullBox('sidx', 1, 0, u32(index.trackId, index.timeScale), times, u16(0, starts.length), references);
}

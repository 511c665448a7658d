/**
 * The file of a recording around its fragments. It is written once from front to back, because what is sealed can't
 * be changed: a head (`ftyp`, `moov`, facts, wall clock), fragments of one sample each from a keyframe on with the
 * first decoding time 0, and a tail (facts, sample index, `mfra`). What `age -d` gives plays; what browsers get has
 * another head, see `served-file.ts`. Measurements: docs/design/0003-recordings-that-seek.md.
 */
import { childBoxes } from './box-reader.ts';
import { box, fullBox, setUint64, u32 } from './boxes.ts';
import type { Facts } from './facts.ts';
import { factsBox, indexBox, tryFacts, tryIndexBox } from './facts.ts';
import { fragmentHeaderBytes, wallClockBox } from './fragment.ts';
import { initSegment } from './init-segment.ts';
import type { RecordingIndex } from './recording-index.ts';
import { tryParseIndex } from './recording-index.ts';
import type { Format } from './sample.ts';

export interface HeadOptions {
  /** Wall clock of the first picture's capture, UTC ms. */
  readonly startAt: number;
  /** Its presentation time, in ticks of the first format; more than 0 where pictures are reordered. */
  readonly startTicks?: number;
}

/**
 * The first bytes of a recording; the first format is the video. The wall clock of the first picture is in here
 * already; the recorder writes a `wallClockBox` in front of each later keyframe's fragment.
 */
export function recordingHead(formats: readonly Format[], facts: Facts, options: HeadOptions): Uint8Array {
  return Buffer.concat([
    initSegment(formats, { createdAt: options.startAt }),
    factsBox(facts),
    wallClockBox(1, options.startAt, options.startTicks ?? 0),
  ]);
}

/** The last bytes of a recording, behind its last fragment. `index` is what `IndexBuilder` built. */
export function recordingTail(index: Uint8Array, facts: Facts): Uint8Array {
  const parts = [factsBox(facts), indexBox(index)];
  const parsed = tryParseIndex(index);
  if (parsed !== undefined) parts.push(randomAccess(parsed));
  return Buffer.concat(parts);
}

export interface RecordingTail {
  readonly facts: Facts;
  readonly index: RecordingIndex;
}

/** The tail of a finished recording: its plaintext from `endOffset` on. Undefined when it is damaged or not one. */
export function tryRecordingTail(bytes: Uint8Array): RecordingTail | undefined {
  const boxes = childBoxes(bytes);
  const facts = boxes[0] && tryFacts(bytes, boxes[0]);
  const serialized = boxes[1] && tryIndexBox(bytes, boxes[1]);
  const index = serialized && tryParseIndex(serialized);
  return facts === undefined || index === undefined ? undefined : { facts, index };
}

/** `mfra` (ISO/IEC 14496-12 §8.8.9) with the keyframes of the first track, for players that take the file as it is. */
function randomAccess(index: RecordingIndex): Uint8Array {
  const keyframes = (index.tracks[0]?.samples ?? []).filter(({ keyframe }) => keyframe);
  const entries = new Uint8Array(keyframes.length * 19);
  const view = new DataView(entries.buffer);
  for (const [i, keyframe] of keyframes.entries()) {
    setUint64(view, i * 19, Math.max(0, keyframe.ptsTicks));
    setUint64(view, i * 19 + 8, keyframe.offset - fragmentHeaderBytes(1));
    entries.fill(1, i * 19 + 16, i * 19 + 19); // the first traf, trun and sample
  }
  // tfra, §8.8.10: 64-bit times, the three numbers of one byte each.
  const access = fullBox('tfra', 1, 0, u32(1, 0, keyframes.length), entries);
  return box('mfra', access, fullBox('mfro', 0, 0, u32(8 + access.length + 16)));
}

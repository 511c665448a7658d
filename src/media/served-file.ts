/**
 * What a browser gets of a recording: the same samples at the same places, under another head. Instead of fragments,
 * which players index badly, it describes an ordinary MP4: sample tables in front, and one `mdat` that reaches to the
 * end, in which the fragments' boxes are bytes that nobody refers to (ISO/IEC 14496-12 §8.1.1 allows any). So every
 * player knows the duration at once and seeks by itself, and nothing of what was sealed is written anew.
 *
 * The served file is this head and then the plaintext from `index.headBytes` up to `index.endOffset`.
 */
import type { BoxHeader } from './box-reader.ts';
import { boxesIn, childBoxes } from './box-reader.ts';
import { box, fullBox, setUint64, u32, u64 } from './boxes.ts';
import { movieTimeScale } from './init-segment.ts';
import type { IndexedSample, RecordingIndex, TrackIndex } from './recording-index.ts';
import { presentedSeconds } from './recording-index.ts';

const mdatHeaderBytes = 16;

export interface ServedFile {
  readonly head: Uint8Array;
  /** Length of the whole file that is served. */
  readonly bytes: number;
}

/**
 * `head` is the first `index.headBytes` of the plaintext. Undefined when it isn't a recording's head, or no sample is
 * there yet. For an hour at 15 pictures a second the answer has some 450 KB.
 */
export function tryServedFile(head: Uint8Array, index: RecordingIndex): ServedFile | undefined {
  const boxes = childBoxes(head);
  const moov = boxes.find(({ type }) => type === 'moov');
  const tracks = moov && boxesIn(head, moov).filter(({ type }) => type === 'trak');
  if (moov === undefined || tracks === undefined || index.headBytes !== head.length) return undefined;
  if (tracks.length !== index.tracks.length || index.tracks[0]!.samples.length === 0) return undefined;
  const kept = boxes.filter(({ type }) => type === 'ftyp' || type === 'uuid');
  const parts = kept.map((header) => head.subarray(header.offset, header.offset + header.bytes));
  const bytesOf = (list: readonly Uint8Array[]): number => list.reduce((sum, part) => sum + part.length, 0);
  // The tables' length doesn't depend on the offsets in them: build once to know where the samples will be.
  const draft = describedMovie(head, moov, index, 0);
  const headBytes = bytesOf(parts) + draft.length + mdatHeaderBytes;
  const movie = describedMovie(head, moov, index, headBytes - index.headBytes);
  const dataBytes = index.endOffset - index.headBytes;
  const mdat = box('mdat', u64(mdatHeaderBytes + dataBytes));
  new DataView(mdat.buffer).setUint32(0, 1); // the size is the 64 bits behind the type
  return { head: Buffer.concat([parts[0]!, movie, ...parts.slice(1), mdat]), bytes: headBytes + dataBytes };
}

function describedMovie(head: Uint8Array, moov: BoxHeader, index: RecordingIndex, shift: number): Uint8Array {
  const { start, end } = presentedSeconds(index);
  let trackNumber = 0;
  const rewrite = (header: BoxHeader, track: TrackIndex | undefined): Uint8Array => {
    const { type } = header;
    const inner = (): Uint8Array[] => boxesIn(head, header).map((child) => rewrite(child, track));
    if (type === 'trak') {
      const next = index.tracks[trackNumber++]!;
      const children = boxesIn(head, header).map((child) => rewrite(child, next));
      return box('trak', children[0]!, editList(next, start, end), ...children.slice(1));
    }
    if (type === 'moov' || type === 'mdia' || type === 'minf') return box(type, ...inner());
    if (type === 'stbl') {
      const description = boxesIn(head, header).find((child) => child.type === 'stsd')!;
      const entry = head.subarray(description.offset, description.offset + description.bytes);
      return box('stbl', entry, ...sampleTables(track!, shift));
    }
    if (type === 'mvex') return new Uint8Array(0);
    const copy = new Uint8Array(head.subarray(header.offset, header.offset + header.bytes));
    const seconds = end - start;
    if (type === 'mvhd') setDuration(copy, 24, seconds * movieTimeScale);
    else if (type === 'tkhd') setDuration(copy, 28, seconds * movieTimeScale);
    else if (type === 'mdhd') setDuration(copy, 24, track!.endTicks - (track!.samples[0]?.dtsTicks ?? 0));
    return copy;
  };
  return rewrite(moov, undefined);
}

/** Version 0 of these boxes holds 32 bits; all ones mean that nobody knows. */
function setDuration(copy: Uint8Array, offset: number, duration: number): void {
  new DataView(copy.buffer).setUint32(offset, Math.min(0xffffffff, Math.round(duration)));
}

/**
 * `edts`, §8.6.6: all tracks are shown from the first presentation time of any, which is not 0 where pictures are
 * reordered. The tables' times begin with a track's own first sample: one that begins later than the others, as sound
 * often does, is held back by an empty edit.
 */
function editList(track: TrackIndex, start: number, end: number): Uint8Array {
  const first = track.samples[0]?.dtsTicks ?? 0;
  const mediaTime = Math.round(start * track.timeScale) - first;
  if (mediaTime === 0) return new Uint8Array(0);
  const late = Math.max(0, Math.round((-mediaTime * movieTimeScale) / track.timeScale));
  const duration = Math.round((end - start) * movieTimeScale) - late;
  const shown = [u64(duration, Math.max(0, mediaTime)), u32(0x10000)];
  // A media time of -1 is an edit without media.
  const empty = late === 0 ? [] : [u64(late), u32(0xffffffff, 0xffffffff, 0x10000)];
  return box('edts', fullBox('elst', 1, 0, u32(late === 0 ? 1 : 2), ...empty, ...shown));
}

/** §8.6.1.2 stts, §8.6.1.3 ctts, §8.6.2 stss, §8.7.4 stsc, §8.7.3 stsz, §8.7.5 stco or co64: a chunk a sample. */
function sampleTables(track: TrackIndex, shift: number): Uint8Array[] {
  const { samples } = track;
  const durations = samples.map((sample, i) => (samples[i + 1]?.dtsTicks ?? track.endTicks) - sample.dtsTicks);
  const tables = [fullBox('stts', 0, 0, runs(durations))];
  const offsets = samples.map((sample) => sample.ptsTicks - sample.dtsTicks);
  if (offsets.some((offset) => offset !== 0)) tables.push(fullBox('ctts', 1, 0, runs(offsets)));
  const keyframes = samples.flatMap((sample, i) => (sample.keyframe ? [i + 1] : []));
  if (keyframes.length < samples.length) tables.push(fullBox('stss', 0, 0, counted(keyframes)));
  const sizes = counted(samples.map(({ bytes }) => bytes));
  const chunks = samples.length === 0 ? u32(0) : u32(1, 1, 1, 1);
  return [...tables, fullBox('stsc', 0, 0, chunks), fullBox('stsz', 0, 0, u32(0), sizes), chunkOffsets(samples, shift)];
}

/** The number of runs, then length and value of each. */
function runs(values: readonly number[]): Uint8Array {
  const out: number[] = [];
  for (const value of values) {
    if (out.length > 0 && out.at(-1) === value) out[out.length - 2]!++;
    else out.push(1, value);
  }
  return counted(out, out.length / 2);
}

function counted(values: readonly number[], count: number = values.length): Uint8Array {
  const out = new Uint8Array(4 + values.length * 4);
  const view = new DataView(out.buffer);
  view.setUint32(0, count);
  for (let i = 0; i < values.length; i++) view.setUint32(4 + i * 4, values[i]!); // negative ones in two's complement
  return out;
}

function chunkOffsets(samples: readonly IndexedSample[], shift: number): Uint8Array {
  // Decided without the shift, so that the draft has the right length; heads are far smaller than the margin.
  if ((samples.at(-1)?.offset ?? 0) < 0xf0000000)
    return fullBox('stco', 0, 0, counted(samples.map(({ offset }) => offset + shift)));
  const out = new Uint8Array(4 + samples.length * 8);
  const view = new DataView(out.buffer);
  view.setUint32(0, samples.length);
  for (const [i, sample] of samples.entries()) setUint64(view, 4 + i * 8, sample.offset + shift);
  return fullBox('co64', 0, 0, out);
}

/**
 * Where each sample of a recording lies: what makes it seekable (docs/design/0003-recordings-that-seek.md). Collected
 * while fragments are written, in its serialized form from the start, some seven bytes a sample: an hour of pictures
 * costs 400 KB of memory and not 10 MB of objects. It is stored in the recording's tail, and rebuilt by
 * `recording-scan.ts` where a crash left none.
 */
import { VarintReader, VarintWriter } from './varint.ts';

export interface IndexedSample {
  /** Of its data in the plaintext file. */
  readonly offset: number;
  readonly bytes: number;
  readonly dtsTicks: number;
  readonly ptsTicks: number;
  readonly keyframe: boolean;
}

export interface Keyframe {
  readonly ptsTicks: number;
  /** Wall clock of its capture, UTC ms. */
  readonly at: number;
}

export interface TrackIndex {
  /** Ticks a second, in Hz. */
  readonly timeScale: number;
  /** In decoding order. */
  readonly samples: readonly IndexedSample[];
  /** Decoding time plus duration of the last sample. */
  readonly endTicks: number;
}

export interface RecordingIndex {
  /** Bytes of the head, which a served file replaces. */
  readonly headBytes: number;
  /** End of the last whole fragment: what is behind is the tail, or torn. */
  readonly endOffset: number;
  /** By track id, from 1 on. */
  readonly tracks: readonly TrackIndex[];
  /** Of the first track: which wall clock is at which time. */
  readonly keyframes: readonly Keyframe[];
}

/** A fragment of one sample, as it was written. */
export interface WrittenFragment {
  /** Of its `moof` in the plaintext file, and the length of `moof` and `mdat` together. */
  readonly offset: number;
  readonly bytes: number;
  readonly trackId: number;
  readonly dataBytes: number;
  readonly dtsTicks: number;
  readonly ptsTicks: number;
  readonly durationTicks: number;
  readonly keyframe: boolean;
  /** Wall clock of capture, UTC ms. Kept for the first track's keyframes. */
  readonly at: number;
}

const version = 2;
/** `moof` and `mdat` header of a fragment of one sample: what usually lies between two samples' data. */
const usualGap = 112;
const maxTracks = 15;

interface TrackState {
  dtsTicks: number;
  deltaTicks: number;
  durationTicks: number;
}

function freshStates(count: number): TrackState[] {
  return Array.from({ length: count }, () => ({ dtsTicks: 0, deltaTicks: 0, durationTicks: 0 }));
}

export class IndexBuilder {
  readonly #headBytes: number;
  readonly #timeScales: readonly number[];
  readonly #states: TrackState[];
  readonly #records = new VarintWriter();
  #count = 0;
  #endOffset: number;
  #lastAt = 0;

  /** Time scales in Hz, of the tracks in the order of their ids. */
  constructor(options: { readonly headBytes: number; readonly timeScales: readonly number[] }) {
    this.#headBytes = options.headBytes;
    this.#timeScales = options.timeScales.slice(0, maxTracks);
    this.#states = freshStates(this.#timeScales.length);
    this.#endOffset = options.headBytes;
  }

  /** End of what was added so far. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** To be called for every fragment, in file order. Hot. */
  add(written: WrittenFragment): void {
    const state = this.#states[written.trackId - 1];
    if (state === undefined) return;
    const end = written.offset + written.bytes;
    const records = this.#records;
    records.push(written.trackId * 2 + (written.keyframe ? 1 : 0));
    records.push(end - written.dataBytes - this.#endOffset - usualGap);
    records.push(written.dataBytes);
    const delta = written.dtsTicks - state.dtsTicks;
    records.push(delta - state.deltaTicks);
    records.push(written.ptsTicks - written.dtsTicks);
    if (written.trackId === 1 && written.keyframe) {
      const at = Math.round(written.at);
      records.push(at - this.#lastAt);
      this.#lastAt = at;
    }
    state.dtsTicks = written.dtsTicks;
    state.deltaTicks = delta;
    state.durationTicks = written.durationTicks;
    this.#endOffset = end;
    this.#count++;
  }

  /** The index of what was added so far, serialized. */
  build(): Uint8Array {
    const head = new VarintWriter();
    head.push(version);
    head.push(this.#headBytes);
    head.push(this.#endOffset);
    head.push(this.#timeScales.length);
    for (const [i, timeScale] of this.#timeScales.entries()) {
      head.push(timeScale);
      head.push(this.#states[i]!.durationTicks);
    }
    head.push(this.#count);
    return Buffer.concat([head.bytes, this.#records.bytes]);
  }
}

/** What {@link IndexBuilder} made, or undefined when it is damaged or of another version. */
export function tryParseIndex(bytes: Uint8Array): RecordingIndex | undefined {
  const reader = new VarintReader(bytes);
  if (reader.next() !== version) return undefined;
  const [headBytes, endOffset, trackCount] = [reader.next(), reader.next(), reader.next()];
  if (reader.failed || headBytes < 0 || trackCount < 1 || trackCount > maxTracks) return undefined;
  const tracks = freshStates(trackCount).map((state) => {
    const timeScale = reader.next();
    state.durationTicks = reader.next();
    return { timeScale, state, samples: [] as IndexedSample[] };
  });
  if (tracks.some(({ timeScale }) => timeScale < 1)) return undefined;
  const keyframes: Keyframe[] = [];
  let offset = headBytes;
  let at = 0;
  // A count that lies ends at the end of the bytes.
  for (let left = reader.next(); left > 0; left--) {
    const kind = reader.next();
    const track = tracks[Math.floor(kind / 2) - 1];
    const start = offset + reader.next() + usualGap;
    const size = reader.next();
    if (reader.failed || track === undefined || size < 0 || start < offset || start + size > endOffset)
      return undefined;
    const { state } = track;
    state.deltaTicks += reader.next();
    state.dtsTicks += state.deltaTicks;
    const ptsTicks = state.dtsTicks + reader.next();
    const keyframe = kind % 2 === 1;
    if (keyframe && track === tracks[0]) {
      at += reader.next();
      keyframes.push({ ptsTicks, at });
    }
    if (reader.failed || (track.samples.length > 0 && state.deltaTicks < 0)) return undefined;
    track.samples.push({ offset: start, bytes: size, dtsTicks: state.dtsTicks, ptsTicks, keyframe });
    offset = start + size;
  }
  if (reader.failed || reader.offset !== bytes.length) return undefined;
  return {
    headBytes,
    endOffset,
    keyframes,
    tracks: tracks.map(({ timeScale, state, samples }) => {
      return { timeScale, samples, endTicks: samples.length === 0 ? 0 : state.dtsTicks + state.durationTicks };
    }),
  };
}

/** First presentation time and last end over all tracks, in seconds. Both 0 where there is no sample. */
export function presentedSeconds(index: RecordingIndex): { readonly start: number; readonly end: number } {
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const { timeScale, samples, endTicks } of index.tracks) {
    let newest = 0;
    for (const { ptsTicks } of samples) {
      start = Math.min(start, ptsTicks / timeScale);
      newest = Math.max(newest, ptsTicks);
    }
    const last = samples.at(-1);
    // The picture shown last lasts as long as the one decoded last.
    if (last !== undefined) end = Math.max(end, (newest + endTicks - last.dtsTicks) / timeScale);
  }
  return start === Number.POSITIVE_INFINITY ? { start: 0, end: 0 } : { start, end };
}

/** Length of what is to be seen, in ms. */
export function durationMs(index: RecordingIndex): number {
  const { start, end } = presentedSeconds(index);
  return (end - start) * 1000;
}

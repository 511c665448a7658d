/**
 * Where the keyframes of a recording are: what makes it seekable (see docs/design/0003-recordings-that-seek.md).
 * Collected while fragments are written, kept in the catalogue as a blob of some bytes a GOP, and rebuilt by
 * `recording-scan.ts` where it was lost.
 */
import { pushVarint, VarintReader } from './varint.ts';

export interface IndexEntry {
  /** Of the keyframe's `moof` in the plaintext file. */
  readonly offset: number;
  /** Presentation time of the keyframe in ticks of the index's time scale. */
  readonly ptsTicks: number;
  /** Wall clock of its capture, UTC ms. */
  readonly at: number;
}

export interface RecordingIndex {
  /** The track that the index is about: the video. */
  readonly trackId: number;
  /** Ticks a second, in Hz. */
  readonly timeScale: number;
  /** Bytes of the head, which `servedHead` replaces. */
  readonly headBytes: number;
  /** In file order. */
  readonly entries: readonly IndexEntry[];
  /** First presentation time, and the end of the last picture, in ticks. */
  readonly startTicks: number;
  readonly endTicks: number;
  /** End of the last whole fragment. A torn file is served up to here. */
  readonly endOffset: number;
  /** Where the `mfra` begins: the end of the facts behind the fragments; `endOffset` where there is no tail. */
  readonly tailOffset: number;
}

export interface IndexedFragment {
  /** Of its `moof` in the plaintext file, and the length of `moof` and `mdat` together. */
  readonly offset: number;
  readonly bytes: number;
  readonly trackId: number;
  readonly ptsTicks: number;
  readonly durationTicks: number;
  readonly keyframe: boolean;
  readonly at: number;
}

export class IndexBuilder {
  readonly #trackId: number;
  readonly #timeScale: number;
  readonly #headBytes: number;
  readonly #entries: IndexEntry[] = [];
  #startTicks = Number.POSITIVE_INFINITY;
  #endTicks = Number.NEGATIVE_INFINITY;
  #endOffset: number;

  constructor(options: { readonly trackId: number; readonly timeScale: number; readonly headBytes: number }) {
    this.#trackId = options.trackId;
    this.#timeScale = options.timeScale;
    this.#headBytes = options.headBytes;
    this.#endOffset = options.headBytes;
  }

  /** To be called for every fragment of every track, in file order. Hot. */
  add(written: IndexedFragment): void {
    this.#endOffset = written.offset + written.bytes;
    if (written.trackId !== this.#trackId) return;
    if (written.keyframe) this.#entries.push({ offset: written.offset, ptsTicks: written.ptsTicks, at: written.at });
    if (written.ptsTicks < this.#startTicks) this.#startTicks = written.ptsTicks;
    const end = written.ptsTicks + written.durationTicks;
    if (end > this.#endTicks) this.#endTicks = end;
  }

  /** The index of what was added so far; a snapshot. */
  build(): RecordingIndex {
    const empty = this.#endTicks === Number.NEGATIVE_INFINITY;
    return {
      trackId: this.#trackId,
      timeScale: this.#timeScale,
      headBytes: this.#headBytes,
      entries: [...this.#entries],
      startTicks: empty ? 0 : this.#startTicks,
      endTicks: empty ? 0 : this.#endTicks,
      endOffset: this.#endOffset,
      tailOffset: this.#endOffset,
    };
  }
}

/** Length of what is to be seen, in ms. */
export function durationMs(index: RecordingIndex): number {
  return ((index.endTicks - index.startTicks) * 1000) / index.timeScale;
}

const version = 1;

export function serializeIndex(index: RecordingIndex): Uint8Array {
  const out: number[] = [version];
  const { entries } = index;
  for (const value of [index.trackId, index.timeScale, index.headBytes, index.startTicks, index.endTicks])
    pushVarint(out, value);
  pushVarint(out, index.endOffset);
  pushVarint(out, index.tailOffset - index.endOffset);
  pushVarint(out, entries.length);
  let last: IndexEntry = { offset: index.headBytes, ptsTicks: index.startTicks, at: 0 };
  for (const entry of entries) {
    pushVarint(out, entry.offset - last.offset);
    pushVarint(out, entry.ptsTicks - last.ptsTicks);
    // Whole milliseconds are exact enough to find a moment again.
    const at = Math.round(entry.at);
    pushVarint(out, at - last.at);
    last = { ...entry, at };
  }
  return Uint8Array.from(out);
}

/** What {@link serializeIndex} made, or undefined when it is damaged or of another version. */
export function tryParseIndex(bytes: Uint8Array): RecordingIndex | undefined {
  if (bytes[0] !== version) return undefined;
  const reader = new VarintReader(bytes, 1);
  const fields: number[] = [];
  for (let i = 0; i < 8; i++) fields.push(reader.next() ?? Number.NaN);
  if (fields.some(Number.isNaN)) return undefined;
  const [trackId, timeScale, headBytes, startTicks, endTicks, endOffset, tailBytes, count] = fields as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Each entry has three bytes at least: a count that lies can't make us reserve memory.
  if (timeScale < 1 || headBytes < 0 || endOffset < headBytes || tailBytes < 0 || count < 0) return undefined;
  if (count * 3 > bytes.length - reader.offset) return undefined;
  const entries: IndexEntry[] = [];
  let last: IndexEntry = { offset: headBytes, ptsTicks: startTicks, at: 0 };
  for (let i = 0; i < count; i++) {
    const [offset, ticks, at] = [reader.next(), reader.next(), reader.next()];
    if (offset === undefined || ticks === undefined || at === undefined || offset < 0) return undefined;
    last = { offset: last.offset + offset, ptsTicks: last.ptsTicks + ticks, at: last.at + at };
    if (last.offset >= endOffset) return undefined;
    entries.push(last);
  }
  if (reader.offset !== bytes.length) return undefined;
  const tailOffset = endOffset + tailBytes;
  return { trackId, timeScale, headBytes, entries, startTicks, endTicks, endOffset, tailOffset };
}

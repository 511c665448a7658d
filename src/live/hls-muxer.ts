/** The newest segments of one camera, in memory alone, made from when somebody asks until nobody does. */
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/problem.ts';
import type { Stream } from '../streams/stream.ts';
import { initName, mediaPlaylist, mediaPlaylistName, multivariantPlaylist, segmentName } from './hls-playlist.ts';
import type { InitSegment, Segment } from './hls-segmenter.ts';
import { HlsSegmenter } from './hls-segmenter.ts';

export interface HlsFile {
  readonly contentType: 'application/vnd.apple.mpegurl' | 'video/mp4';
  readonly bytes: Uint8Array | string;
}

/** In the playlist, and some more for who has just read an older one (RFC 8216 §6.2.2). */
const listed = 6;
const kept = 10;
const maxBytes = 96 * 1024 * 1024;
/** What a player gets to begin with, where the stream's past goes back so far. */
const pastMs = 5000;
/** A camera with seconds between its keyframes takes as long for its first segment. */
const firstSegmentMs = 15_000;

export class HlsMuxer {
  readonly stream: Stream;
  readonly #clock: Clock;
  readonly #unsubscribe: () => void;
  readonly #inits = new Map<number, InitSegment>();
  #segments: Segment[] = [];
  #bytes = 0;
  #targetSeconds = 1;
  #peakBitsPerSecond = 0;
  /** So many discontinuities came before the first segment that is kept. */
  #discontinuities = 0;
  #waiting = new Set<() => void>();
  #askedAtMs: number;

  constructor(stream: Stream, clock: Clock) {
    this.stream = stream;
    this.#clock = clock;
    this.#askedAtMs = clock.monotonicMs();
    const segmenter = new HlsSegmenter({
      // Segments last a second or more: numbers never come again, not even after a restart.
      firstSequence: Math.floor(clock.now() / 1000),
      onInit: (init) => void this.#inits.set(init.number, init),
      onSegment: (segment) => this.#add(segment),
    });
    segmenter.expectSound(stream.audioFormat);
    for (const sample of stream.ring.since(clock.now() - pastMs)) segmenter.push(sample);
    this.#unsubscribe = stream.subscribe({ sample: (sample) => segmenter.push(sample) });
  }

  /** Ms since somebody asked last. */
  get idleMs(): number {
    return this.#clock.monotonicMs() - this.#askedAtMs;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @returns undefined where there is none of this name any more. @throws Problem `stream/not-live` (503) */
  async file(name: string, signal: AbortSignal): Promise<HlsFile | undefined> {
    this.#askedAtMs = this.#clock.monotonicMs();
    if (name === 'index.m3u8' || name === mediaPlaylistName) {
      await this.#firstSegment(signal);
      const bytes = name === mediaPlaylistName ? this.#mediaPlaylist() : this.#multivariantPlaylist();
      return { contentType: 'application/vnd.apple.mpegurl', bytes };
    }
    const found =
      this.#segments.find(({ sequence }) => name === segmentName(sequence)) ??
      [...this.#inits.values()].find(({ number }) => name === initName(number));
    return found === undefined ? undefined : { contentType: 'video/mp4', bytes: found.bytes };
  }

  close(): void {
    this.#unsubscribe();
    this.#segments = [];
    this.#inits.clear();
    for (const wake of this.#waiting) wake();
  }

  #add(segment: Segment): void {
    this.#segments.push(segment);
    this.#bytes += segment.bytes.length;
    this.#targetSeconds = Math.max(this.#targetSeconds, Math.round(segment.durationMs / 1000));
    this.#peakBitsPerSecond = Math.max(
      this.#peakBitsPerSecond,
      (segment.bytes.length * 8000) / Math.max(200, segment.durationMs),
    );
    while (this.#segments.length > kept || (this.#bytes > maxBytes && this.#segments.length > 1)) {
      const gone = this.#segments.shift()!;
      this.#bytes -= gone.bytes.length;
      if (gone.discontinuity) this.#discontinuities++;
    }
    const used = new Set(this.#segments.map(({ init }) => init));
    for (const number of this.#inits.keys()) if (!used.has(number)) this.#inits.delete(number);
    for (const wake of this.#waiting) wake();
  }

  #mediaPlaylist(): string {
    const segments = this.#segments.slice(-listed);
    // The tag of the first one that is listed can't be shown: it counts as one that came before.
    const before = this.#segments.slice(0, this.#segments.length - segments.length + 1);
    const more = before.filter(({ discontinuity }) => discontinuity).length;
    return mediaPlaylist(segments, this.#targetSeconds, this.#discontinuities + more);
  }

  #multivariantPlaylist(): string {
    const { video, audio } = this.#inits.get(this.#segments.at(-1)!.init)!;
    return multivariantPlaylist({
      codecs: [video.codecString, ...(audio === undefined ? [] : [audio.codecString])],
      width: video.width,
      height: video.height,
      framesPerSecond: this.stream.framesPerSecond,
      peakBitsPerSecond: this.#peakBitsPerSecond,
    });
  }

  async #firstSegment(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(firstSegmentMs)]);
    while (this.#segments.length === 0) {
      if (limit.aborted || this.stream.state.kind !== 'live') throw notLive();
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      limit.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      this.#waiting.delete(resolve);
    }
  }
}

export function notLive(): Problem {
  return new Problem('stream/not-live', 'there is no picture at the moment', { status: 503, retryAfterSeconds: 5 });
}

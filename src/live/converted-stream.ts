/**
 * One camera for those who can't play H.265. H.264 goes through; H.265 goes through a transcoder, which is started at a
 * keyframe when one may be, and ends with the last reader. Damaged pictures aren't converted: they would come out as whole ones.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import type { Filter } from '../decoder/ffmpeg-filter.ts';
import type { Sandbox } from '../decoder/sandbox.ts';
import { startTranscoder } from '../decoder/transcoder.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import type { Stream, StreamReader } from '../streams/stream.ts';

export interface ConvertedReader extends StreamReader {
  /** Nothing can be shown for now, and why. */
  problem?(problem: Problem): void;
}

export interface ConvertedStreamOptions {
  readonly stream: Stream;
  /** May one more transcoder run? Then it says how to give the place back. */
  readonly admit: () => (() => void) | undefined;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly log: Log;
}

const widthPx = 1280;
const picturesPerSecond = 15;
/** A transcoder that ended by itself is started again no sooner. */
const restartMs = 2000;

interface Running {
  readonly filter: Filter;
  readonly format: VideoFormat;
}

export class ConvertedStream {
  readonly #options: ConvertedStreamOptions;
  readonly #readers = new Set<ConvertedReader>();
  #unsubscribe: (() => void) | undefined;
  #running: Running | undefined;
  #abort = new AbortController();
  #gop: Sample[] = [];
  #awaitsKeyframe = true;
  #notBeforeMs = 0;
  #refused: Problem | undefined;
  #ending: Promise<unknown> = Promise.resolve();

  constructor(options: ConvertedStreamOptions) {
    this.#options = options;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** The running GOP of what readers get. */
  newest(): readonly Sample[] {
    return this.#running === undefined ? passed(this.#options.stream.ring.newest()) : this.#gop;
  }

  join(reader: ConvertedReader): () => void {
    this.#readers.add(reader);
    if (this.#readers.size === 1) this.#begin();
    else if (this.#refused !== undefined) reader.problem?.(this.#refused);
    return () => {
      if (this.#readers.delete(reader) && this.#readers.size === 0) this.#stop();
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#readers.clear();
    this.#stop();
    await this.#ending;
  }

  #begin(): void {
    const { stream } = this.#options;
    this.#abort = new AbortController();
    const newest = stream.ring.newest();
    if (newest.find(isVideo)?.format.codec === 'h265') {
      // A picture at once instead of at the next keyframe.
      for (const sample of newest) if (isVideo(sample)) this.#take(sample);
    } else {
      for (const sample of newest) if (isVideo(sample)) this.#give(sample);
    }
    this.#unsubscribe = stream.subscribe({ sample: (sample) => this.#take(sample) });
  }

  #stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#release();
    this.#abort.abort();
    this.#refused = undefined;
  }

  // hot
  #take(sample: Sample): void {
    if (!isVideo(sample) || sample.format.codec === 'h264') {
      if (isVideo(sample)) this.#release();
      this.#give(sample);
      return;
    }
    if (sample.format !== this.#running?.format) this.#release();
    if (sample.damaged) this.#awaitsKeyframe = true;
    else if (sample.keyframe) this.#awaitsKeyframe = false;
    if (this.#awaitsKeyframe) return;
    if (this.#running === undefined && sample.keyframe) this.#start(sample.format);
    this.#running?.filter.write(sample);
  }

  #start(format: VideoFormat): void {
    const { sandbox, clock, log, admit } = this.#options;
    if (clock.monotonicMs() < this.#notBeforeMs) return;
    const leave = admit();
    if (leave === undefined) {
      if (this.#refused !== undefined) return;
      this.#refused = new Problem('live/too-many-conversions', 'too many cameras are converted for browsers already');
      for (const reader of this.#readers) reader.problem?.(this.#refused);
      return;
    }
    this.#refused = undefined;
    const options = { format, widthPx, fps: picturesPerSecond, sandbox, clock, log };
    const filter = startTranscoder(
      options,
      (sample) => {
        if (this.#running?.filter !== filter) return;
        if (sample.keyframe) this.#gop = [];
        this.#gop.push(sample);
        this.#give(sample);
      },
      this.#abort.signal,
    );
    this.#running = { filter, format };
    void filter.ended.then((problem) => {
      leave();
      if (this.#running?.filter !== filter) return;
      log.warn(describeError(problem), 'transcoder ended');
      this.#running = undefined;
      this.#gop = [];
      this.#notBeforeMs = clock.monotonicMs() + restartMs;
    });
  }

  #release(): void {
    const running = this.#running;
    this.#running = undefined;
    this.#gop = [];
    this.#awaitsKeyframe = true;
    if (running !== undefined) this.#ending = Promise.all([this.#ending, running.filter[Symbol.asyncDispose]()]);
  }

  #give(sample: Sample): void {
    for (const reader of this.#readers) reader.sample(sample);
  }
}

function isVideo(sample: Sample): sample is Sample & { readonly format: VideoFormat } {
  return sample.format.kind === 'video';
}

/** What needs no conversion. */
function passed(samples: readonly Sample[]): readonly Sample[] {
  return samples.find(isVideo)?.format.codec === 'h264' ? samples : [];
}

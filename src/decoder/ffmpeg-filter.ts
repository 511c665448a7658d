/**
 * ffmpeg fed with the samples of one camera in its cage: what all programs of ours have in common that make something
 * else of a video, whatever that is. One process a camera and format; once it has ended it stays ended.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Problem } from '../base/problem.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import { feedHead, fragmentHead } from './feed.ts';
import { decoderProblem } from './problems.ts';
import type { Sandbox, SandboxedChild } from './sandbox.ts';
import { endSandboxed, startSandboxed } from './sandbox.ts';
import { Timeline } from './timeline.ts';

/** Bytes that may wait for ffmpeg: seconds of a busy camera. More means that it can't keep up. */
const maxQueuedBytes = 4 * 1024 * 1024;
/** 4K H.265 decodes here within 400 MiB of address space. */
const maxAddressBytes = 1.5 * 1024 ** 3;
const keptErrorBytes = 2048;

export interface FilterOptions {
  readonly format: VideoFormat;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: the one on the system's path. */
  readonly ffmpeg?: string;
  /** Samples went in and nothing came out for so long: it hangs. Default 10 s. */
  readonly hangMs?: number;
}

export interface Filter extends AsyncDisposable {
  /**
   * Takes a sample; never blocks. False when it was dropped: the queue is full, the format is another one, nothing can
   * be decoded before the first keyframe, or the filter has ended. After a drop it goes on at the next keyframe.
   */
  write(sample: Sample): boolean;
  /** Bytes that wait for ffmpeg. */
  readonly queuedBytes: number;
  /** Resolves once, when the process is gone: why it ended, `decoder/stopped` when it was told to. */
  readonly ended: Promise<Problem>;
}

export class FfmpegFilter implements Filter {
  readonly ended: Promise<Problem>;
  readonly #options: FilterOptions;
  readonly #read: (chunk: Buffer) => boolean;
  readonly #child: SandboxedChild;
  /** Where in ffmpeg's time each sample lies. */
  readonly timeline: Timeline;
  readonly #watch: NodeJS.Timeout;
  #cause: Problem | undefined;
  #sequence = 0;
  #awaitsKeyframe = true;
  #writtenSinceOutput = 0;
  #quietSince: number;
  #errors = '';

  /**
   * @param args ffmpeg's, which reads MP4 from its input and writes to its output
   * @param read takes what ffmpeg writes, and calls `shown` for each picture of it; false where it makes no sense. What it
   * throws ends the filter.
   */
  constructor(options: FilterOptions, args: readonly string[], read: (chunk: Buffer) => boolean, signal: AbortSignal) {
    const { format, clock } = options;
    this.#options = options;
    this.#read = read;
    this.timeline = new Timeline(format.timeScale);
    this.#quietSince = clock.monotonicMs();
    this.#child = startSandboxed(options.sandbox, { command: options.ffmpeg ?? 'ffmpeg', args, maxAddressBytes });
    this.#child.stdout.on('data', (chunk: Buffer) => this.#onOutput(chunk));
    this.#child.stderr.setEncoding('latin1').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-keptErrorBytes);
    });
    // EPIPE: the process is going; its end says why.
    this.#child.stdin.on('error', () => {});
    const stop = () => this.#fail(decoderProblem('stopped', 'the decoder was stopped'));
    const limitMs = options.hangMs ?? 10_000;
    this.#watch = setInterval(() => this.#lookForHang(limitMs), Math.min(1000, limitMs / 4));
    this.ended = new Promise((resolve) => {
      const end = (problem: Problem) => {
        clearInterval(this.#watch);
        signal.removeEventListener('abort', stop);
        this.#cause ??= problem;
        resolve(this.#cause);
      };
      this.#child.once('error', (error) =>
        end(decoderProblem('unavailable', 'ffmpeg could not be started', {}, error)),
      );
      this.#child.once('close', (status, by) =>
        end(decoderProblem('crashed', 'the decoder ended by itself', { status, signal: by, stderr: this.#errors })),
      );
    });
    this.#child.stdin.write(feedHead(format));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  }

  get queuedBytes(): number {
    return this.#child.stdin.writableLength;
  }

  // Hot: once a sample.
  write(sample: Sample): boolean {
    if (this.#cause !== undefined || sample.format !== this.#options.format) return false;
    if (this.#awaitsKeyframe && !sample.keyframe) return false;
    const { stdin } = this.#child;
    if (stdin.writableLength + sample.data.length > maxQueuedBytes) {
      this.#awaitsKeyframe = true;
      return false;
    }
    this.#awaitsKeyframe = false;
    const { dts, ptsOffset, durationTicks } = this.timeline.place(sample);
    if (this.#writtenSinceOutput++ === 0) this.#quietSince = this.#options.clock.monotonicMs();
    this.#sequence = (this.#sequence + 1) >>> 0;
    stdin.cork();
    stdin.write(fragmentHead(this.#sequence, dts, ptsOffset, durationTicks, sample.keyframe, sample.data.length));
    stdin.write(sample.data);
    stdin.uncork();
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(decoderProblem('stopped', 'the decoder was stopped'));
    await this.ended;
  }

  /** A picture came out. */
  shown(): void {
    this.#writtenSinceOutput = 0;
  }

  #onOutput(chunk: Buffer): void {
    if (this.#cause !== undefined) return;
    try {
      if (!this.#read(chunk)) this.#fail(decoderProblem('badOutput', 'the decoder put out something else than frames'));
    } catch (error) {
      this.#options.log.error({ error }, 'frame handler failed');
      this.#fail(decoderProblem('crashed', 'a frame could not be handled', {}, error));
    }
  }

  /** A frame is due long before `limitMs` when at least a second's worth of samples was written. */
  #lookForHang(limitMs: number): void {
    if (this.#writtenSinceOutput === 0) return;
    const quietMs = this.#options.clock.monotonicMs() - this.#quietSince;
    if (quietMs < limitMs) return;
    this.#fail(decoderProblem('hung', 'the decoder took samples and gave no frame', { quietMs, stderr: this.#errors }));
  }

  #fail(problem: Problem): void {
    if (this.#cause !== undefined) return;
    this.#cause = problem;
    this.#child.stdin.destroy();
    endSandboxed(this.#child);
  }
}

/**
 * ffmpeg as a filter: samples in, small RGB frames out, each with the capture time of its sample. It sees neither the
 * network nor files nor a secret; whatever a camera makes it do, it ends in its sandbox, and `ended` says how.
 *
 * One process a camera and format. A decoder that has ended stays ended: its owner starts another one with backoff.
 */

import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Problem } from '../base/problem.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import { feedHead, fragmentHead } from './feed.ts';
import { filterArguments, frameHeight } from './ffmpeg-arguments.ts';
import type { Frame } from './frame.ts';
import type { FrameBuffers } from './frame-buffers.ts';
import { NutReader } from './nut-reader.ts';
import { decoderProblem } from './problems.ts';
import type { Sandbox, SandboxedChild } from './sandbox.ts';
import { endSandboxed, startSandboxed } from './sandbox.ts';
import { Timeline } from './timeline.ts';

/** Bytes that may wait for ffmpeg: seconds of a busy camera. More means that it can't keep up. */
const maxQueuedBytes = 4 * 1024 * 1024;
/** 4K H.265 decodes here within 400 MiB of address space. */
const maxAddressBytes = 1.5 * 1024 ** 3;
const keptErrorBytes = 2048;

export interface DecoderOptions {
  readonly format: VideoFormat;
  /** Greatest width of the frames; smaller pictures aren't enlarged. */
  readonly widthPx: number;
  /** Frames a second at most. */
  readonly fps: number;
  /** The picture as it is meant to look, for people: a third dearer. Default false: good enough to detect in. */
  readonly deblock?: boolean;
  /** Where frames get their buffers; default: a new one each. */
  readonly buffers?: FrameBuffers;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: the one on the system's path. */
  readonly ffmpeg?: string;
  /** Samples went in and no frame came out for so long: it hangs. Default 10 s. */
  readonly hangMs?: number;
}

export interface Decoder extends AsyncDisposable {
  /**
   * Takes a sample; never blocks. False when it was dropped: the queue is full, the format is another one, nothing can
   * be decoded before the first keyframe, or the decoder has ended. After a drop it goes on at the next keyframe.
   */
  write(sample: Sample): boolean;
  /** Bytes that wait for ffmpeg. */
  readonly queuedBytes: number;
  /** Resolves once, when the process is gone: why it ended, `decoder/stopped` when it was told to. */
  readonly ended: Promise<Problem>;
}

/** `onFrame` is called in the order of presentation and must be quick; what it throws ends the decoder. */
export function startDecoder(options: DecoderOptions, onFrame: (frame: Frame) => void, signal: AbortSignal): Decoder {
  return new FfmpegDecoder(options, onFrame, signal);
}

class FfmpegDecoder implements Decoder {
  readonly ended: Promise<Problem>;
  readonly #options: DecoderOptions;
  readonly #onFrame: (frame: Frame) => void;
  readonly #child: SandboxedChild;
  readonly #timeline: Timeline;
  readonly #reader: NutReader;
  readonly #watch: NodeJS.Timeout;
  #cause: Problem | undefined;
  #sequence = 0;
  #awaitsKeyframe = true;
  #writtenSinceFrame = 0;
  #quietSince: number;
  #errors = '';

  constructor(options: DecoderOptions, onFrame: (frame: Frame) => void, signal: AbortSignal) {
    const { format, clock } = options;
    this.#options = options;
    this.#onFrame = onFrame;
    this.#timeline = new Timeline(format.timeScale);
    this.#quietSince = clock.monotonicMs();
    const width = Math.min(options.widthPx, format.width);
    const height = frameHeight(format, width);
    this.#reader = new NutReader(
      width,
      height,
      format.timeScale,
      ({ pts, data }) => this.#deliver(width, height, pts, data),
      options.buffers,
    );
    this.#child = startSandboxed(options.sandbox, {
      command: options.ffmpeg ?? 'ffmpeg',
      args: filterArguments(format, width, height, options.fps, options.deblock === true),
      maxAddressBytes,
    });
    this.#child.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
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
    const { dts, ptsOffset, durationTicks } = this.#timeline.place(sample);
    if (this.#writtenSinceFrame++ === 0) this.#quietSince = this.#options.clock.monotonicMs();
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

  #read(chunk: Buffer): void {
    if (this.#cause !== undefined) return;
    try {
      if (!this.#reader.push(chunk))
        this.#fail(decoderProblem('badOutput', 'the decoder put out something else than frames'));
    } catch (error) {
      this.#options.log.error({ error }, 'frame handler failed');
      this.#fail(decoderProblem('crashed', 'a frame could not be handled', {}, error));
    }
  }

  #deliver(width: number, height: number, pts: number, data: Uint8Array): void {
    const source = this.#timeline.sampleAt(pts);
    if (source === undefined) {
      this.#options.log.debug({ pts }, 'frame without a sample dropped');
      return;
    }
    this.#writtenSinceFrame = 0;
    this.#onFrame({ data, width, height, ...source });
  }

  /** A frame is due long before `limitMs` when at least a second's worth of samples was written. */
  #lookForHang(limitMs: number): void {
    if (this.#writtenSinceFrame === 0) return;
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

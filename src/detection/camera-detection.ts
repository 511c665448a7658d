/**
 * Detection of one camera, from its samples to tracked objects. Owns the camera's decoder and starts another one when
 * it ends or the format changes; a camera that makes ffmpeg crash ends nothing but its own attempt.
 */
import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import type { Decoder } from '../decoder/decoder.ts';
import { startDecoder } from '../decoder/decoder.ts';
import type { Frame } from '../decoder/frame.ts';
import { FrameBuffers } from '../decoder/frame-buffers.ts';
import type { MaskBox } from '../decoder/mask-boxes.ts';
import type { Sandbox } from '../decoder/sandbox.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import type { Detector } from './detector.ts';
import type { TrackUpdate } from './frame-analysis.ts';
import { FrameAnalysis } from './frame-analysis.ts';
import type { Sensitivity } from './motion-gate.ts';
import type { FilterOptions } from './object-filter.ts';
import { ObjectFilter } from './object-filter.ts';

/** Without a frame for so long the objects seen last are taken for gone. */
const quietLimitMs = 3000;
/** Frames that wait for the analysis of the one before; the oldest is dropped. */
const maxWaiting = 2;

export interface CameraDetectionOptions {
  readonly camera: string;
  readonly filter: FilterOptions;
  /** Parts of the picture that nobody sees but the model. */
  readonly blackened?: readonly MaskBox[];
  /** Of the motion gate. Default `normal`. */
  readonly sensitivity?: Sensitivity;
  /** Greatest width of the frames. Default 640. */
  readonly widthPx?: number;
  /** Default 5. */
  readonly fps?: number;
  readonly detector: Pick<Detector, 'detect'>;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly log: Log;
}

export interface CameraDetectionStats {
  /** Frames decoded, and those of them that the gate let through to the model. */
  readonly frames: number;
  readonly looked: number;
  /** Frames dropped because the model was behind. */
  readonly dropped: number;
  /** Samples that the decoder didn't take. */
  readonly droppedSamples: number;
  readonly decoderRestarts: number;
}

export interface CameraDetection extends AsyncDisposable {
  /** Takes a video sample (others are ignored); never blocks. False when it was dropped. */
  write(sample: Sample): boolean;
  readonly stats: CameraDetectionStats;
}

/** `onTracks` is called for every decoded frame, in the order of time, also when the model didn't look at it. */
export function startCameraDetection(
  options: CameraDetectionOptions,
  onTracks: (update: TrackUpdate) => void,
  signal: AbortSignal,
): CameraDetection {
  return new OneCamera(options, onTracks, signal);
}

class OneCamera implements CameraDetection {
  readonly #options: CameraDetectionOptions;
  readonly #onTracks: (update: TrackUpdate) => void;
  readonly #filter: ObjectFilter;
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  readonly #backoff = new Backoff(500, 30_000);
  readonly #watch: NodeJS.Timeout;
  readonly #ending = new Set<Promise<unknown>>();
  /** One being filled, one looked at, and those that wait. */
  readonly #buffers = new FrameBuffers(maxWaiting + 2);
  #decoder: Decoder | undefined;
  #format: VideoFormat | undefined;
  #retryAt = 0;
  #analysis: FrameAnalysis | undefined;
  #analysisSize = '';
  #nextTrack = 1;
  #waiting: Frame[] = [];
  #working = false;
  #frameSeenAt: number | undefined;
  #counts = { frames: 0, looked: 0, dropped: 0, droppedSamples: 0, decoderRestarts: 0 };

  constructor(options: CameraDetectionOptions, onTracks: (update: TrackUpdate) => void, signal: AbortSignal) {
    this.#options = options;
    this.#onTracks = onTracks;
    this.#filter = new ObjectFilter(options.filter);
    this.#signal = AbortSignal.any([signal, this.#abort.signal]);
    this.#watch = setInterval(() => this.#lookForSilence(), 1000);
    this.#signal.addEventListener('abort', () => clearInterval(this.#watch), { once: true });
    if (this.#signal.aborted) clearInterval(this.#watch);
  }

  get stats(): CameraDetectionStats {
    return { ...this.#counts };
  }

  // Hot: once a sample.
  write(sample: Sample): boolean {
    const { format } = sample;
    if (format.kind !== 'video' || this.#signal.aborted) return false;
    if (this.#format !== format) {
      // Another format: the old decoder's last frames aren't worth waiting for.
      this.#release();
      this.#format = format;
    }
    if (this.#decoder === undefined) {
      if (!sample.keyframe || this.#options.clock.monotonicMs() < this.#retryAt) return false;
      this.#decoder = this.#start(format);
    }
    const taken = this.#decoder.write(sample);
    if (!taken) this.#counts.droppedSamples++;
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#release();
    this.#waiting = [];
    await Promise.all(this.#ending);
  }

  #start(format: VideoFormat): Decoder {
    const { widthPx = 640, fps = 5, sandbox, clock, log } = this.#options;
    const decoder = startDecoder(
      { format, widthPx, fps, buffers: this.#buffers, sandbox, clock, log },
      (frame) => this.#take(frame),
      this.#signal,
    );
    const ending = decoder.ended.then((problem) => {
      this.#ending.delete(ending);
      if (this.#decoder !== decoder || this.#signal.aborted) return;
      this.#decoder = undefined;
      const waitMs = this.#backoff.nextMs();
      this.#retryAt = clock.monotonicMs() + waitMs;
      this.#counts.decoderRestarts++;
      log.warn({ ...describeError(problem), waitMs }, 'decoder ended');
    });
    this.#ending.add(ending);
    return decoder;
  }

  #release(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder !== undefined) void decoder[Symbol.asyncDispose]();
  }

  #take(frame: Frame): void {
    this.#frameSeenAt = this.#options.clock.monotonicMs();
    this.#counts.frames++;
    if (this.#counts.frames % 50 === 0) this.#backoff.reset();
    if (this.#waiting.push(frame) > maxWaiting) {
      this.#buffers.give(this.#waiting.shift()!.data);
      this.#counts.dropped++;
    }
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    try {
      for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
        const update = await this.#analysisFor(frame).take(frame);
        if (this.#signal.aborted) return;
        if (update.look === 'looked') this.#counts.looked++;
        this.#onTracks(update);
        // Whoever keeps a picture has its own copy.
        this.#buffers.give(frame.data);
      }
    } catch (error) {
      this.#options.log.error({ ...describeError(error) }, 'frame analysis failed');
    } finally {
      this.#working = false;
    }
  }

  #analysisFor(frame: Frame): FrameAnalysis {
    const size = `${frame.width}x${frame.height}`;
    if (this.#analysis !== undefined && this.#analysisSize === size) return this.#analysis;
    this.#interrupt(0);
    const { camera, detector, sensitivity = 'normal', blackened = [] } = this.#options;
    this.#analysisSize = size;
    this.#analysis = new FrameAnalysis({
      find: (one) => detector.detect(camera, one),
      filter: this.#filter,
      sensitivity,
      blackened,
      width: frame.width,
      height: frame.height,
      nextTrack: () => this.#nextTrack++,
    });
    return this.#analysis;
  }

  #lookForSilence(): void {
    if (this.#frameSeenAt === undefined || this.#working) return;
    const quietMs = this.#options.clock.monotonicMs() - this.#frameSeenAt;
    if (quietMs < quietLimitMs) return;
    this.#frameSeenAt = undefined;
    this.#interrupt(quietMs);
  }

  #interrupt(quietMs: number): void {
    if (this.#analysis !== undefined) this.#onTracks(this.#analysis.interrupt(quietMs));
  }
}

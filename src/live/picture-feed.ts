/**
 * JPEG pictures of one camera with its boxes drawn in, for whatever can show no video. There is one decoder however many
 * look, and none while nobody does. A picture that comes while the one before is still being drawn replaces the one
 * that waits: viewers get fewer pictures, never older ones.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import type { Decoder } from '../decoder/decoder.ts';
import { startDecoder } from '../decoder/decoder.ts';
import type { Frame } from '../decoder/frame.ts';
import type { Sandbox } from '../decoder/sandbox.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import type { Stream } from '../streams/stream.ts';
import type { Appearance, DrawnObject } from './overlay.ts';
import { overlaySvg } from './overlay.ts';

export interface PictureFeedOptions {
  readonly stream: Stream;
  /** What is to be drawn now. */
  readonly objects: () => readonly DrawnObject[];
  readonly appearance: () => Appearance;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly log: Log;
}

const widthPx = 1280;
const picturesPerSecond = 10;
const quality = 80;
/** A decoder that ended by itself is started again no sooner. */
const restartMs = 2000;

export class PictureFeed {
  readonly #options: PictureFeedOptions;
  readonly #viewers = new Set<(jpeg: Uint8Array) => void>();
  #unsubscribe: (() => void) | undefined;
  #abort: AbortController | undefined;
  #decoder: Decoder | undefined;
  #format: VideoFormat | undefined;
  #notBeforeMs = 0;
  #waiting: Frame | undefined;
  #isDrawing = false;
  #ending: Promise<unknown> = Promise.resolve();

  constructor(options: PictureFeedOptions) {
    this.#options = options;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** `onPicture` may neither throw nor wait; the bytes may be kept. Returns how to leave, which may be called again. */
  join(onPicture: (jpeg: Uint8Array) => void): () => void {
    const viewer = (jpeg: Uint8Array): void => onPicture(jpeg);
    this.#viewers.add(viewer);
    if (this.#viewers.size === 1) this.#begin();
    else this.#showNow();
    return () => {
      if (this.#viewers.delete(viewer) && this.#viewers.size === 0) this.#stop();
    };
  }

  /** Ends the decoder; viewers get nothing more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#viewers.clear();
    this.#stop();
    await this.#ending;
  }

  #begin(): void {
    const { stream } = this.#options;
    this.#abort = new AbortController();
    this.#notBeforeMs = 0;
    // The running GOP: a picture at once instead of at the next keyframe.
    for (const sample of stream.ring.newest()) this.#take(sample);
    this.#unsubscribe = stream.subscribe({ sample: (sample) => this.#take(sample) });
  }

  #stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#abort?.abort();
    this.#release();
    this.#waiting = undefined;
    this.#newest = undefined;
  }

  // hot
  #take(sample: Sample): void {
    const { format } = sample;
    if (format.kind !== 'video') return;
    if (format !== this.#format) this.#release();
    if (this.#decoder === undefined) {
      if (!sample.keyframe || this.#options.clock.monotonicMs() < this.#notBeforeMs) return;
      this.#start(format);
    }
    this.#decoder?.write(sample);
  }

  #start(format: VideoFormat): void {
    const { sandbox, clock, log } = this.#options;
    const signal = this.#abort!.signal;
    const options = { format, widthPx, fps: picturesPerSecond, deblock: true, sandbox, clock, log };
    const decoder = startDecoder(
      options,
      (frame) => {
        if (this.#decoder === decoder) this.#draw(frame);
      },
      signal,
    );
    this.#decoder = decoder;
    this.#format = format;
    void decoder.ended.then((problem) => {
      if (this.#decoder !== decoder) return;
      log.warn(describeError(problem), 'picture decoder ended');
      this.#decoder = undefined;
      this.#notBeforeMs = clock.monotonicMs() + restartMs;
    });
  }

  #release(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    this.#format = undefined;
    if (decoder !== undefined) this.#ending = Promise.all([this.#ending, decoder[Symbol.asyncDispose]()]);
  }

  #newest: Uint8Array | undefined;

  /** For a viewer that comes where others look already. */
  #showNow(): void {
    const newest = this.#newest;
    if (newest !== undefined) queueMicrotask(() => this.#show(newest));
  }

  #draw(frame: Frame): void {
    this.#waiting = frame;
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    void this.#drawWaiting().finally(() => {
      this.#isDrawing = false;
    });
  }

  /** Never rejects. */
  async #drawWaiting(): Promise<void> {
    const { objects, appearance, log } = this.#options;
    for (let frame = this.#waiting; frame !== undefined; frame = this.#waiting) {
      this.#waiting = undefined;
      try {
        const { width, height, data } = frame;
        const svg = overlaySvg(width, height, objects(), appearance());
        // Loaded when somebody looks for the first time: libvips is megabytes.
        const { default: sharp } = await import('sharp');
        const picture = sharp(data, { raw: { width, height, channels: 3 } });
        if (svg !== undefined) picture.composite([{ input: Buffer.from(svg) }]);
        const jpeg = await picture.jpeg({ quality }).toBuffer();
        if (this.#viewers.size === 0) return;
        this.#newest = jpeg;
        this.#show(jpeg);
      } catch (error) {
        log.warn(describeError(error), 'picture not drawn');
      }
    }
  }

  #show(jpeg: Uint8Array): void {
    for (const viewer of this.#viewers) viewer(jpeg);
  }
}

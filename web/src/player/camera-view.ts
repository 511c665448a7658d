/**
 * One camera on one canvas, inside the worker: samples in, pictures out. A picture is drawn the moment it is decoded
 * and closed at once, so at most the decoder's own frames are alive. After a gap, damage or an error nothing is
 * decoded until the next keyframe: a wrong picture is worse than a late one.
 */
import type { SampleHeader } from '../../../src/wire/live.ts';
import { sampleHeaderBytes } from '../../../src/wire/live.ts';
import { Credit } from './credit.ts';
import { canvasSize } from './fit.ts';
import { LagGuard } from './lag-guard.ts';
import type { Format, View, ViewDeps } from './view.ts';
import { ViewOverlay } from './view-overlay.ts';
import { ViewSound } from './view-sound.ts';

/** While catching up, pictures this close together (ms) are decoded and not drawn. */
const catchUpDrawMs = 200;
/** So many failures in a row without a picture, and the format counts as one that this browser can't play. */
const maxFailures = 5;
const maxTimes = 1024;

export interface CameraViewDeps extends ViewDeps {
  readonly picture: OffscreenCanvas;
}

export class CameraView implements View {
  readonly overlay: ViewOverlay;
  readonly sound: ViewSound;
  watched = false;
  stream: 'main' | 'sub' = 'main';
  readonly #deps: CameraViewDeps;
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #credit = new Credit();
  readonly #lag = new LagGuard();
  /** Capture times (UTC ms) of the samples inside the decoder by their presentation time. */
  readonly #times = new Map<number, number>();
  #slot: number | undefined;
  #format: Format | undefined;
  #decoder: VideoDecoder | undefined;
  #needsKeyframe = true;
  #failures = 0;
  #drawnAtMs = 0;

  constructor(deps: CameraViewDeps) {
    this.#deps = deps;
    this.#context = deps.picture.getContext('2d', { alpha: false })!;
    this.overlay = new ViewOverlay(deps.view, deps.overlay, deps.post);
    this.sound = new ViewSound(deps);
  }

  get camera(): string {
    return this.#deps.camera;
  }

  get slot(): number | undefined {
    return this.#slot;
  }

  subscribe(slot: number | undefined): void {
    this.#closeDecoder();
    this.#format = undefined;
    this.#credit.reset();
    this.#lag.reset();
    this.#slot = slot;
    const { camera, send } = this.#deps;
    const transcode = this.#deps.transcode() ? ({ transcode: true } as const) : {};
    if (slot !== undefined) send({ type: 'subscribe', slot, camera, stream: this.stream, ...transcode });
    this.sound.subscribed(slot);
  }

  onFormat(format: Format): void {
    this.#format = format;
    this.#failures = 0;
    this.#openDecoder();
  }

  onGap(): void {
    this.#needsKeyframe = true;
  }

  onSample(header: SampleHeader, frame: ArrayBuffer): void {
    const data = new Uint8Array(frame, sampleHeaderBytes);
    if (header.kind === 'audio') {
      this.#credit.drop(frame.byteLength);
      this.sound.frame(header, data);
    } else if (!this.#feed(header, data, frame.byteLength)) this.#credit.drop(frame.byteLength);
    this.#payBack();
  }

  dispose(): void {
    this.#closeDecoder();
    this.sound.dispose();
    if (this.#slot !== undefined) this.#deps.send({ type: 'unsubscribe', slot: this.#slot });
    this.#slot = undefined;
  }

  #feed(header: SampleHeader, data: Uint8Array, frameBytes: number): boolean {
    if (data.length === 0 || this.#format === undefined) return false;
    if (header.damaged) {
      this.#needsKeyframe = true;
      return false;
    }
    if (this.#needsKeyframe && !header.keyframe) return false;
    const decoder = this.#decoder ?? this.#openDecoder();
    if (decoder === undefined || decoder.state !== 'configured') return false;
    const behind = this.#lag.behind(header.at, Date.now());
    if (this.#lag.shouldSkip(decoder.decodeQueueSize, behind, performance.now()) && !header.keyframe) {
      this.#needsKeyframe = true;
      return false;
    }
    if (this.#times.size > maxTimes) this.#times.clear();
    this.#times.set(header.ptsUs, header.at);
    try {
      decoder.decode(new EncodedVideoChunk({ type: header.keyframe ? 'key' : 'delta', timestamp: header.ptsUs, data }));
    } catch {
      // Closed between the look at its state and now, or data that it refuses before decoding.
      this.#fail(decoder);
      return false;
    }
    this.#needsKeyframe = false;
    this.#credit.enter(frameBytes);
    return true;
  }

  #openDecoder(): VideoDecoder | undefined {
    this.#closeDecoder();
    const format = this.#format;
    if (format === undefined || this.#failures >= maxFailures) return undefined;
    if (typeof VideoDecoder === 'undefined') {
      this.#giveUp();
      return undefined;
    }
    const decoder = new VideoDecoder({
      output: (frame) => this.#onFrame(decoder, frame),
      error: (error) => {
        if (error.name === 'NotSupportedError') this.#failures = maxFailures;
        this.#fail(decoder);
      },
    });
    this.#decoder = decoder;
    try {
      const description = Uint8Array.from(atob(format.description), (char) => char.charCodeAt(0));
      decoder.configure({
        codec: format.codec,
        ...(format.width > 0 && format.height > 0 ? { codedWidth: format.width, codedHeight: format.height } : {}),
        ...(description.length > 0 ? { description } : {}),
        optimizeForLatency: true,
        hardwareAcceleration: 'no-preference',
      });
    } catch {
      this.#failures = maxFailures;
      this.#fail(decoder);
      return undefined;
    }
    return decoder;
  }

  #fail(decoder: VideoDecoder): void {
    if (decoder !== this.#decoder) return;
    this.#failures++;
    this.#closeDecoder();
    if (this.#failures >= maxFailures) this.#giveUp();
    this.#payBack();
  }

  #giveUp(): void {
    this.#failures = maxFailures;
    this.#deps.post({ type: 'unsupported', view: this.#deps.view, codec: this.#format?.codec ?? '' });
  }

  #closeDecoder(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder !== undefined && decoder.state !== 'closed') decoder.close();
    this.#needsKeyframe = true;
    this.#times.clear();
    this.#credit.dropAll();
  }

  #onFrame(decoder: VideoDecoder, frame: VideoFrame): void {
    try {
      if (decoder !== this.#decoder) return;
      this.#failures = 0;
      this.#credit.leave();
      const at = this.#times.get(frame.timestamp);
      this.#times.delete(frame.timestamp);
      const now = performance.now();
      if (at === undefined) return;
      const drawLess = this.#lag.shouldDrawLess(decoder.decodeQueueSize, this.#lag.behind(at, Date.now()));
      if (drawLess && now - this.#drawnAtMs < catchUpDrawMs) return;
      this.#drawnAtMs = now;
      this.#draw(frame, at);
    } finally {
      frame.close();
      this.#payBack();
    }
  }

  #draw(frame: VideoFrame, at: number): void {
    const canvas = this.#deps.picture;
    const size = canvasSize({ width: frame.displayWidth, height: frame.displayHeight }, this.overlay.area);
    if (canvas.width !== size.width || canvas.height !== size.height) {
      canvas.width = size.width;
      canvas.height = size.height;
    }
    this.#context.drawImage(frame, 0, 0, size.width, size.height);
    this.overlay.shown(at, frame.displayWidth, frame.displayHeight);
  }

  #payBack(): void {
    const bytes = this.#credit.take();
    if (bytes > 0 && this.#slot !== undefined) this.#deps.send({ type: 'credit', slot: this.#slot, bytes });
  }
}

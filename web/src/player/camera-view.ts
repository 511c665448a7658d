/**
 * One camera on one canvas, inside the worker: samples in, pictures out. A picture is drawn the moment it is decoded
 * and closed at once, so at most the decoder's own frames are alive. After a gap, damage or an error nothing is
 * decoded until the next keyframe: a wrong picture is worse than a late one.
 */
import type { BoxMessage, ClientMessage, SampleHeader, ServerMessage } from '../../../src/wire/live.ts';
import { BoxTracks, countByClass } from './boxes.ts';
import { Credit } from './credit.ts';
import { canvasSize, contain } from './fit.ts';
import { LagGuard } from './lag-guard.ts';
import { drawBoxes } from './overlay.ts';
import type { SoundFormat } from './sound-decoder.ts';
import { canHear, SoundDecoder } from './sound-decoder.ts';
import type { WorkerMessage } from './worker-protocol.ts';

type Format = Extract<ServerMessage, { type: 'format' }>;

const reportEveryMs = 500;
/** While catching up, pictures this close together (ms) are decoded and not drawn. */
const catchUpDrawMs = 200;
/** So many failures in a row without a picture, and the format counts as one that this browser can't play. */
const maxFailures = 5;
const maxTimes = 1024;

export interface CameraViewDeps {
  readonly view: number;
  readonly camera: string;
  readonly picture: OffscreenCanvas;
  readonly overlay: OffscreenCanvas;
  readonly send: (message: ClientMessage) => void;
  readonly post: (message: WorkerMessage) => void;
}

export class CameraView {
  readonly #deps: CameraViewDeps;
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #overlay: OffscreenCanvasRenderingContext2D;
  readonly #credit = new Credit();
  readonly #lag = new LagGuard();
  readonly #boxes = new BoxTracks();
  /** Capture times (UTC ms) of the samples inside the decoder by their presentation time. */
  readonly #times = new Map<number, number>();
  #slot: number | undefined;
  #format: Format | undefined;
  #decoder: VideoDecoder | undefined;
  #sound: SoundFormat | undefined;
  #soundPort: MessagePort | undefined;
  #soundDecoder: SoundDecoder | undefined;
  #needsKeyframe = true;
  #failures = 0;
  #area = { width: 0, height: 0, pixelRatio: 1 };
  #showBoxes = true;
  #overlayIsEmpty = true;
  #drawnAtMs = 0;
  #reportedAtMs = 0;
  #seen = '[]';
  /** Whether the page can see this view. */
  watched = false;

  constructor(deps: CameraViewDeps) {
    this.#deps = deps;
    this.#context = deps.picture.getContext('2d', { alpha: false })!;
    this.#overlay = deps.overlay.getContext('2d')!;
  }

  get camera(): string {
    return this.#deps.camera;
  }

  get slot(): number | undefined {
    return this.#slot;
  }

  /** Asks for samples in `slot`; undefined when the socket is gone or nobody looks. The last picture stays. */
  subscribe(slot: number | undefined): void {
    this.#closeDecoder();
    this.#format = undefined;
    this.#credit.reset();
    this.#lag.reset();
    this.#slot = slot;
    if (slot === undefined) return;
    this.#deps.send({ type: 'subscribe', slot, camera: this.#deps.camera });
    if (this.#soundPort !== undefined) this.#deps.send({ type: 'listen', slot, on: true });
  }

  resize(width: number, height: number, pixelRatio: number): void {
    this.#area = { width: width * pixelRatio, height: height * pixelRatio, pixelRatio };
    this.#deps.overlay.width = Math.max(1, Math.round(this.#area.width));
    this.#deps.overlay.height = Math.max(1, Math.round(this.#area.height));
    this.#overlayIsEmpty = true;
  }

  showBoxes(on: boolean): void {
    this.#showBoxes = on;
    if (!on) this.#clearOverlay();
  }

  onFormat(format: Format): void {
    this.#format = format;
    this.#failures = 0;
    this.#openDecoder();
  }

  onSound(sound: SoundFormat): void {
    const { sampleRate, channels } = sound;
    this.#sound = sound;
    this.#soundDecoder?.close();
    this.#soundDecoder = undefined;
    if (canHear(sound)) this.#deps.post({ type: 'sound', view: this.#deps.view, sampleRate, channels });
  }

  /** Sound goes into `port` from now on; null: there is to be none. */
  listen(port: MessagePort | null): void {
    this.#soundPort?.close();
    this.#soundDecoder?.close();
    this.#soundDecoder = undefined;
    this.#soundPort = port ?? undefined;
    if (this.#slot !== undefined) this.#deps.send({ type: 'listen', slot: this.#slot, on: port !== null });
  }

  onGap(): void {
    this.#needsKeyframe = true;
  }

  onBoxes(at: number, objects: readonly BoxMessage[]): void {
    this.#boxes.add(at, objects);
  }

  /** `frame` is the whole binary message, `data` what follows its header. Hot: once a sample. */
  onSample(header: SampleHeader, data: Uint8Array, frameBytes: number): void {
    if (header.kind === 'audio') this.#hear(header, data, frameBytes);
    else if (!this.#feed(header, data, frameBytes)) this.#credit.drop(frameBytes);
    this.#payBack();
  }

  /** After this the view is of no more use. */
  dispose(): void {
    this.#closeDecoder();
    this.#soundDecoder?.close();
    this.#soundPort?.close();
    if (this.#slot !== undefined) this.#deps.send({ type: 'unsubscribe', slot: this.#slot });
    this.#slot = undefined;
  }

  #hear(header: SampleHeader, data: Uint8Array, frameBytes: number): void {
    this.#credit.drop(frameBytes);
    if (this.#sound === undefined || this.#soundPort === undefined) return;
    this.#soundDecoder ??= new SoundDecoder(this.#sound, this.#soundPort);
    this.#soundDecoder.frame(header, data);
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
      this.#draw(frame, at, now);
    } finally {
      frame.close();
      this.#payBack();
    }
  }

  #draw(frame: VideoFrame, at: number, now: number): void {
    const canvas = this.#deps.picture;
    const size = canvasSize({ width: frame.displayWidth, height: frame.displayHeight }, this.#area);
    if (canvas.width !== size.width || canvas.height !== size.height) {
      canvas.width = size.width;
      canvas.height = size.height;
    }
    this.#context.drawImage(frame, 0, 0, size.width, size.height);
    this.#drawOverlay(frame, at);
    if (now - this.#reportedAtMs < reportEveryMs) return;
    this.#reportedAtMs = now;
    const { displayWidth: width, displayHeight: height } = frame;
    this.#deps.post({ type: 'picture', view: this.#deps.view, at, width, height });
    this.#reportSeen(at);
  }

  #reportSeen(at: number): void {
    const counts = countByClass(this.#boxes.at(at));
    const seen = JSON.stringify(counts);
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#deps.post({ type: 'seen', view: this.#deps.view, counts });
  }

  #drawOverlay(frame: VideoFrame, at: number): void {
    const objects = this.#showBoxes ? this.#boxes.at(at) : [];
    if (objects.length === 0) {
      this.#clearOverlay();
      return;
    }
    const { width, height, pixelRatio } = this.#area;
    drawBoxes(this.#overlay, objects, contain(frame.displayWidth, frame.displayHeight, width, height), pixelRatio);
    this.#overlayIsEmpty = false;
  }

  #clearOverlay(): void {
    if (this.#overlayIsEmpty) return;
    this.#overlay.clearRect(0, 0, this.#deps.overlay.width, this.#deps.overlay.height);
    this.#overlayIsEmpty = true;
  }

  #payBack(): void {
    const bytes = this.#credit.take();
    if (bytes > 0 && this.#slot !== undefined) this.#deps.send({ type: 'credit', slot: this.#slot, bytes });
  }
}

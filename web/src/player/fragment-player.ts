/**
 * Plays fragments of MP4 at the live edge by Media Source Extensions and puts each picture on a canvas, on the page's
 * thread: for browsers without WebCodecs. Such a player keeps a buffer, so the picture is some tenths of a second older.
 */
import type { SourceShape } from './worker-protocol.ts';

/** So far behind the newest picture is where it wants to be, in s. */
const targetSeconds = 0.15;
/** Behind by more than this it plays a little faster, */
const fasterFromSeconds = 0.35;
const faster = 1.15;
/** and by more than this it jumps. */
const jumpFromSeconds = 1;
/** What was shown is kept for this long at least, in s; removed in lumps. */
const keptSeconds = 4;
const removeFromSeconds = 12;
/** A player that takes nothing any more: more fragments than this mean that it is to begin anew. */
const maxWaiting = 200;
const reopenEveryMs = 2000;

export interface FragmentPlayerDeps {
  readonly canvas: HTMLCanvasElement;
  readonly consumed: () => void;
  /** Presentation time of the picture on the canvas in µs, and its size. */
  readonly shown: (ptsUs: number, width: number, height: number) => void;
  readonly unsupported: (codec: string) => void;
}

export class FragmentPlayer {
  readonly #deps: FragmentPlayerDeps;
  readonly #context: CanvasRenderingContext2D;
  readonly #video = document.createElement('video');
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #buffer: SourceBuffer | undefined;
  #shape: SourceShape | undefined;
  #openedAtMs = 0;
  #url: string | undefined;
  #isClosed = false;

  constructor(deps: FragmentPlayerDeps) {
    this.#deps = deps;
    this.#context = deps.canvas.getContext('2d', { alpha: false })!;
    this.#video.muted = true;
    this.#video.playsInline = true;
    this.#video.disableRemotePlayback = true;
    this.#video.requestVideoFrameCallback((_now, frame) => this.#onFrame(frame));
  }

  /** Begins anew, with another format or after a reconnect. */
  open(shape: SourceShape): void {
    const { codec, init } = shape;
    this.#release();
    this.#shape = shape;
    this.#openedAtMs = performance.now();
    const type = `video/mp4; codecs="${codec}"`;
    if (typeof MediaSource === 'undefined' || !MediaSource.isTypeSupported(type)) {
      this.#deps.unsupported(codec);
      return;
    }
    const source = new MediaSource();
    this.#url = URL.createObjectURL(source);
    const url = this.#url;
    this.#waiting = [init.slice()];
    this.#video.src = url;
    source.addEventListener('sourceopen', () => {
      if (this.#url !== url) return;
      const buffer = source.addSourceBuffer(type);
      this.#buffer = buffer;
      buffer.addEventListener('updateend', () => this.#pump(buffer));
      this.#pump(buffer);
    });
    void this.#video.play().catch(() => undefined);
  }

  append(data: Uint8Array<ArrayBuffer>): void {
    if (this.#waiting.length >= maxWaiting) this.#reopen();
    this.#waiting.push(data);
    if (this.#buffer !== undefined) this.#pump(this.#buffer);
  }

  close(): void {
    this.#isClosed = true;
    this.#release();
  }

  /** A player that has failed or takes nothing: what comes next plays from its next keyframe on. */
  #reopen(): void {
    const lost = this.#waiting.length;
    const shape = this.#shape;
    if (shape === undefined || performance.now() - this.#openedAtMs < reopenEveryMs) this.#waiting = [];
    else this.open(shape);
    for (let i = 0; i < lost; i++) this.#deps.consumed();
  }

  #release(): void {
    this.#buffer = undefined;
    this.#waiting = [];
    if (this.#url === undefined) return;
    URL.revokeObjectURL(this.#url);
    this.#url = undefined;
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  #pump(buffer: SourceBuffer): void {
    if (buffer !== this.#buffer || buffer.updating) return;
    this.#keepUp();
    const { buffered } = buffer;
    const oldest = buffered.length === 0 ? 0 : buffered.start(0);
    const { currentTime } = this.#video;
    if (currentTime - oldest > removeFromSeconds) {
      buffer.remove(oldest, currentTime - keptSeconds);
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) return;
    try {
      buffer.appendBuffer(next);
    } catch {
      this.#reopen();
    }
    this.#deps.consumed();
  }

  #keepUp(): void {
    const { buffered } = this.#video;
    if (buffered.length === 0) return;
    const end = buffered.end(buffered.length - 1);
    const behind = end - this.#video.currentTime;
    if (behind > jumpFromSeconds) this.#video.currentTime = Math.max(0, end - targetSeconds);
    this.#video.playbackRate = behind > fasterFromSeconds ? faster : 1;
    if (this.#video.paused) void this.#video.play().catch(() => undefined);
  }

  #onFrame({ mediaTime, width, height }: VideoFrameCallbackMetadata): void {
    if (this.#isClosed) return;
    const { canvas } = this.#deps;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    this.#context.drawImage(this.#video, 0, 0, width, height);
    this.#deps.shown(Math.round(mediaTime * 1_000_000), width, height);
    this.#video.requestVideoFrameCallback((_now, frame) => this.#onFrame(frame));
  }
}

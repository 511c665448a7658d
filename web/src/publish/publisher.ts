/**
 * This device as a camera: its pictures, encoded as H.264 by the browser, over one WebSocket into the system. A network
 * that is too slow gets fewer bits and then fewer pictures; one that goes away is tried again until somebody stops it.
 */
import type { ReadonlySignal } from '@preact/signals';
import { signal } from '@preact/signals';
import { liveSubprotocol, sampleHeaderBytes, writeSampleHeader } from '../../../src/wire/live.ts';
import type { PublishAnswer } from '../../../src/wire/publish.ts';
import { refusedCode, takenCode } from '../../../src/wire/publish.ts';
import { retryDelayMs } from '../api/retry.ts';
import { Bitrate } from './bitrate.ts';
import type { SoundPacket } from './sound-encoder.ts';
import { encodeSound, soundChannels } from './sound-encoder.ts';

export type PublishState =
  | { readonly kind: 'off' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'choose'; readonly cameras: readonly { readonly id: string; readonly name: string }[] }
  | { readonly kind: 'live'; readonly camera: string; readonly name: string }
  /** It will be tried again by itself. */
  | { readonly kind: 'lost' }
  /** It won't: `code` says why. */
  | { readonly kind: 'ended'; readonly code: string; readonly detail: string };

const keyframeEveryUs = 2_000_000;
const adaptEveryMs = 1000;
/** RFC 6455 §7.4.2, as the server closes a socket whose session or token ended. */
const sessionEndedCode = 4401;

/** Baseline, main and high, the best first; level 3.1 is 1280 × 720 at 30. */
const codecs = ['avc1.64001f', 'avc1.4d001f', 'avc1.42001f'];

export class Publisher {
  readonly #state = signal<PublishState>({ kind: 'off' });
  readonly state: ReadonlySignal<PublishState> = this.#state;
  readonly #url: string;
  readonly #video: HTMLVideoElement;
  readonly #bitrate = new Bitrate();
  #camera: string | undefined;
  #names = new Map<string, string>();
  #socket: WebSocket | undefined;
  /** The connection whose server knows what is sent. */
  #begunOn: WebSocket | undefined;
  #encoder: VideoEncoder | undefined;
  #config: VideoEncoderConfig | undefined;
  #keyframeAtUs = Number.NEGATIVE_INFINITY;
  #lastUs = Number.NEGATIVE_INFINITY;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #adapting: ReturnType<typeof setInterval> | undefined;
  /** Of the microphone, where sound is sent. */
  #sound: { readonly stop: AbortController; readonly channels: 1 | 2 } | undefined;
  #failure: { readonly code: string; readonly detail: string } | undefined;

  /** `video` shows what the device's camera sees; it is read from there. */
  constructor(url: string, video: HTMLVideoElement) {
    this.#url = url;
    this.#video = video;
    video.requestVideoFrameCallback((now) => this.#onFrame(now));
  }

  /** @param camera which to be; undefined: the only one, or a choice */
  start(camera?: string): void {
    this.#camera = camera;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#connect();
  }

  /** Sends the microphone's sound too, from the next connection on. */
  listen(track: MediaStreamTrack): void {
    this.#sound?.stop.abort();
    const stop = new AbortController();
    this.#sound = { stop, channels: soundChannels };
    encodeSound(track, (packet) => this.#sendSound(packet), stop.signal).catch(() => {});
  }

  stop(): void {
    this.#sound?.stop.abort();
    this.#sound = undefined;
    this.#end({ kind: 'off' });
  }

  #connect(): void {
    this.#state.value = { kind: 'connecting' };
    const socket = new WebSocket(this.#url, liveSubprotocol);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#failure = undefined;
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (socket === this.#socket && typeof data === 'string') this.#onAnswer(JSON.parse(data) as PublishAnswer);
    };
    socket.onclose = ({ code }) => {
      if (socket !== this.#socket) return;
      const why = this.#failure;
      if (code === takenCode || code === refusedCode || code === sessionEndedCode) {
        this.#end({ kind: 'ended', code: why?.code ?? String(code), detail: why?.detail ?? '' });
        return;
      }
      this.#closeEncoder();
      this.#socket = undefined;
      this.#state.value = { kind: 'lost' };
      this.#timer = setTimeout(() => this.#connect(), retryDelayMs(this.#attempt++));
    };
  }

  #onAnswer(answer: PublishAnswer): void {
    switch (answer.type) {
      case 'cameras': {
        this.#names = new Map(answer.cameras.map(({ id, name }) => [id, name]));
        const only = answer.cameras.length === 1 ? answer.cameras[0]!.id : undefined;
        this.#camera ??= only;
        if (this.#camera === undefined) this.#state.value = { kind: 'choose', cameras: answer.cameras };
        else void this.#openEncoder();
        break;
      }
      case 'publishing':
        this.#attempt = 0;
        this.#state.value = {
          kind: 'live',
          camera: answer.camera,
          name: this.#names.get(answer.camera) ?? answer.camera,
        };
        break;
      case 'error':
        this.#failure = answer;
        break;
      default:
        answer satisfies never;
    }
  }

  async #openEncoder(): Promise<void> {
    const { videoWidth, videoHeight } = this.#video;
    const config = await tryConfig(videoWidth, videoHeight, this.#bitrate.bitsPerSecond);
    const socket = this.#socket;
    if (config === undefined) {
      this.#end({ kind: 'ended', code: 'unsupported', detail: '' });
      return;
    }
    if (socket === undefined) return;
    const encoder = new VideoEncoder({
      output: (chunk, metadata) => {
        if (encoder !== this.#encoder || socket !== this.#socket) return;
        const description = metadata?.decoderConfig?.description;
        if (description !== undefined) this.#begin(socket, description);
        this.#send(socket, chunk);
      },
      error: () => socket.close(),
    });
    encoder.configure(config);
    this.#encoder = encoder;
    this.#config = config;
    this.#keyframeAtUs = Number.NEGATIVE_INFINITY;
    this.#adapting = setInterval(() => this.#adapt(), adaptEveryMs);
  }

  #begin(socket: WebSocket, description: AllowSharedBufferSource): void {
    const view = ArrayBuffer.isView(description)
      ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
      : new Uint8Array(description);
    const text = btoa(String.fromCharCode(...view));
    const sound = this.#sound === undefined ? {} : { sound: { channels: this.#sound.channels } };
    socket.send(JSON.stringify({ type: 'begin', camera: this.#camera, description: text, ...sound }));
    this.#begunOn = socket;
  }

  #sendSound({ chunk, ptsUs }: SoundPacket): void {
    const socket = this.#socket;
    // Nothing before the format of the picture was told, and no sound that would only wait.
    if (socket === undefined || socket !== this.#begunOn || socket.readyState !== WebSocket.OPEN) return;
    if (this.#bitrate.isStuck(socket.bufferedAmount)) return;
    const frame = new Uint8Array(sampleHeaderBytes + chunk.byteLength);
    writeSampleHeader(new DataView(frame.buffer), 0, {
      ...{ kind: 'audio', slot: 0, keyframe: true, damaged: false, discontinuity: false, ptsUs, at: Date.now() },
    });
    chunk.copyTo(frame.subarray(sampleHeaderBytes));
    socket.send(frame);
  }

  #send(socket: WebSocket, chunk: EncodedVideoChunk): void {
    const frame = new Uint8Array(sampleHeaderBytes + chunk.byteLength);
    writeSampleHeader(new DataView(frame.buffer), 0, {
      ...{ kind: 'video', slot: 0, keyframe: chunk.type === 'key', damaged: false, discontinuity: false },
      ...{ ptsUs: chunk.timestamp, at: Date.now() },
    });
    chunk.copyTo(frame.subarray(sampleHeaderBytes));
    socket.send(frame);
  }

  #onFrame(now: DOMHighResTimeStamp): void {
    this.#video.requestVideoFrameCallback((next) => this.#onFrame(next));
    const encoder = this.#encoder;
    if (encoder?.state !== 'configured' || this.#socket?.readyState !== WebSocket.OPEN) return;
    const timestamp = Math.round(now * 1000);
    if (timestamp <= this.#lastUs) return;
    // A picture that would only wait isn't encoded: those before it are to arrive first.
    if (encoder.encodeQueueSize > 2 || this.#bitrate.isStuck(this.#socket.bufferedAmount)) return;
    this.#lastUs = timestamp;
    const keyFrame = timestamp - this.#keyframeAtUs >= keyframeEveryUs;
    if (keyFrame) this.#keyframeAtUs = timestamp;
    const frame = new VideoFrame(this.#video, { timestamp });
    encoder.encode(frame, { keyFrame });
    frame.close();
  }

  #adapt(): void {
    const { bufferedAmount = 0 } = this.#socket ?? {};
    if (!this.#bitrate.look(bufferedAmount) || this.#encoder?.state !== 'configured') return;
    this.#config = { ...this.#config!, bitrate: this.#bitrate.bitsPerSecond };
    this.#encoder.configure(this.#config);
  }

  #closeEncoder(): void {
    clearInterval(this.#adapting);
    if (this.#encoder !== undefined && this.#encoder.state !== 'closed') this.#encoder.close();
    this.#encoder = undefined;
  }

  #end(state: PublishState): void {
    clearTimeout(this.#timer);
    this.#closeEncoder();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    this.#state.value = state;
  }
}

async function tryConfig(width: number, height: number, bitrate: number): Promise<VideoEncoderConfig | undefined> {
  if (typeof VideoEncoder === 'undefined') return undefined;
  for (const codec of codecs) {
    const config: VideoEncoderConfig = {
      ...{ codec, bitrate, width: width & ~1, height: height & ~1, framerate: 15 },
      ...{ latencyMode: 'realtime', avc: { format: 'avc' } },
    };
    const { supported } = await VideoEncoder.isConfigSupported(config).catch(() => ({ supported: false }));
    if (supported === true) return config;
  }
  return undefined;
}

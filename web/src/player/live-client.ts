/**
 * The page's side of live view: starts the worker, lends it canvases, and turns what it reports into signals. One for
 * each session; `dispose` ends the worker and with it the socket and every decoder.
 */
import type { ReadonlySignal, Signal } from '@preact/signals';
import { signal } from '@preact/signals';
import { FragmentPlayer } from './fragment-player.ts';
import type { SoundShape } from './sound-output.ts';
import { openSoundOutput } from './sound-output.ts';
import type { Connection, Forwarded, PageMessage, WorkerMessage } from './worker-protocol.ts';

export interface Picture {
  /** When it was captured, UTC ms by the server's clock. */
  readonly at: number;
  /** When we drew it, by the browser's clock. */
  readonly drawnAt: number;
  readonly width: number;
  readonly height: number;
}

export interface LiveView {
  readonly picture: ReadonlySignal<Picture | null>;
  readonly seen: ReadonlySignal<readonly (readonly [string, number])[]>;
  /** The codec that this browser can't play, or null. */
  readonly unsupported: ReadonlySignal<string | null>;
  /** What the camera's sound is like; null where it has none that this browser can play. */
  readonly sound: ReadonlySignal<SoundShape | null>;
  readonly listening: ReadonlySignal<boolean>;
  /** Out of a click. One camera is heard at a time: another one falls silent. */
  listen(on: boolean): void;
  watch(on: boolean): void;
  choose(stream: 'main' | 'sub'): void;
  resize(width: number, height: number, pixelRatio: number): void;
  dispose(): void;
}

interface ViewSignals {
  readonly picture: Signal<Picture | null>;
  readonly seen: Signal<readonly (readonly [string, number])[]>;
  readonly unsupported: Signal<string | null>;
  readonly sound: Signal<SoundShape | null>;
  readonly listening: Signal<boolean>;
}

export interface LiveClientDeps {
  readonly startWorker: () => Worker;
  readonly url: string;
  /** Of the audio worklet. */
  readonly soundUrl: string;
  /** Pictures by Media Source Extensions, where there are no WebCodecs. */
  readonly fragments: boolean;
  readonly onMessage: (message: Forwarded) => void;
}

export class LiveClient {
  readonly #connection = signal<Connection>({ kind: 'connecting' });
  readonly connection: ReadonlySignal<Connection> = this.#connection;
  readonly #worker: Worker;
  readonly #views = new Map<number, ViewSignals>();
  readonly #stop = new AbortController();
  readonly #onMessage: (message: Forwarded) => void;
  readonly #soundUrl: string;
  readonly #fragments: boolean;
  readonly #players = new Map<number, FragmentPlayer>();
  #heard: { readonly view: number; readonly close: () => void } | undefined;
  #nextView = 1;

  constructor(deps: LiveClientDeps) {
    this.#onMessage = deps.onMessage;
    this.#soundUrl = deps.soundUrl;
    this.#fragments = deps.fragments;
    this.#worker = deps.startWorker();
    this.#worker.onmessage = (event: MessageEvent<WorkerMessage>) => this.#receive(event.data);
    this.#post({ type: 'open', url: deps.url, ...(deps.fragments ? { transcode: !fragmentsOfH265() } : {}) });
    const { signal: stopped } = this.#stop;
    const tellHidden = (): void => this.#post({ type: 'hidden', hidden: document.visibilityState === 'hidden' });
    document.addEventListener('visibilitychange', tellHidden, { signal: stopped });
    window.addEventListener('online', () => this.retry(), { signal: stopped });
    tellHidden();
  }

  retry(): void {
    this.#post({ type: 'retry' });
  }

  showBoxes(on: boolean): void {
    this.#post({ type: 'boxes', on });
  }

  /** Takes both canvases for good: a canvas can be lent once. */
  attach(camera: string, picture: HTMLCanvasElement, overlay: HTMLCanvasElement): LiveView {
    const view = this.#nextView++;
    const signals: ViewSignals = {
      picture: signal(null),
      seen: signal([]),
      unsupported: signal(null),
      sound: signal(null),
      listening: signal(false),
    };
    this.#views.set(view, signals);
    const lent = overlay.transferControlToOffscreen();
    if (this.#fragments) {
      this.#players.set(view, this.#player(view, picture, signals));
      this.#post({ type: 'attach', view, camera, picture: null, overlay: lent }, [lent]);
    } else {
      const shown = picture.transferControlToOffscreen();
      this.#post({ type: 'attach', view, camera, picture: shown, overlay: lent }, [shown, lent]);
    }
    return {
      ...signals,
      listen: (on) => this.#listen(view, on),
      watch: (on) => this.#post({ type: 'watch', view, on }),
      choose: (stream) => this.#post({ type: 'stream', view, stream }),
      resize: (width, height, pixelRatio) => this.#post({ type: 'size', view, width, height, pixelRatio }),
      dispose: () => {
        this.#listen(view, false);
        this.#views.delete(view);
        this.#players.get(view)?.close();
        this.#players.delete(view);
        this.#post({ type: 'detach', view });
      },
    };
  }

  dispose(): void {
    this.#stop.abort();
    this.#heard?.close();
    for (const player of this.#players.values()) player.close();
    this.#worker.terminate();
    this.#views.clear();
  }

  #player(view: number, canvas: HTMLCanvasElement, { unsupported }: ViewSignals): FragmentPlayer {
    return new FragmentPlayer({
      canvas,
      consumed: () => this.#post({ type: 'consumed', view }),
      shown: (ptsUs, width, height) => this.#post({ type: 'shown', view, ptsUs, width, height }),
      unsupported: (codec) => {
        unsupported.value = codec;
      },
    });
  }

  #listen(view: number, on: boolean): void {
    if (this.#heard !== undefined && (on || this.#heard.view === view)) {
      const { view: heard, close } = this.#heard;
      this.#heard = undefined;
      close();
      this.#post({ type: 'listen', view: heard, port: null });
      const signals = this.#views.get(heard);
      if (signals !== undefined) signals.listening.value = false;
    }
    const signals = this.#views.get(view);
    const shape = signals?.sound.peek() ?? null;
    if (!on || signals === undefined || shape === null) return;
    const { port, close } = openSoundOutput(this.#soundUrl, shape);
    this.#heard = { view, close };
    signals.listening.value = true;
    this.#post({ type: 'listen', view, port }, [port]);
  }

  #post(message: PageMessage, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: WorkerMessage): void {
    switch (message.type) {
      case 'connection':
        this.#connection.value = message.connection;
        break;
      case 'server':
        this.#onMessage(message.message);
        break;
      case 'picture': {
        const { at, width, height } = message;
        const signals = this.#views.get(message.view);
        if (signals !== undefined) {
          signals.picture.value = { at, drawnAt: Date.now(), width, height };
          signals.unsupported.value = null;
        }
        break;
      }
      case 'seen': {
        const signals = this.#views.get(message.view);
        if (signals !== undefined) signals.seen.value = message.counts;
        break;
      }
      case 'fragments':
        this.#players.get(message.view)?.open(message);
        break;
      case 'fragment':
        this.#players.get(message.view)?.append(message.data);
        break;
      case 'sound': {
        const signals = this.#views.get(message.view);
        if (signals === undefined) break;
        const { sampleRate, channels } = message;
        const before = signals.sound.peek();
        if (before?.sampleRate === sampleRate && before.channels === channels) break;
        signals.sound.value = { sampleRate, channels };
        // Another rate needs another loudspeaker.
        if (signals.listening.peek()) this.#listen(message.view, true);
        break;
      }
      case 'unsupported': {
        const signals = this.#views.get(message.view);
        if (signals !== undefined) signals.unsupported.value = message.codec;
        break;
      }
      default:
        message satisfies never;
    }
  }
}

function fragmentsOfH265(): boolean {
  return typeof MediaSource !== 'undefined' && MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L93.B0"');
}

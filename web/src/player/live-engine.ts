/**
 * The worker's inside: joins the socket and the views. Which view is subscribed follows from three things (the socket
 * is open, the tab shows, the view can be seen) and is settled in one place.
 */
import type { ClientMessage, ServerMessage } from '../../../src/wire/live.ts';
import { maxSlots, readSampleHeader } from '../../../src/wire/live.ts';
import { CameraView } from './camera-view.ts';
import { FragmentView } from './fragment-view.ts';
import { LiveSocket } from './live-socket.ts';
import { parseServerMessage } from './server-message.ts';
import type { View } from './view.ts';
import type { Connection, PageMessage, WorkerMessage } from './worker-protocol.ts';

const quietLimitMs = 15_000;
const quietCheckMs = 5_000;

export type PostMessage = (message: WorkerMessage, transfer?: Transferable[]) => void;

export class LiveEngine {
  readonly #post: PostMessage;
  readonly #views = new Map<number, View>();
  readonly #bySlot = new Map<number, View>();
  readonly #liveCameras = new Set<string>();
  #socket: LiveSocket | undefined;
  #hidden = false;
  #boxes = true;
  #nextSlot = 0;
  #heardAtMs = 0;
  #transcode = false;

  constructor(post: PostMessage) {
    this.#post = post;
  }

  onPageMessage(message: PageMessage): void {
    switch (message.type) {
      case 'open':
        void this.#open(message.url, message.transcode);
        break;
      case 'attach':
        this.#attach(message);
        break;
      case 'detach':
        this.#detach(message.view);
        break;
      case 'watch': {
        const view = this.#views.get(message.view);
        if (view !== undefined) view.watched = message.on;
        break;
      }
      case 'stream':
        this.#choose(message.view, message.stream);
        break;
      case 'size':
        this.#views.get(message.view)?.overlay.resize(message.width, message.height, message.pixelRatio);
        break;
      case 'hidden':
        this.#hidden = message.hidden;
        if (!message.hidden) this.#socket?.retry();
        break;
      case 'boxes':
        this.#boxes = message.on;
        for (const view of this.#views.values()) view.overlay.show(message.on);
        break;
      case 'listen':
        this.#views.get(message.view)?.sound.listen(message.port);
        break;
      case 'consumed':
      case 'shown':
        this.#onPlayer(message);
        return;
      case 'retry':
        this.#socket?.retry();
        break;
      default:
        message satisfies never;
    }
    this.#settle();
  }

  async #open(url: string, transcode: boolean | undefined): Promise<void> {
    this.#transcode = transcode ?? !(await playsH265());
    if (this.#socket !== undefined) return;
    this.#socket = new LiveSocket({
      url,
      onConnection: (connection) => this.#onConnection(connection),
      onText: (text) => this.#onText(text),
      onBinary: (data) => this.#onBinary(data),
    });
    // A network that vanished closes nothing. Silence of a camera that is live tells.
    setInterval(() => this.#checkQuiet(), quietCheckMs);
    this.#settle();
  }

  #attach(message: Extract<PageMessage, { type: 'attach' }>): void {
    const { picture, view: id, camera, overlay } = message;
    const deps = {
      ...{ view: id, camera, overlay },
      transcode: () => this.#transcode,
      send: (request: ClientMessage) => this.#socket?.send(request),
      post: this.#post,
    };
    const view = picture === null ? new FragmentView(deps) : new CameraView({ ...deps, picture });
    view.overlay.show(this.#boxes);
    this.#views.set(id, view);
  }

  #onPlayer(message: Extract<PageMessage, { type: 'consumed' | 'shown' }>): void {
    const view = this.#views.get(message.view);
    if (!(view instanceof FragmentView)) return;
    if (message.type === 'consumed') view.consumed();
    else view.shown(message.ptsUs, message.width, message.height);
  }

  /** The picture of the one stays until the other's first. */
  #choose(id: number, stream: 'main' | 'sub'): void {
    const view = this.#views.get(id);
    if (view === undefined || view.stream === stream) return;
    view.stream = stream;
    if (view.slot !== undefined) this.#release(view, view.slot);
  }

  #release(view: View, slot: number): void {
    this.#socket?.send({ type: 'unsubscribe', slot });
    this.#bySlot.delete(slot);
    view.subscribe(undefined);
  }

  #detach(id: number): void {
    const view = this.#views.get(id);
    if (view === undefined) return;
    if (view.slot !== undefined) this.#bySlot.delete(view.slot);
    view.dispose();
    this.#views.delete(id);
  }

  #settle(): void {
    const open = this.#socket?.isOpen === true && !this.#hidden;
    for (const view of this.#views.values()) {
      const wanted = open && view.watched;
      if (wanted && view.slot === undefined) {
        const slot = this.#freeSlot();
        if (slot === undefined) continue;
        this.#bySlot.set(slot, view);
        view.subscribe(slot);
      } else if (!wanted && view.slot !== undefined) {
        this.#release(view, view.slot);
      }
    }
  }

  /** Numbers go round, so that what is still under way for a slot just given up finds nobody. */
  #freeSlot(): number | undefined {
    if (this.#bySlot.size >= maxSlots) return undefined;
    while (this.#bySlot.has(this.#nextSlot)) this.#nextSlot = (this.#nextSlot + 1) % 256;
    const slot = this.#nextSlot;
    this.#nextSlot = (slot + 1) % 256;
    return slot;
  }

  #onConnection(connection: Connection): void {
    this.#heardAtMs = performance.now();
    if (connection.kind !== 'open') {
      this.#bySlot.clear();
      this.#liveCameras.clear();
      for (const view of this.#views.values()) if (view.slot !== undefined) view.subscribe(undefined);
    }
    this.#post({ type: 'connection', connection });
    this.#settle();
  }

  #onText(text: string): void {
    this.#heardAtMs = performance.now();
    const message = parseServerMessage(text);
    if (message === undefined) return;
    if (message.type === 'state') {
      if (message.state.kind === 'live') this.#liveCameras.add(message.camera);
      else this.#liveCameras.delete(message.camera);
    }
    this.#dispatch(message);
  }

  #dispatch(message: ServerMessage): void {
    switch (message.type) {
      case 'format':
        this.#bySlot.get(message.slot)?.onFormat(message);
        break;
      case 'sound':
        this.#bySlot.get(message.slot)?.sound.onFormat(message);
        break;
      case 'gap':
        this.#bySlot.get(message.slot)?.onGap();
        break;
      case 'boxes':
        this.#bySlot.get(message.slot)?.overlay.add(message.at, message.objects);
        break;
      case 'error': {
        if (message.code === 'live/too-many-conversions') {
          for (const [view, { slot }] of this.#views)
            if (slot !== undefined && slot === message.slot) this.#post({ type: 'unsupported', view, codec: '' });
        }
        this.#post({ type: 'server', message });
        break;
      }
      case 'state':
      case 'event':
      case 'recording':
        this.#post({ type: 'server', message });
        break;
      default:
        message satisfies never;
    }
  }

  #onBinary(data: ArrayBuffer): void {
    this.#heardAtMs = performance.now();
    const header = readSampleHeader(new DataView(data));
    if (header === undefined) return;
    this.#bySlot.get(header.slot)?.onSample(header, data);
  }

  #checkQuiet(): void {
    if (this.#socket?.isOpen !== true || performance.now() - this.#heardAtMs < quietLimitMs) return;
    const expects = [...this.#bySlot.values()].some((view) => this.#liveCameras.has(view.camera));
    if (expects) this.#socket.reconnect();
  }
}

/** Main profile, level 3.1: what cameras send, and the least of it. */
async function playsH265(): Promise<boolean> {
  if (typeof VideoDecoder === 'undefined') return false;
  try {
    return (await VideoDecoder.isConfigSupported({ codec: 'hvc1.1.6.L93.B0' })).supported === true;
  } catch {
    return false;
  }
}

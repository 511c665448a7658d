/**
 * Live view over WebSockets: each viewer subscribes cameras into slots of its one socket and gets samples, boxes and the
 * states of all cameras it may see. Which those are is asked anew for every subscription and every message, by the function that
 * decides for all routes.
 */
import type { CameraId } from '../base/ids.ts';
import { isCameraId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Stream } from '../streams/stream.ts';
import type { BoxMessage, ClientMessage, ServerMessage, StreamStateMessage } from '../wire/live.ts';
import { parseClientMessage } from './client-message.ts';
import type { SlotStream } from './viewer-slot.ts';
import { ViewerSlot } from './viewer-slot.ts';

/** A WebSocket, as far as it is needed here. */
export interface LiveSocket {
  send(data: string | Uint8Array, options: { readonly binary: boolean }): void;
  close(code: number, reason: string): void;
  /** Bytes accepted by `send` and not yet taken by the network. */
  readonly bufferedAmount: number;
  /** Text frames come as strings. */
  onMessage(listener: (data: string | Uint8Array) => void): void;
  onClose(listener: () => void): void;
}

export interface LiveHubOptions {
  /** `sub` is the smaller stream, or the main one where the camera has no other. */
  readonly stream: (camera: CameraId, which: 'main' | 'sub') => Stream | undefined;
  /** The same for a browser that has no H.265. */
  readonly converted: (stream: Stream) => SlotStream;
  readonly cameras: () => readonly CameraId[];
  readonly stateOf: (camera: CameraId) => StreamStateMessage | undefined;
  readonly log: Log;
}

export interface Viewer {
  /** May this viewer see the camera, at this moment? */
  readonly maySee: (camera: CameraId) => boolean;
}

/** What the network hasn't taken of one viewer before the viewer is cut off: it isn't slow, it is gone. */
const maxBufferedBytes = 16 * 1024 * 1024;
const maxBadMessages = 10;

type Subscription = Extract<ClientMessage, { readonly type: 'subscribe' }>;

interface Attached {
  readonly viewer: Viewer;
  readonly slots: Map<number, ViewerSlot>;
  /** What the slots were asked for, for a camera that starts anew. */
  readonly wishes: Map<number, Subscription>;
  readonly text: (message: ServerMessage) => void;
  readonly output: ConstructorParameters<typeof ViewerSlot>[2];
}

export class LiveHub {
  readonly #options: LiveHubOptions;
  readonly #attached = new Set<Attached>();

  constructor(options: LiveHubOptions) {
    this.#options = options;
  }

  get viewers(): number {
    return this.#attached.size;
  }

  attach(socket: LiveSocket, viewer: Viewer): void {
    const slots = new Map<number, ViewerSlot>();
    const output = {
      text: (message: ServerMessage) => socket.send(JSON.stringify(message), { binary: false }),
      binary: (frame: Uint8Array) => {
        if (socket.bufferedAmount > maxBufferedBytes) socket.close(1013, 'too slow');
        else socket.send(frame, { binary: true });
      },
    };
    const attached: Attached = { viewer, slots, wishes: new Map(), text: output.text, output };
    this.#attached.add(attached);
    socket.onClose(() => {
      this.#attached.delete(attached);
      for (const slot of slots.values()) slot.close();
      slots.clear();
    });
    for (const camera of this.#options.cameras()) {
      const state = this.#options.stateOf(camera);
      if (state !== undefined && viewer.maySee(camera)) output.text({ type: 'state', camera, state });
    }
    let bad = 0;
    socket.onMessage((data) => {
      const message = typeof data === 'string' ? parseClientMessage(data) : undefined;
      if (message === undefined) {
        output.text({ type: 'error', code: 'live/bad-message', detail: 'this message is not of the protocol' });
        if (++bad > maxBadMessages) socket.close(1008, 'bad messages');
        return;
      }
      switch (message.type) {
        case 'subscribe':
          this.#subscribe(attached, message, output);
          return;
        case 'unsubscribe':
          slots.get(message.slot)?.close();
          slots.delete(message.slot);
          attached.wishes.delete(message.slot);
          return;
        case 'listen':
          slots.get(message.slot)?.listen(message.on);
          return;
        case 'credit':
          slots.get(message.slot)?.credit(message.bytes);
          return;
        default:
          message satisfies never;
      }
    });
  }

  /** A camera was started anew, with another stream: who looked at it looks at that. */
  restarted(camera: CameraId): void {
    for (const attached of this.#attached) {
      for (const wish of [...attached.wishes.values()]) {
        if (wish.camera === camera) this.#subscribe(attached, wish, attached.output);
      }
    }
  }

  /** Boxes of one frame, to everybody who looks at that camera. */
  boxes(camera: CameraId, at: number, objects: readonly BoxMessage[]): void {
    for (const { slots, text } of this.#attached) {
      for (const [number, slot] of slots) {
        if (slot.camera === camera) text({ type: 'boxes', slot: number, at: Math.round(at), objects });
      }
    }
  }

  /** Something about a camera, to everybody who may see it. */
  tell(camera: CameraId, message: ServerMessage): void {
    for (const { viewer, text } of this.#attached) {
      if (viewer.maySee(camera)) text(message);
    }
  }

  #subscribe(attached: Attached, wish: Subscription, output: ConstructorParameters<typeof ViewerSlot>[2]): void {
    const { slot, camera, stream: which = 'main', as } = wish;
    attached.slots.get(slot)?.close();
    attached.slots.delete(slot);
    attached.wishes.delete(slot);
    const stream =
      isCameraId(camera) && attached.viewer.maySee(camera) ? this.#options.stream(camera, which) : undefined;
    if (stream === undefined) {
      output.text({ type: 'error', slot, code: 'camera/unknown', detail: 'there is no such camera' });
      return;
    }
    attached.wishes.set(slot, wish);
    const shown = wish.transcode === true ? this.#playable(stream, which) : stream;
    attached.slots.set(slot, new ViewerSlot(slot, shown, output, as));
  }

  /** For a browser that has no H.265: the camera's smaller stream where that will do, else converted. */
  #playable(stream: Stream, which: 'main' | 'sub'): SlotStream {
    if (which === 'main' && stream.format?.codec === 'h265') {
      const sub = this.#options.stream(stream.id, 'sub');
      if (sub?.format?.codec === 'h264' && sub.state.kind === 'live') return sub;
    }
    return this.#options.converted(stream);
  }
}

/** The one WebSocket of the page, inside the worker: connects, reconnects with backoff, and says how it stands. */
import type { ClientMessage } from '../../../src/wire/live.ts';
import { liveSubprotocol } from '../../../src/wire/live.ts';
import { retryDelayMs } from '../api/retry.ts';
import type { Connection } from './worker-protocol.ts';

const connectTimeoutMs = 10_000;
/** A connection that lasted this long was a good one: the next failure starts from a short wait again. */
const goodAfterMs = 5_000;

export interface LiveSocketDeps {
  readonly url: string;
  readonly onConnection: (connection: Connection) => void;
  readonly onText: (text: string) => void;
  readonly onBinary: (data: ArrayBuffer) => void;
}

export class LiveSocket {
  readonly #deps: LiveSocketDeps;
  #socket: WebSocket | undefined;
  #attempt = 0;
  #openedAtMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(deps: LiveSocketDeps) {
    this.#deps = deps;
    this.#connect();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(message: ClientMessage): void {
    if (this.isOpen) this.#socket!.send(JSON.stringify(message));
  }

  /** Connects now where it waits; leaves a connection that stands. */
  retry(): void {
    if (this.#socket !== undefined) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  /** Gives up a connection that says nothing any more and makes a new one. */
  reconnect(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    socket.close();
    // A dead peer never answers the close: don't wait for the event.
    this.#onClose(socket);
  }

  #connect(): void {
    this.#deps.onConnection({ kind: 'connecting' });
    const socket = new WebSocket(this.#deps.url, liveSubprotocol);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#timer = setTimeout(() => this.reconnect(), connectTimeoutMs);
    socket.onopen = () => {
      if (socket !== this.#socket) return;
      clearTimeout(this.#timer);
      this.#openedAtMs = performance.now();
      this.#deps.onConnection({ kind: 'open' });
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== this.#socket) return;
      if (typeof event.data === 'string') this.#deps.onText(event.data);
      else this.#deps.onBinary(event.data);
    };
    socket.onclose = () => this.#onClose(socket);
  }

  #onClose(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    clearTimeout(this.#timer);
    if (this.#openedAtMs !== 0 && performance.now() - this.#openedAtMs > goodAfterMs) this.#attempt = 0;
    this.#openedAtMs = 0;
    const delay = retryDelayMs(this.#attempt);
    this.#attempt++;
    this.#timer = setTimeout(() => this.#connect(), delay);
    this.#deps.onConnection({ kind: 'closed', retryAt: Date.now() + delay });
  }
}

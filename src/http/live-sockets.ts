/**
 * WebSockets `/api/live` and `/api/publish`: opens for a session of our own page, for a device's cookie, and for a program
 * with a token or a password; hands the socket to its hub, and closes it when the session or the right to it ends. What
 * the frames mean is the hubs' business (`wire/live.ts`, `wire/publish.ts`).
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import type { Secret } from '../base/secret.ts';
import { liveSubprotocol } from '../wire/live.ts';
import { maxPublishedBytes } from '../wire/publish.ts';
import { answerSocket, failed } from './answers.ts';
import { readDeviceCookie, readSessionCookie } from './cookie.ts';
import type { Verdict } from './gate/gate.ts';
import { authenticate, cookieCounts, decided, notFound, parseBearer } from './guard.ts';
import type { LiveSocket, Parts, Principal, RouteAction } from './parts.ts';

export interface LiveSocketsDeps {
  readonly parts: Pick<Parts, 'access' | 'live' | 'publish' | 'audit'>;
  readonly gate: (request: IncomingMessage) => Verdict;
  readonly log: Log;
  /** Silence after which a viewer is asked whether it is still there, and dropped if it doesn't answer as long again. */
  readonly pingMs: number;
}

/** Who may open which, and how large their frames may be, in bytes. */
const doors: Readonly<Record<string, { readonly action: RouteAction; readonly maxPayloadBytes: number }>> = {
  '/api/live': { action: 'live.view', maxPayloadBytes: 64 * 1024 },
  '/api/publish': { action: 'stream.publish', maxPayloadBytes: maxPublishedBytes },
};
const maxSockets = 256;
const maxSocketsPerAccount = 32;
const maxEarlyMessages = 64;
/** A revoked token's sockets end within this. */
const tokenCheckMs = 1000;
/** A viewer who takes pictures is there: their session doesn't fall idle. Said this often at most. */
const touchEveryMs = 15_000;
/** RFC 6455 §7.4.2: private use. */
export const sessionEndedCode = 4401;

interface Admitted {
  readonly principal: Principal;
  /** Looked at again and again while the socket is open: it may be revoked, or its time be over. */
  readonly token: Secret | undefined;
  /** What it was opened for. */
  readonly action: RouteAction;
}

interface Open extends Admitted {
  readonly socket: WebSocket;
  answered: boolean;
}

export class LiveSockets implements AsyncDisposable {
  readonly #deps: LiveSocketsDeps;
  readonly #servers = new Map(
    Object.entries(doors).map(([path, { maxPayloadBytes: maxPayload }]) => [path, webSockets(maxPayload)]),
  );
  readonly #open = new Set<Open>();
  readonly #stopListening: () => void;
  readonly #stopListeningToRevocations: () => void;
  readonly #tokenCheck: NodeJS.Timeout;
  readonly #pinger: NodeJS.Timeout;
  #closing = false;

  constructor(deps: LiveSocketsDeps) {
    this.#deps = deps;
    this.#stopListening = deps.parts.access.onSessionEnded(({ sessionId }) => this.#endSession(sessionId));
    this.#stopListeningToRevocations = deps.parts.access.onRevoked(({ accountId }) => this.#endAccount(accountId));
    this.#tokenCheck = setInterval(() => {
      this.#checkTokens().catch((error: unknown) => deps.log.error(describeError(error), 'token check failed'));
    }, tokenCheckMs).unref();
    this.#pinger = setInterval(() => this.#ping(), deps.pingMs);
    this.#pinger.unref();
  }

  /** The `upgrade` listener of a server. Answers and closes where it isn't allowed. */
  upgrade(request: IncomingMessage, duplex: Duplex, head: Buffer): void {
    const socket = duplex as Socket;
    const drop = () => socket.destroy();
    socket.on('error', drop);
    this.#admit(request).then(
      (admitted) => {
        socket.off('error', drop);
        if (socket.destroyed) return;
        this.#servers
          .get(request.url!)!
          .handleUpgrade(request, socket, head, (opened) => this.#attach(opened, admitted, request.url!));
      },
      (error) => {
        const { status, body, headers } = failed(error, this.#deps.log);
        answerSocket(socket, status, body, headers);
      },
    );
  }

  /** @throws Problem before anything was upgraded. */
  async #admit(request: IncomingMessage): Promise<Admitted> {
    const { access, audit } = this.#deps.parts;
    const verdict = this.#deps.gate(request);
    if (!verdict.ok) {
      const { status, code, detail, address } = verdict.refusal;
      audit.refused({ address, kind: code });
      throw new Problem(code, detail, { status });
    }
    const { visit } = verdict;
    // A cookie counts for our own pages alone; a program, or a page that is allowed, brings credentials of its own.
    const { authorization } = request.headers;
    if (authorization === undefined && !cookieCounts(visit))
      throw new Problem('http/origin', 'live view opens for pages of this server only', { status: 403 });
    const path = request.url ?? '';
    const door = Object.hasOwn(doors, path) ? doors[path] : undefined;
    if (door === undefined || request.method !== 'GET') throw notFound();
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (request.headers.upgrade?.toLowerCase() !== 'websocket' || !protocols.includes(liveSubprotocol))
      throw new Problem('http/bad-request', `live view is a WebSocket of the subprotocol ${liveSubprotocol}`, {
        status: 400,
      });
    // Credentials of its own go before any cookie, and a device's cookie counts for our own pages as a session's does.
    const isDevice = door.action === 'stream.publish' && authorization === undefined;
    const token = isDevice ? readDeviceCookie(request.headers.cookie) : undefined;
    const cookie = readSessionCookie(request.headers.cookie);
    const device = token === undefined ? undefined : await access.tokens.principal(token);
    let principal: Principal;
    try {
      principal = device ?? (await authenticate({ url: path, limit: 'default' }, request, visit, cookie, access));
    } catch (error) {
      if (error instanceof Problem) audit.refused({ address: visit.address, kind: error.code });
      throw error;
    }
    decided(access.authorize(principal, door.action));
    const ofAccount = [...this.#open].filter((one) => one.principal.accountId === principal.accountId).length;
    if (this.#closing || this.#open.size >= maxSockets || ofAccount >= maxSocketsPerAccount)
      throw new Problem('http/too-many-sockets', 'too many live connections are open', {
        status: 429,
        retryAfterSeconds: 10,
      });
    const bearer = principal.via === 'token' ? parseBearer(authorization ?? '') : undefined;
    return { principal, token: device === undefined ? bearer : token, action: door.action };
  }

  #attach(socket: WebSocket, admitted: Admitted, path: string): void {
    const { principal } = admitted;
    const open: Open = { ...admitted, socket, answered: true };
    this.#open.add(open);
    socket.on('pong', () => {
      open.answered = true;
    });
    socket.on('close', () => this.#open.delete(open));
    // A broken, unmasked or huge frame: ws has closed the socket with the code for it.
    socket.on('error', (error) => this.#deps.log.debug({ message: error.message }, 'live socket failed'));
    let touchedMs = performance.now();
    socket.on('message', () => {
      if (principal.sessionId === undefined || performance.now() - touchedMs < touchEveryMs) return;
      touchedMs = performance.now();
      this.#deps.parts.access.touchSession(principal.sessionId);
    });
    const { live, publish } = this.#deps.parts;
    (path === '/api/publish' ? publish : live).attach(adapt(socket), principal);
  }

  #endSession(sessionId: string): void {
    for (const { principal, socket } of this.#open) if (principal.sessionId === sessionId) end(socket);
  }

  /** What came with a password or a token and not by a session. */
  #endAccount(accountId: Principal['accountId']): void {
    for (const { principal, socket } of this.#open)
      if (principal.sessionId === undefined && principal.accountId === accountId) end(socket);
  }

  async #checkTokens(): Promise<void> {
    const { access } = this.#deps.parts;
    for (const { token, action, socket } of [...this.#open]) {
      if (token === undefined) continue;
      const principal = await access.tokens.principal(token);
      if (!access.authorize(principal, action).allowed) end(socket);
    }
  }

  #ping(): void {
    for (const open of this.#open) {
      if (!open.answered) {
        open.socket.terminate();
        continue;
      }
      open.answered = false;
      open.socket.ping();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    clearInterval(this.#pinger);
    this.#stopListening();
    this.#stopListeningToRevocations();
    clearInterval(this.#tokenCheck);
    for (const { socket } of this.#open) socket.close(1001, 'server stops');
  }
}

function end(socket: WebSocket): void {
  socket.close(sessionEndedCode, 'session ended');
  // Nothing more leaves, whether or not the other side takes part in the closing.
  setTimeout(() => socket.terminate(), 500).unref();
}

function webSockets(maxPayload: number): WebSocketServer {
  return new WebSocketServer({
    ...{ noServer: true, perMessageDeflate: false, clientTracking: false, maxPayload },
    handleProtocols: () => liveSubprotocol,
  });
}

function adapt(socket: WebSocket): LiveSocket {
  let early: (string | Uint8Array)[] = [];
  let take: ((data: string | Uint8Array) => void) | undefined;
  socket.on('message', (data: RawData, isBinary: boolean) => {
    const message = isBinary ? (data as Buffer) : (data as Buffer).toString('utf8');
    if (take !== undefined) take(message);
    else if (early.length < maxEarlyMessages) early.push(message);
    else socket.close(1008, 'too many messages');
  });
  return {
    send(data, { binary }) {
      if (socket.readyState === socket.OPEN) socket.send(data, { binary });
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    close(code, reason) {
      socket.close(code, reason);
    },
    onMessage(listener) {
      take = listener;
      const kept = early;
      early = [];
      for (const message of kept) listener(message);
    },
    onClose(listener) {
      if (socket.readyState === socket.CLOSED) listener();
      else socket.once('close', () => listener());
    },
  };
}

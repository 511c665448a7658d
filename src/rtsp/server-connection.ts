/**
 * One connection to the server, from its first byte to its end. Requests are served one after another, and while one is
 * served nothing more is read, so whoever sends thousands at once waits in the kernel's buffers and not in ours.
 *
 * Order of checks: the reader's limits, then who it is (401 for known and unknown paths alike), then what it may.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { ProblemStatus } from '../base/problem.ts';
import { describeError, Problem } from '../base/problem.ts';
import { IdleTimer } from './idle-timer.ts';
import type { HeaderFields, InterleavedFrame, RtspRequest } from './message.ts';
import { MessageFault, writeResponse } from './message.ts';
import { MessageReader } from './message-reader.ts';
import { PlaySession } from './play-session.ts';
import { serverClosed } from './problems.ts';
import { announcedTracks, PublishSession } from './publish-session.ts';
import { requestedPath } from './request-url.ts';
import { ConnectionAuthentication } from './server-authentication.ts';
import type { Play, PlayFeed, Publish, RtspAuthenticate } from './server-hooks.ts';
import type { Reply } from './session-setup.ts';

export interface ServerConnectionLimits {
  /** From the first byte to right credentials. */
  readonly handshakeMs: number;
  /** Between requests of somebody known who publishes and plays nothing yet. */
  readonly idleMs: number;
  /** Between a publisher's packets. */
  readonly silenceMs: number;
  /** A player that reads less than it is sent, for so long. */
  readonly slowMs: number;
  /** What the Session field promises: a player says within it that it lives. `silenceMs` ends a publisher sooner. */
  readonly sessionTimeoutSeconds: number;
  readonly nonceMs: number;
}

export interface ServerConnectionOptions<P> {
  readonly socket: Socket;
  readonly address: string;
  /** TLS or loopback. */
  readonly secure: boolean;
  readonly realm: string;
  readonly authenticate: RtspAuthenticate<P>;
  readonly publish: Publish<P>;
  readonly play: Play<P>;
  readonly limits: ServerConnectionLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** It has shown who it is. */
  readonly onKnown: () => void;
}

const publicMethods = 'OPTIONS, DESCRIBE, ANNOUNCE, SETUP, PLAY, PAUSE, RECORD, TEARDOWN, GET_PARAMETER, SET_PARAMETER';
/** A publisher needs two or three before it is known. */
const mostRequestsUnknown = 16;
const mostFailures = 3;
const lastWordMs = 1000;
const mostUnreadBytes = 64 * 1024;
/** Players that keep a session alive at its very last moment. */
const playGraceMs = 15_000;

export class ServerConnection<P> {
  /** Resolves, once, when the connection is over and its sink has been told. */
  readonly ended: Promise<void>;
  readonly #options: ServerConnectionOptions<P>;
  readonly #reader = new MessageReader();
  readonly #authentication: ConnectionAuthentication<P>;
  readonly #handshake: NodeJS.Timeout;
  readonly #resolveEnded: () => void;
  #idle: IdleTimer | undefined;
  #session: PublishSession | PlaySession | undefined;
  #closeFeed: (() => void) | undefined;
  #describedPath: string | undefined;
  #serving = false;
  #requests = 0;
  #endReason: Problem | undefined;

  constructor(options: ServerConnectionOptions<P>) {
    const { socket, realm, authenticate, address, secure, limits, clock } = options;
    this.#options = options;
    this.#authentication = new ConnectionAuthentication({
      realm,
      authenticate,
      address,
      secure,
      nonceMs: limits.nonceMs,
      clock,
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#handshake = setTimeout(() => this.end(serverClosed('rtsp/silent')), limits.handshakeMs);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.end(serverClosed('rtsp/closed', error)));
    socket.on('end', () => this.end(serverClosed('rtsp/closed')));
    socket.on('close', () => this.end(serverClosed('rtsp/closed')));
  }

  /** Ends at once; answers already written still go out. The first reason counts. */
  end(reason: Problem): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    clearTimeout(this.#handshake);
    this.#idle?.stop();
    const { socket } = this.#options;
    socket.destroySoon();
    // Who doesn't read our last answer doesn't keep the place.
    const cut = setTimeout(() => socket.destroy(), lastWordMs);
    socket.once('close', () => clearTimeout(cut));
    this.#guarded(() => this.#leave(reason));
    this.#resolveEnded();
  }

  #leave(reason: Problem): void {
    const { address, log } = this.#options;
    const session = this.#session;
    if (session?.kind === 'publish') {
      log.info({ address, reason: reason.code, unknownFrames: session.unknownFrames }, 'publisher left');
      session.close(reason);
    } else if (session?.kind === 'play') {
      log.info({ address, reason: reason.code, dropped: session.dropped }, 'player left');
      session.stop();
      this.#closeFeed?.();
    }
  }

  #read(chunk: Buffer): void {
    if (this.#endReason !== undefined) return;
    this.#reader.push(chunk);
    this.#pump();
  }

  #pump(): void {
    const arrivalAt = this.#options.clock.now();
    while (!this.#serving && this.#endReason === undefined) {
      let item: ReturnType<MessageReader['next']>;
      try {
        item = this.#reader.next();
      } catch (error) {
        if (error instanceof MessageFault) this.#malformed(error);
        else this.#failed(error);
        return;
      }
      if (item === undefined) return;
      if (item.kind === 'frame') this.#frame(item, arrivalAt);
      // Answers to nothing: we ask nothing.
      else if (item.kind === 'request') this.#begin(item);
    }
  }

  #frame(frame: InterleavedFrame, arrivalAt: number): void {
    if (!this.#authentication.isKnown) {
      this.end(serverClosed('rtsp/malformed'));
      return;
    }
    const session = this.#session;
    if (session?.kind === 'play') {
      if (session.ownsChannel(frame.channel)) this.#idle?.touch();
      return;
    }
    this.#guarded(() => {
      if (session?.frame(frame.channel, frame.payload, arrivalAt)) this.#idle?.touch();
    });
  }

  #begin(request: RtspRequest): void {
    const { socket } = this.#options;
    this.#serving = true;
    socket.pause();
    void this.#serve(request).then(() => {
      this.#serving = false;
      if (this.#endReason !== undefined) return;
      socket.resume();
      this.#pump();
    });
  }

  /** Never rejects. */
  async #serve(request: RtspRequest): Promise<void> {
    let reply: Reply;
    try {
      reply = await this.#reply(request);
    } catch (error) {
      reply = this.#refusal(error);
    }
    if (this.#endReason !== undefined) return;
    this.#answer(request, reply);
    const session = this.#session;
    const isPlaying = session?.kind === 'play' && session.isPlaying;
    if (request.method === 'TEARDOWN' && reply.status === 200) this.end(serverClosed('rtsp/teardown'));
    else if (this.#authentication.failures >= mostFailures) this.end(serverClosed('rtsp/closed'));
    // What waits for a player is mostly picture, and has a bound of its own.
    else if (!isPlaying && this.#options.socket.writableLength > mostUnreadBytes) this.end(serverClosed('rtsp/slow'));
    else if (session?.kind !== 'publish' || !session.isRecording) this.#idle?.touch();
    if (this.#endReason === undefined) this.#guarded(() => reply.after?.());
  }

  async #reply(request: RtspRequest): Promise<Reply> {
    const { method } = request;
    if (request.version !== '1.0') return { status: 505 };
    if (request.cseq === undefined) return { status: 400 };
    if (!this.#authentication.isKnown && ++this.#requests > mostRequestsUnknown) {
      this.end(serverClosed('rtsp/malformed'));
      return { status: 400 };
    }
    if (method === 'OPTIONS') return { status: 200, fields: [['Public', publicMethods]] };
    const path = requestedPath(request.uri);
    const verdict = await this.#authentication.check(request, path);
    if (this.#endReason !== undefined) return { status: 503 };
    if (verdict.kind === 'refused') return verdict;
    this.#becameKnown();
    switch (method) {
      case 'ANNOUNCE':
        return this.#announce(request, path, verdict.principal);
      case 'DESCRIBE':
        return this.#describe(request, path, verdict.principal);
      case 'SETUP':
      case 'PLAY':
      case 'PAUSE':
      case 'RECORD':
      case 'TEARDOWN':
      case 'GET_PARAMETER':
      case 'SET_PARAMETER':
        return this.#inSession(request, method);
      case 'REDIRECT':
        return { status: 405, fields: [['Allow', publicMethods]] };
      default:
        return { status: 501 };
    }
  }

  #inSession(request: RtspRequest, method: SessionMethod): Reply {
    const session = this.#session;
    if (session === undefined) return { status: method.endsWith('_PARAMETER') ? 200 : 455 };
    if (!session.owns(request)) return { status: 454 };
    switch (method) {
      case 'SETUP':
        return session.setUp(request);
      case 'TEARDOWN':
        return { status: 200 };
      case 'GET_PARAMETER':
      case 'SET_PARAMETER':
        return session.keptAlive();
      case 'RECORD': {
        if (session.kind !== 'publish') return { status: 455 };
        const reply = session.record();
        if (session.isRecording) this.#idle?.restart(this.#options.limits.silenceMs);
        return reply;
      }
      case 'PLAY': {
        if (session.kind !== 'play') return { status: 455 };
        const reply = session.play();
        const { sessionTimeoutSeconds } = this.#options.limits;
        if (reply.status === 200) this.#idle?.restart(sessionTimeoutSeconds * 1000 + playGraceMs);
        return reply;
      }
      case 'PAUSE':
        return session.kind === 'play' ? session.pause() : { status: 455 };
      default:
        return method satisfies never;
    }
  }

  async #describe(request: RtspRequest, path: string | undefined, principal: P): Promise<Reply> {
    const { socket, address, play, limits, clock, log } = this.#options;
    // Asked twice, as some players do, the first description is as good as the second.
    if (this.#session?.kind === 'play' && path === this.#describedPath) return this.#session.description();
    if (this.#session !== undefined) return { status: 455 };
    if (path === undefined) return { status: 404 };
    const feed: PlayFeed = await play({ principal, path, address, kick: (reason) => this.end(reason) });
    if (this.#endReason !== undefined) {
      feed.closed?.();
      return { status: 503 };
    }
    const session = new PlaySession({
      uri: request.uri,
      feed,
      socket,
      timeoutSeconds: limits.sessionTimeoutSeconds,
      slowMs: limits.slowMs,
      clock,
      onEnd: (reason) => this.end(reason === 'slow' ? serverClosed('rtsp/slow') : reason),
    });
    this.#session = session;
    this.#describedPath = path;
    this.#closeFeed = () => feed.closed?.();
    log.info({ address, path }, 'player came');
    return session.description();
  }

  async #announce(request: RtspRequest, path: string | undefined, principal: P): Promise<Reply> {
    const { address, publish, limits, log } = this.#options;
    if (this.#session !== undefined) return { status: 455 };
    if (path === undefined) return { status: 404 };
    const tracks = announcedTracks(request);
    if ('status' in tracks) return tracks;
    const kick = (reason: Problem): void => this.end(reason);
    const sink = await publish({ principal, path, tracks, address, kick });
    const session = new PublishSession(request.uri, tracks, sink, limits.sessionTimeoutSeconds);
    if (this.#endReason !== undefined) {
      session.close(this.#endReason);
      return { status: 503 };
    }
    this.#session = session;
    log.info({ address, path, tracks: tracks.map((track) => track.encoding) }, 'publisher announced');
    return { status: 200 };
  }

  #becameKnown(): void {
    if (this.#idle !== undefined) return;
    clearTimeout(this.#handshake);
    const { limits, clock, onKnown } = this.#options;
    this.#idle = new IdleTimer(clock, limits.idleMs, () => this.end(serverClosed('rtsp/silent')));
    onKnown();
  }

  #answer(request: RtspRequest, reply: Reply): void {
    const fields: HeaderFields = [
      ...(request.cseq === undefined ? [] : [['CSeq', String(request.cseq)] as const]),
      ...(reply.fields ?? []),
    ];
    this.#options.socket.write(writeResponse(reply.status, fields, reply.body));
  }

  #malformed(fault: MessageFault): void {
    const { address, log, socket } = this.#options;
    log.debug({ address, fault: fault.message, offset: fault.offset }, 'bytes refused');
    if (fault.kind !== 'not-rtsp') socket.write(writeResponse(fault.kind === 'too-large' ? 413 : 400, []));
    this.end(serverClosed('rtsp/malformed', fault));
  }

  #refusal(error: unknown): Reply {
    if (!(error instanceof Problem)) {
      this.#options.log.error(describeError(error), 'request failed');
      return { status: 500 };
    }
    this.#options.log.debug(describeError(error), 'request refused');
    const retry = error.retryAfterSeconds;
    const fields: HeaderFields = retry === undefined ? [] : [['Retry-After', String(Math.ceil(retry))]];
    return { status: statuses[error.status] ?? error.status, fields };
  }

  /** The owner's code failed: that ends this connection and nothing else. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#options.log.error(describeError(error), 'connection failed');
    this.end(serverClosed('rtsp/failed', error));
  }
}

type SessionMethod = 'SETUP' | 'PLAY' | 'PAUSE' | 'RECORD' | 'TEARDOWN' | 'GET_PARAMETER' | 'SET_PARAMETER';

/** HTTP statuses that RTSP has no like of. */
const statuses: Partial<Record<ProblemStatus, number>> = { 416: 400, 422: 400, 429: 503 };

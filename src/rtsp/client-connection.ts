/**
 * One connection to a camera: requests with their answers, one at a time, and frames in between. Every answer has a
 * time limit for the whole of it. The first failure ends the connection, is kept, and fails what waits and what comes.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import type { HeaderFields, RtspRequest, RtspResponse } from './message.ts';
import { MessageFault, writeRequest, writeResponse } from './message.ts';
import { MessageReader } from './message-reader.ts';
import { cameraFault, closedByCamera, closedByUs, protocol, unreachable } from './problems.ts';

export interface ClientConnectionOptions {
  readonly socket: Socket;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly log: Log;
  /** @param payload good until the call returns  @param arrivalAt UTC ms */
  readonly onFrame: (channel: number, payload: Uint8Array, arrivalAt: number) => void;
}

interface Waiting {
  readonly cseq: number;
  readonly resolve: (response: RtspResponse) => void;
  readonly reject: (problem: Problem) => void;
}

/** A camera that asks and never reads our answers. */
const mostUnreadBytes = 64 * 1024;
const ourMethods = 'OPTIONS, GET_PARAMETER, SET_PARAMETER';

export class ClientConnection {
  /** Resolves with the reason, once, when the connection is over. */
  readonly ended: Promise<Problem>;
  readonly #options: ClientConnectionOptions;
  readonly #reader = new MessageReader();
  readonly #resolveEnded: (reason: Problem) => void;
  #endReason: Problem | undefined;
  #cseq = 0;
  #waiting: Waiting | undefined;
  #answered = false;
  /** Answers to nothing that we asked; counted for the log. */
  #strayAnswers = 0;

  constructor(options: ClientConnectionOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Problem>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    const { socket } = options;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.end(closedByCamera(error)));
    socket.on('end', () => this.end(closedByCamera()));
    socket.on('close', () => this.end(closedByCamera()));
  }

  get endReason(): Problem | undefined {
    return this.#endReason;
  }

  /**
   * One request and its answer. Not to be called while another one waits.
   * @throws Problem why the connection ended, or `camera/unreachable` when no whole answer came within `limitMs`; the
   *   connection goes on then, and an answer that comes late is dropped
   */
  async request(method: string, uri: string, fields: HeaderFields, limitMs: number): Promise<RtspResponse> {
    if (this.#endReason !== undefined) throw this.#endReason;
    if (this.#waiting !== undefined) throw new Error('a request is under way');
    const cseq = ++this.#cseq;
    this.#write(cseq, method, uri, fields);
    const { promise, resolve, reject } = Promise.withResolvers<RtspResponse>();
    this.#waiting = { cseq, resolve, reject };
    const timer = setTimeout(
      () => reject(unreachable(`the camera did not answer ${method} within ${limitMs / 1000} s`)),
      limitMs,
    );
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }

  /**
   * Sends a last request, without waiting for its answer, and hangs up; cuts the connection when the camera hasn't done so
   * within `limitMs`. Never throws.
   */
  async finish(method: string, uri: string, fields: HeaderFields, limitMs: number): Promise<void> {
    if (this.#endReason !== undefined) return;
    const { socket } = this.#options;
    try {
      this.#write(++this.#cseq, method, uri, fields);
    } catch {
      return this.end(closedByUs());
    }
    const timer = setTimeout(() => this.end(closedByUs()), limitMs);
    socket.end();
    await this.ended;
    clearTimeout(timer);
  }

  /** Sends a frame (RFC 2326 §10.12), or drops it where the camera doesn't read what it is sent. */
  frame(channel: number, payload: Uint8Array): void {
    const { socket } = this.#options;
    if (this.#endReason !== undefined || !socket.writable || socket.writableLength > mostUnreadBytes) return;
    socket.write(Buffer.concat([Buffer.from([0x24, channel, payload.length >> 8, payload.length & 0xff]), payload]));
  }

  /** Ends at once. The first reason counts. */
  end(reason: Problem): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    if (this.#strayAnswers > 0) this.#options.log.debug({ count: this.#strayAnswers }, 'stray answers dropped');
    this.#options.socket.destroy();
    this.#waiting?.reject(reason);
    this.#resolveEnded(reason);
  }

  #write(cseq: number, method: string, uri: string, fields: HeaderFields): void {
    const head: HeaderFields = [['CSeq', String(cseq)], ['User-Agent', this.#options.userAgent], ...fields];
    let bytes: Buffer;
    try {
      bytes = writeRequest(method, uri, head);
    } catch (error) {
      throw protocol('what the camera wants to have sent back has control characters in it', { cause: String(error) });
    }
    this.#options.socket.write(bytes);
  }

  #read(chunk: Buffer): void {
    if (this.#endReason !== undefined) return;
    const arrivalAt = this.#options.clock.now();
    try {
      this.#reader.push(chunk);
      for (let item = this.#reader.next(); item !== undefined; item = this.#reader.next()) {
        if (item.kind === 'frame') this.#options.onFrame(item.channel, item.payload, arrivalAt);
        else if (item.kind === 'response') this.#answer(item);
        else this.#asked(item);
        if (this.#endReason !== undefined) return;
      }
    } catch (error) {
      if (error instanceof MessageFault) {
        this.end(cameraFault(error, this.#answered));
        return;
      }
      // A fault of our own: it ends this attempt and nothing else.
      this.#options.log.error(describeError(error), 'packet handler failed');
      this.end(new Problem('camera/protocol', 'what the camera sent could not be handled', { cause: error }));
    }
  }

  #answer(response: RtspResponse): void {
    // 1xx are on the way to the answer (RFC 2326 §7.1.1).
    if (response.status < 200) return;
    if (response.cseq === undefined || response.cseq !== this.#waiting?.cseq) {
      this.#strayAnswers++;
      return;
    }
    this.#answered = true;
    this.#waiting.resolve(response);
  }

  /** A request of the camera's own. What it asks for is never done, REDIRECT least of all (RFC 2326 §10.10). */
  #asked(request: RtspRequest): void {
    if (request.cseq === undefined) return;
    const { socket } = this.#options;
    if (socket.writableLength > mostUnreadBytes) {
      this.end(closedByCamera());
      return;
    }
    const understood = request.method === 'OPTIONS' || request.method.endsWith('_PARAMETER');
    const fields: HeaderFields = [
      ['CSeq', String(request.cseq)],
      ['Public', ourMethods],
    ];
    socket.write(writeResponse(understood ? 200 : 501, fields));
  }
}

/** One connection to a server under test: sends what it is told, well-formed or not, and reads answers one by one. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ClientCredentials } from '../digest.ts';
import { answerDigest, parseChallenges } from '../digest.ts';
import type { HeaderFields, RtspResponse } from '../message.ts';
import { writeRequest } from '../message.ts';
import { MessageReader } from '../message-reader.ts';

export class RawClient {
  readonly socket: Socket;
  /** Resolves when the connection is over. */
  readonly closed: Promise<unknown>;
  readonly #reader = new MessageReader();
  readonly #answers: RtspResponse[] = [];
  readonly #frames: [channel: number, payload: Buffer][] = [];
  #wake: (() => void) | undefined;
  #cseq = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.#reader.push(chunk);
      for (let item = this.#reader.next(); item !== undefined; item = this.#reader.next()) {
        if (item.kind === 'response') this.#answers.push(item);
        else if (item.kind === 'frame') this.#frames.push([item.channel, Buffer.from(item.payload)]);
      }
      this.#wake?.();
    });
  }

  static async open(port: number, options: { readonly tls?: boolean } = {}): Promise<RawClient> {
    const to = { host: '127.0.0.1', port };
    const socket = options.tls === true ? connectTls({ ...to, rejectUnauthorized: false }) : connect(to);
    const client = new RawClient(socket);
    await once(socket, options.tls === true ? 'secureConnect' : 'connect');
    return client;
  }

  /** The next answer; rejects when the connection ends before. */
  async answer(): Promise<RtspResponse> {
    for (;;) {
      const first = this.#answers.shift();
      if (first !== undefined) return first;
      const over = Symbol('over');
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const result = await Promise.race([woken, this.closed.then(() => over)]);
      if (result === over && this.#answers.length === 0) throw new Error('the connection is over');
    }
  }

  /** All interleaved frames so far, once there are `count` of them. */
  async frames(count: number): Promise<readonly (readonly [channel: number, payload: Buffer])[]> {
    while (this.#frames.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#frames;
  }

  send(method: string, uri: string, fields: HeaderFields = [], body?: string): void {
    const head: HeaderFields = [['CSeq', String(++this.#cseq)], ...fields];
    this.socket.write(writeRequest(method, uri, head, body === undefined ? undefined : Buffer.from(body, 'latin1')));
  }

  async ask(method: string, uri: string, fields: HeaderFields = [], body?: string): Promise<RtspResponse> {
    this.send(method, uri, fields, body);
    return this.answer();
  }

  /** As `ask`, answering one challenge. */
  async askAs(
    credentials: ClientCredentials,
    method: string,
    uri: string,
    fields: HeaderFields = [],
    body?: string,
  ): Promise<RtspResponse> {
    const first = await this.ask(method, uri, fields, body);
    const { digest } = parseChallenges(first.headers.all('www-authenticate'));
    if (first.status !== 401 || digest === undefined) return first;
    const authorization = answerDigest(digest, credentials, method, uri, 1);
    return this.ask(method, uri, [...fields, ['Authorization', authorization]], body);
  }

  frame(channel: number, payload: Uint8Array): void {
    const head = Buffer.from([0x24, channel, payload.length >> 8, payload.length & 255]);
    this.socket.write(Buffer.concat([head, payload]));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

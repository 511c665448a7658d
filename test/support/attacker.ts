/**
 * Somebody who means harm: raw bytes over TLS, nothing tidied up on the way, from an address of its own. The limits by
 * address would make one test shut out the next, so each attacker comes from another address of loopback
 * (127.0.0.0/8 is this machine, and the server can't tell its addresses from those of many machines).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { connect } from 'node:tls';
import type { System } from './sentrix.ts';

export interface RawAnswer {
  /** 0 where the connection was closed without an answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** All that came, head included. */
  readonly bytes: Buffer;
  json<T = Record<string, unknown>>(): T;
}

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, as our own page would send it. */
  readonly json?: unknown;
  readonly body?: string;
  /** `name:password` for Basic. */
  readonly basic?: string;
  readonly cookie?: string | undefined;
  readonly token?: string;
  readonly limitMs?: number;
}

let addresses = 0;

export class Attacker {
  readonly #system: System;
  readonly address: string;
  readonly #ca: Buffer;

  constructor(system: System) {
    this.#system = system;
    addresses++;
    this.address = `127.${77 + (addresses >> 14)}.${(addresses >> 7) & 127}.${1 + (addresses & 127)}`;
    this.#ca = readFileSync(join(system.site.home, 'certs', 'ca.crt'));
  }

  get origin(): string {
    return this.#system.ready.https;
  }

  get host(): string {
    return new URL(this.origin).host;
  }

  connect(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const { hostname, port } = new URL(this.origin);
    return new Promise((resolve, reject) => {
      const to = { host: hostname, port: Number(port), localAddress: this.address, ca: this.#ca };
      const socket = connect({ ...to, ...options } as ConnectionOptions, () => resolve(socket));
      socket.once('error', reject);
    });
  }

  /** Sends `bytes` and takes in what comes until the other side closes, `enough` holds or the time is up. */
  async raw(
    bytes: string | Buffer,
    options: { readonly limitMs?: number; readonly enough?: (received: Buffer) => boolean } = {},
  ): Promise<Buffer> {
    const socket = await this.connect();
    socket.removeAllListeners('error');
    let received: Buffer = Buffer.alloc(0);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, options.limitMs ?? 10_000);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      socket.on('error', done);
      socket.on('close', done);
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        if (options.enough?.(received) === true) done();
      });
      socket.write(bytes);
    });
    socket.destroy();
    return received;
  }

  /** One request, written by hand; the target goes out as it is. */
  async ask(target: string, request: RawRequest = {}): Promise<RawAnswer> {
    const { method = 'GET' } = request;
    const body = request.json === undefined ? (request.body ?? '') : JSON.stringify(request.json);
    const headers: Record<string, string> = { host: this.host, connection: 'close' };
    if (request.json !== undefined) headers['content-type'] = 'application/json';
    if (body !== '' || method === 'POST' || method === 'PUT' || method === 'PATCH')
      headers['content-length'] = String(Buffer.byteLength(body));
    if (request.basic !== undefined)
      headers['authorization'] = `Basic ${Buffer.from(request.basic).toString('base64')}`;
    if (request.token !== undefined) headers['authorization'] = `Bearer ${request.token}`;
    if (request.cookie !== undefined) headers['cookie'] = request.cookie;
    Object.assign(headers, request.headers);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const bytes = await this.raw(Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`), {
      limitMs: request.limitMs ?? 15_000,
    });
    return parse(bytes);
  }

  /** Logs in as our own page does. @returns the cookie, as it is sent back. */
  async login(username: string, password: string): Promise<string> {
    const answer = await this.ask('/auth/login', { method: 'POST', json: { username, password } });
    const cookie = answer.headers['set-cookie']?.split(';')[0];
    if (answer.status !== 200 || cookie === undefined) throw new Error(`login: ${answer.status} ${answer.text}`);
    return cookie;
  }
}

function parse(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.subarray(0, Math.max(end, 0)).toString('latin1').split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const text = end === -1 ? '' : bytes.subarray(end + 4).toString();
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? 0);
  const chunked = headers['transfer-encoding'] === 'chunked';
  const whole = chunked ? unchunked(text) : text;
  return { status, headers, text: whole, bytes, json: <T>() => JSON.parse(whole) as T };
}

function unchunked(text: string): string {
  let rest = text;
  let whole = '';
  for (;;) {
    const line = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.slice(0, line), 16);
    if (line === -1 || !(size > 0)) return whole;
    whole += rest.slice(line + 2, line + 2 + size);
    rest = rest.slice(line + 4 + size);
  }
}

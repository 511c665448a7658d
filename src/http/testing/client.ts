/** A server with test parts over real TLS, and raw requests to it: bytes out, bytes in, nothing normalised between. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { Secret } from '../../base/secret.ts';
import { issueCa, issueLeaf } from '../../tls/issue.ts';
import { tlsOptions } from '../../tls/options.ts';
import type { HttpOptions, HttpServer } from '../server.ts';
import { startHttp } from '../server.ts';
import { password, TestParts } from './parts.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly text: string;
  json(): Record<string, unknown>;
}

export interface TestServer extends AsyncDisposable {
  readonly parts: TestParts;
  readonly http: HttpServer;
  readonly port: number;
  /** Raw bytes over TLS (or plainly), and all that comes back until the server closes or `until` says enough. */
  raw(
    bytes: string | Uint8Array,
    more?: { plain?: boolean; until?: (received: Buffer) => boolean; head?: boolean },
  ): Promise<Buffer>;
  ask(target: string, more?: AskOptions): Promise<Answer>;
  /** A session cookie. */
  session(username: string): Promise<string>;
  socket(): Promise<Socket>;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: string | Uint8Array;
  readonly as?: string;
  readonly plain?: boolean;
}

const material = (() => {
  let made: { key: Secret; cert: string } | undefined;
  return () => {
    if (made === undefined) {
      const now = Date.now();
      const { key, certificate } = issueLeaf({
        issuer: issueCa({ names: ['localhost'], now }),
        names: ['localhost', '127.0.0.1'],
        now,
      });
      made = { key: new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString()), cert: certificate.toString() };
    }
    return made;
  };
})();

export async function startTestServer(options: Partial<HttpOptions> = {}, host = '127.0.0.1'): Promise<TestServer> {
  const dashboard = await mkdtemp(join(tmpdir(), 'sentrix-http-'));
  await mkdir(join(dashboard, 'assets'));
  await writeFile(join(dashboard, 'index.html'), `<!doctype html><title>SentriX</title>${' '.repeat(1000)}`);
  await writeFile(join(dashboard, 'assets', 'index-3f2a9c1d.js'), 'export {};');
  await writeFile(join(dashboard, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  const parts = new TestParts();
  const http = await startHttp({
    host,
    port: 0,
    tls: tlsOptions(material()),
    parts,
    log: silentLog,
    clock: systemClock,
    options: {
      hosts: ['cams.example.org'],
      allowedNetworks: [],
      blockExternal: true,
      trustedProxies: [],
      trustedOrigins: [],
      timezone: 'Europe/Berlin',
      dashboard,
      ...options,
      timeouts: { graceMs: 200, ...options.timeouts },
    },
  });
  const { port } = http;
  const open = (plain: boolean): Socket =>
    plain ? connectPlain(port, '127.0.0.1') : connect({ port, host: '127.0.0.1', rejectUnauthorized: false });

  const raw: TestServer['raw'] = async (bytes, more = {}) => {
    const socket = open(more.plain === true);
    const parts: Buffer[] = [];
    const done = new Promise<void>((resolve) => {
      socket.on('close', () => resolve());
      socket.on('error', () => resolve());
      socket.on('data', (part: Buffer) => {
        parts.push(part);
        if (more.until?.(Buffer.concat(parts)) === true) resolve();
      });
    });
    socket.write(bytes);
    await done;
    socket.destroy();
    return Buffer.concat(parts);
  };

  const ask: TestServer['ask'] = async (target, more = {}) => {
    const body = more.json === undefined ? Buffer.from(more.body ?? '') : Buffer.from(JSON.stringify(more.json));
    const method = more.method ?? 'GET';
    const headers: Record<string, string> = { host: `localhost:${port}`, connection: 'close', ...more.headers };
    if (more.json !== undefined) headers['content-type'] ??= 'application/json';
    if (body.length > 0 || method === 'POST') headers['content-length'] ??= String(body.length);
    if (more.as !== undefined) headers['authorization'] = basic(more.as);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
    return parseAnswer(await raw(Buffer.concat([head, body]), { plain: more.plain ?? false }));
  };

  return {
    parts,
    http,
    port,
    raw,
    ask,
    async session(username) {
      const answer = await ask('/auth/login', { method: 'POST', json: { username, password } });
      return answer.headers['set-cookie']!.split(';')[0]!;
    },
    async socket() {
      const socket = open(false);
      await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
      return socket;
    },
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]();
      await rm(dashboard, { recursive: true });
    },
  };
}

export function basic(username: string, secret: string = password): string {
  return `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
}

export function parseAnswer(bytes: Buffer): Answer {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return { status: 0, headers: {}, body: bytes, text: bytes.toString(), json: () => ({}) };
  const [status = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const body = bytes.subarray(end + 4);
  const text = body.toString();
  return { status: Number(status.split(' ')[1]), headers, body, text, json: () => JSON.parse(text) };
}

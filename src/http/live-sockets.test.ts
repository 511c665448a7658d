import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, beforeEach, test } from 'node:test';
import { WebSocket } from 'ws';
import { sessionEndedCode } from './live-sockets.ts';
import type { TestServer } from './testing/client.ts';
import { parseAnswer, startTestServer } from './testing/client.ts';

let server: TestServer;
let cookie = '';
const opened: WebSocket[] = [];
beforeEach(async () => {
  server = await startTestServer({ timeouts: { pingMs: 300 } });
  cookie = await server.session('vic');
});
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.terminate();
  await server[Symbol.asyncDispose]();
});

function open(headers: Record<string, string> = {}, protocol = 'sentrix.v1', path = '/api/live'): WebSocket {
  const own = { host: `localhost:${server.port}`, origin: `https://localhost:${server.port}`, cookie };
  const socket = new WebSocket(`wss://127.0.0.1:${server.port}${path}`, protocol, {
    headers: { ...own, ...headers },
    rejectUnauthorized: false,
  });
  opened.push(socket);
  return socket;
}

/** The status of a refused upgrade. */
async function refused(...given: Parameters<typeof open>): Promise<number> {
  const socket = open(...given);
  socket.on('error', () => {});
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  return response.statusCode;
}

test('opens for a session of our own page and carries frames both ways', async () => {
  const socket = open();
  await once(socket, 'open');
  assert.equal(socket.protocol, 'sentrix.v1');
  const { socket: side, principal } = server.parts.attached[0]!;
  assert.equal(principal.username, 'vic');
  const received: unknown[] = [];
  socket.send('{"type":"credit"}');
  socket.send(Buffer.from([1, 2]));
  await new Promise<void>((resolve) => side.onMessage((data) => received.push(data) === 2 && resolve()));
  assert.deepEqual(received, ['{"type":"credit"}', Buffer.from([1, 2])]);
  const arrived = once(socket, 'message');
  side.send(new Uint8Array([9, 8]), { binary: true });
  assert.deepEqual(await arrived, [Buffer.from([9, 8]), true]);
  const gone = new Promise<void>((resolve) => side.onClose(resolve));
  socket.close();
  await gone;
});

test('refuses without a session, and to foreign origins, hosts, protocols and addresses', async () => {
  assert.equal(await refused({ cookie: '' }), 401);
  assert.equal(await refused({ cookie: '__Host-sentrix=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' }), 401);
  for (const origin of ['https://evil.com', 'null', 'http://localhost:3000', `http://localhost:${server.port}`])
    assert.equal(await refused({ origin }), 403, origin);
  assert.equal(await refused({ 'sec-fetch-site': 'cross-site' }), 403);
  assert.equal(await refused({ host: 'evil.com', origin: 'https://evil.com' }), 403);
  assert.equal(await refused({}, 'other.v1'), 400);
  assert.equal(await refused({}, 'sentrix.v1', '/api/live2'), 404);
  assert.equal(await refused({}, 'sentrix.v1', '/api/session'), 404);
  cookie = await server.session('pub');
  assert.equal(await refused(), 403);
  assert.equal(server.parts.attached.length, 0);
});

test('opens for good Basic credentials alone, and closes when the account changes', async () => {
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
  assert.equal(await refused({ authorization: basic('vic:wrong') }), 401, 'a good cookie makes up for nothing');
  assert.equal(await refused({ cookie: '', authorization: basic('pub:correct horse battery') }), 403);
  assert.equal(await refused({ cookie: '', authorization: 'Bearer sxt_made-up' }), 401);
  const authorization = basic('vic:correct horse battery');
  assert.equal(await refused({ origin: 'https://evil.com', authorization }), 403);
  const socket = open({ cookie: '', authorization });
  await once(socket, 'open');
  const closed = once(socket, 'close');
  const { accountId } = server.parts.attached[0]!.principal;
  for (const listener of server.parts.revokedListeners) listener({ accountId });
  assert.equal((await closed)[0], sessionEndedCode);
});

test('closes when the session ends, and only then', async () => {
  const first = open();
  await once(first, 'open');
  cookie = await server.session('vic');
  const second = open();
  await once(second, 'open');
  const closed = once(first, 'close');
  server.parts.endSession(server.parts.attached[0]!.principal.sessionId!);
  assert.equal((await closed)[0], sessionEndedCode);
  assert.equal(second.readyState, WebSocket.OPEN);
});

test('closes on frames that are huge, unmasked or broken, and goes on serving', async () => {
  const socket = open();
  await once(socket, 'open');
  const closed = once(socket, 'close');
  socket.send(Buffer.alloc(64 * 1024 + 1));
  assert.equal((await closed)[0], 1009);
  const head = `GET /api/live HTTP/1.1\r\nHost: localhost:${server.port}\r\nOrigin: https://localhost:${server.port}\r\nCookie: ${cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: sentrix.v1\r\n\r\n`;
  for (const frame of [
    [0x81, 0x01, 0x41],
    [0xf1, 0x80, 0, 0, 0, 0],
    [0x83, 0x80, 0, 0, 0, 0],
  ]) {
    const received = await server.raw(Buffer.concat([Buffer.from(head), Buffer.from(frame)]));
    assert.equal(parseAnswer(received).status, 101);
  }
  assert.equal((await server.ask('/healthz')).status, 200);
});

test('drops a viewer who no longer answers', async () => {
  const socket = open();
  await once(socket, 'open');
  const gone = new Promise<void>((resolve) => server.parts.attached[0]!.socket.onClose(resolve));
  socket.pause();
  await gone;
});

test('says that it stops', async () => {
  const socket = open();
  await once(socket, 'open');
  const closed = once(socket, 'close');
  await server.http[Symbol.asyncDispose]();
  assert.equal((await closed)[0], 1001);
  assert.equal(server.parts.endedListeners.size, 0);
});

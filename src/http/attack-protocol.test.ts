import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { AskOptions, TestServer } from './testing/client.ts';
import { basic, startTestServer } from './testing/client.ts';
import { password } from './testing/parts.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.parts.refusals.length = 0;
  server.parts.verified.length = 0;
});

const status = async (target: string, more?: AskOptions) => (await server.ask(target, more)).status;
const login = { method: 'POST', json: { username: 'vic', password } } as const;

test('reads one message only where the framing could mean two, or answers 400', async () => {
  const host = 'Host: localhost\r\n';
  const bodies = [
    `POST /auth/login HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n${host}\r\n`,
    `POST /auth/login HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
    `POST /auth/login HTTP/1.1\r\n${host}Content-Length: 5, 6\r\n\r\nhello!`,
    `POST /auth/login HTTP/1.1\r\n${host}Content-Length: +5\r\n\r\nhello`,
    `POST /auth/login HTTP/1.1\r\n${host}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    `POST /auth/login HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    `POST /auth/login HTTP/1.1\r\n${host}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
    `POST /auth/login HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n`,
    `GET /healthz HTTP/1.1\r\n${host} folded: x\r\n\r\n`,
    `GET /healthz HTTP/1.1\r\n${host}X: a\rb\r\n\r\n`,
    `GET /healthz HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`,
    `GET /healthz HTTP/3.7\r\n${host}\r\n`,
    `GET /healthz\r\n\r\n`,
    `GET https://evil.com/healthz HTTP/1.1\r\n${host}\r\n`,
    `GET /healthz HTTP/1.1\r\n\r\n`,
    `GET /healthz HTTP/1.1\r\n${host}Host: evil.com\r\n\r\n`,
    `GET /api/session HTTP/1.1\r\n${host}Authorization: ${basic('ann')}\r\nAuthorization: ${basic('vic')}\r\nConnection: close\r\n\r\n`,
    `G\x01T /healthz HTTP/1.1\r\n${host}\r\n`,
    `CONNECT localhost:22 HTTP/1.1\r\n${host}\r\n`,
  ];
  for (const bytes of bodies) {
    const until = (received: Buffer) => received.includes('}');
    const received = (await server.raw(bytes, { until })).toString();
    assert.ok(
      received === '' || received.startsWith('HTTP/1.1 400 '),
      `${JSON.stringify(bytes)} got ${received.slice(0, 60)}`,
    );
    assert.equal(received.match(/HTTP\/1\.1/g)?.length ?? 0, received === '' ? 0 : 1);
  }
});

test('answers methods it does not have with 404, and no override changes one', async () => {
  for (const method of ['TRACE', 'PUT', 'PATCH', 'PROPFIND', 'OPTIONS', 'DELETE'])
    assert.equal(await status('/api/session', { method, as: 'ann' }), 404, method);
  const before = server.parts.recordingsList.length;
  for (const headers of [
    { 'x-http-method-override': 'DELETE' },
    { 'x-method-override': 'DELETE' },
    { 'x-http-method': 'DELETE' },
  ])
    assert.equal(await status('/api/recordings/41', { as: 'ann', headers }), 200);
  assert.equal(await status('/api/recordings/41?_method=DELETE', { as: 'ann' }), 422);
  assert.equal(server.parts.recordingsList.length, before);
});

test('believes forwarded headers from trusted proxies alone, and then the last hop it does not know', async () => {
  await using proxied = await startTestServer({ trustedProxies: ['127.0.0.1'] });
  const seen = async (forwarded: string) => {
    await proxied.ask('/auth/verify', { ...login, headers: { 'x-forwarded-for': forwarded } });
    return proxied.parts.verified.at(-1)!.address;
  };
  assert.equal(await seen('192.168.7.7'), '192.168.7.7');
  assert.equal(await seen('1.2.3.4, 192.168.7.8'), '192.168.7.8');
  assert.equal(await seen('::ffff:192.168.7.9, 127.0.0.1'), '192.168.7.9');
  assert.equal(await seen('nonsense'), '127.0.0.1');
  assert.equal((await proxied.ask('/healthz', { headers: { 'x-forwarded-for': '8.8.8.8' } })).status, 403);
  await server.ask('/auth/verify', { ...login, headers: { 'x-forwarded-for': '8.8.8.8' } });
  assert.equal(server.parts.verified.at(-1)!.address, '127.0.0.1');
});

test('sends plain HTTP on the TLS port to the page over TLS, and takes nothing else that way', async () => {
  const page = await server.ask('/events?token=1', { plain: true });
  assert.equal(page.status, 308);
  assert.equal(page.headers['location'], `https://localhost:${server.port}/events`);
  for (const [target, more] of [
    ['/events', { headers: { host: 'evil.com' } }],
    ['/events', { as: 'ann' }],
    ['/api/session', {}],
    ['/auth/login', login],
    ['/setup', { method: 'POST' }],
    ['//evil.com', {}],
  ] as const) {
    const answer = await server.ask(target, { ...more, plain: true });
    assert.equal(answer.status, 400, target);
    assert.equal(answer.headers['location'], undefined);
  }
  assert.equal(server.parts.verified.length, 0);
});

test('cuts slow headers, slow bodies, silence and readers that do not read, on TLS and plain connections', async () => {
  const timeouts = { firstByteMs: 60, headersMs: 80, requestMs: 120, keepAliveMs: 80, idleMs: 150, checkEveryMs: 20 };
  await using quick = await startTestServer({ timeouts });
  const head = 'Host: localhost\r\n';
  const cut = [
    quick.raw(`GET / HTTP/1.1\r\n${head}`),
    quick.raw(`POST /auth/login HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`),
    quick.raw(`GET / HTTP/1.1\r\n${head}`, { plain: true }),
    quick.raw('', { plain: true }),
    quick.raw('\x16\x03\x01', { plain: true }),
    quick.raw(''),
  ];
  const answers = (await Promise.all(cut)).map((bytes) => bytes.toString().slice(0, 12));
  assert.deepEqual(answers.slice(0, 3), ['HTTP/1.1 408', 'HTTP/1.1 408', 'HTTP/1.1 408']);
  assert.equal((await quick.ask('/healthz')).status, 200);
});

test('answers giants with 431, 414 or 413 and goes on', async () => {
  const head = 'Host: localhost\r\n';
  const until = (received: Buffer) => received.includes('}');
  const giants = [
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${head}\r\n`,
    `GET / HTTP/1.1\r\n${head}X: ${'a'.repeat(20_000)}\r\n\r\n`,
    `POST /auth/login HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 999999999\r\n\r\n`,
  ];
  for (const bytes of giants)
    assert.match((await server.raw(bytes, { until })).toString(), /^HTTP\/1\.1 (?:431|414|413) /);
  assert.equal(await status('/healthz'), 200);
});

test('answers a missing Host and a version that it does not speak in JSON, with its headers', async () => {
  for (const message of ['GET /healthz HTTP/1.1\r\n\r\n', 'GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n']) {
    const answer = (await server.raw(`${message.slice(0, -2)}Connection: close\r\n\r\n`)).toString();
    assert.match(answer, /^HTTP\/1\.1 400 /, message);
    assert.match(answer, /content-security-policy: /i);
    assert.match(answer, /\{"detail":"[^"]+","code":"http\/bad-request"\}/);
  }
});

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { contentSecurityPolicy } from './gate/headers.ts';
import type { AskOptions, TestServer } from './testing/client.ts';
import { parseAnswer, startTestServer } from './testing/client.ts';
import { clipPath, password } from './testing/parts.ts';

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

test('refuses state changes that a page of another site makes, counting them against nobody', async () => {
  const cookie = await server.session('ann');
  const own = `https://localhost:${server.port}`;
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.com' },
    { origin: 'null' },
    { origin: `https://localhost.evil.com:${server.port}` },
    { origin: `http://localhost:${server.port}` },
    { origin: `https://localhost:${server.port}.evil.com` },
    { origin: `https://127.0.0.1:${server.port}` },
    { origin: '' },
    { origin: own, 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  ];
  server.parts.verified.length = 0;
  for (const headers of foreign) {
    for (const url of ['/auth/login', '/auth/logout', '/auth/verify', '/api/vault/lock', '/api/setup'])
      assert.equal(
        await status(url, { ...login, headers: { ...headers, cookie } }),
        403,
        JSON.stringify([url, headers]),
      );
    assert.equal(await status('/api/recordings/41', { method: 'DELETE', headers: { ...headers, cookie } }), 403);
    if (!('sec-fetch-dest' in headers)) assert.equal(await status('/api/recordings', { as: 'ann', headers }), 403);
  }
  assert.equal(server.parts.verified.length, 0);
  assert.equal(
    await status('/api/vault/lock', {
      method: 'POST',
      headers: { origin: own, 'sec-fetch-site': 'same-origin', cookie },
    }),
    200,
  );
  server.parts.vaultState = { kind: 'open', mode: 'passphrase' };
});

test('lets an allowed origin read with Basic, never with the cookie, and tells nobody else', async () => {
  const cookie = await server.session('ann');
  for (const origin of ['http://localhost:3000', 'https://127.0.0.1:8080', 'http://[::1]:3000']) {
    const answer = await server.ask('/api/recordings', { as: 'ann', headers: { origin } });
    assert.equal(answer.status, 200, origin);
    assert.equal(answer.headers['access-control-allow-origin'], origin);
    assert.equal(answer.headers['access-control-allow-credentials'], 'true');
    assert.equal(answer.headers['vary'], 'Origin');
    assert.equal(await status('/api/recordings', { headers: { origin, cookie } }), 401);
    assert.equal(await status('/api/vault/lock', { method: 'POST', headers: { origin, cookie } }), 401);
    assert.equal(await status('/auth/login', { ...login, headers: { origin } }), 403);
    const preflight = await server.ask('/api/recordings', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'DELETE' },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers['access-control-allow-methods'], 'GET, POST, DELETE, PUT');
    assert.equal(preflight.headers['access-control-allow-headers'], 'Content-Type, Authorization, Cookie');
    assert.equal(preflight.headers['access-control-max-age'], '3600');
  }
  for (const origin of [
    'https://evil.com',
    'http://localhost:3001',
    'http://localhost',
    'null',
    'http://localhost:3000.evil.com',
    'ftp://localhost:3000',
    'http://user@localhost:3000',
  ])
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await server.ask('/api/recordings', {
        method,
        as: 'ann',
        headers: { origin, 'access-control-request-method': 'GET' },
      });
      assert.equal(answer.status, 403, origin);
      assert.deepEqual(
        Object.keys(answer.headers).filter((name) => name.startsWith('access-control')),
        [],
      );
    }
});

test('takes the cookie from an origin that the configuration trusts', async () => {
  await using trusting = await startTestServer({ trustedOrigins: ['https://home.example.org'] });
  const cookie = await trusting.session('ann');
  const headers = { origin: 'https://home.example.org', cookie };
  assert.equal((await trusting.ask('/api/recordings', { headers })).status, 200);
  assert.equal(
    (await trusting.ask('/api/recordings', { headers: { ...headers, origin: 'https://home.example.org.evil.com' } }))
      .status,
    403,
  );
});

test('opens pages that a link from elsewhere leads to, without the cookie', async () => {
  const navigation = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  assert.equal(await status('/events', { headers: navigation }), 200);
  const cookie = await server.session('ann');
  assert.equal(await status('/api/recordings', { headers: { ...navigation, cookie } }), 401);
  assert.equal(await status('/events', { headers: { ...navigation, 'sec-fetch-dest': 'iframe' } }), 403);
  assert.equal(
    await status(`/recordings/${clipPath}`, {
      headers: { cookie, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    }),
    403,
  );
});

test('answers to its own host names only, on pages and API alike', async () => {
  for (const host of [
    'localhost',
    `localhost:${server.port}`,
    '127.0.0.1',
    'LOCALHOST',
    'surveillance.local:8080',
    '[::1]',
    '[0:0:0:0:0:0:0:1]:443',
    'cams.example.org',
  ])
    assert.equal(await status('/', { headers: { host } }), 200, host);
  for (const host of [
    'evil.com',
    'localhost.evil.com',
    'localhost:',
    'localhost:99999',
    'localhost:0',
    'user@localhost',
    'localhost/x',
    '127.0.0.1.nip.io',
    '2130706433',
    '[::2]',
    'xn--e1afmkfd.com',
    '10.9.8.7',
    'localhost.',
  ])
    for (const target of ['/', '/healthz', '/api/session'])
      assert.equal(await status(target, { headers: { host } }), 403, host);
  assert.equal(await status('/healthz', { headers: { host: 'localhost', 'x-forwarded-host': 'evil.com' } }), 200);
});

test('carries every security header on every kind of answer, and names no product', async () => {
  const answers = [
    await server.ask('/'),
    await server.ask('/api/session'),
    await server.ask('/nothing'),
    await server.ask('/recordings/../x'),
    await server.ask('/', { headers: { host: 'evil.com' } }),
    await server.ask('/auth/login', { method: 'POST', json: {} }),
    await server.ask('/%ff'),
    await server.ask('/auth/login', {
      method: 'POST',
      body: 'x'.repeat(70_000),
      headers: { 'content-type': 'application/json' },
    }),
    parseAnswer(await server.raw('GARBAGE\r\n\r\n')),
  ];
  for (const { status: got, headers } of answers) {
    assert.equal(headers['content-security-policy'], contentSecurityPolicy, String(got));
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.ok(headers['permissions-policy']!.includes('geolocation=()'));
    assert.ok(headers['cache-control'] === 'no-store' || got === 200);
    assert.equal(headers['server'], undefined);
    assert.equal(headers['x-powered-by'], undefined);
    assert.equal(headers['strict-transport-security'], undefined, 'not for localhost');
  }
  const named = await server.ask('/', { headers: { host: 'surveillance.local' } });
  assert.equal(named.headers['strict-transport-security'], 'max-age=31536000');
  assert.ok(!/unsafe|\*/.test(contentSecurityPolicy));
});

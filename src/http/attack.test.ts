import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { contentSecurityPolicy } from './gate/headers.ts';
import type { AskOptions, TestServer } from './testing/client.ts';
import { basic, parseAnswer, startTestServer } from './testing/client.ts';
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

test('answers 403 before anybody is asked who they are, for every path that no recording has', async () => {
  const climbs = [
    '../',
    '..%2f',
    '%2e%2e/',
    '%2e%2e%2f',
    '..%252f',
    '%252e%252e%252f',
    '..\\',
    '..%5c',
    '..%c0%af',
    '..%ef%bc%8f',
    '....//',
    './',
    '.;/',
    '..;/',
    '%00/',
    '..%00/',
    '.%2e/',
    '%uff0e%uff0e/',
  ];
  const targets = ['etc/passwd', 'etc/passwd.mp4', 'yard/2026/11/24/101500-41.mp4', 'catalog.db'];
  const paths = climbs.flatMap((climb) =>
    [1, 3].flatMap((times) => targets.map((target) => climb.repeat(times) + target)),
  );
  paths.push(
    '',
    '/etc/passwd.mp4',
    'yard//x.mp4',
    'yard/',
    'yard',
    'a.txt',
    'a.mp4.age',
    'a.MP4',
    'a.mp4.',
    'a.mp4/',
    'a..mp4',
    '.hidden.mp4',
    'a/.b/c.mp4',
    'a.mp4;x',
    'a b.mp4'.replace(' ', '%20'),
    'a.mp4%00.jpg',
    'C:/x.mp4',
    'x'.repeat(200) + '.mp4',
    'a/'.repeat(12) + 'b.mp4',
    '~root/a.mp4',
    'a.mp4#x',
    '*.mp4',
  );
  assert.ok(paths.length > 150);
  for (const path of paths)
    for (const as of [undefined, 'ann'])
      assert.equal(await status(`/recordings/${path}`, as === undefined ? {} : { as }), 403, path);
  assert.equal(server.parts.verified.length, 0, 'no credentials were looked at');
});

test('never reaches a recording by another spelling of its address', async () => {
  for (const spelling of [
    '//recordings/',
    '/Recordings/',
    '/recordings//',
    '/recordings%2f',
    '/%72ecordings/../recordings/',
    '/./recordings/',
    '/x/../recordings/',
    '/recordings/./',
    '/recordings\\',
    '/;/recordings/',
    '/recordings;x/',
    '/api/../recordings/',
  ]) {
    const got = await status(spelling + clipPath, { as: 'ann' });
    assert.ok([400, 403, 404].includes(got), `${spelling} got ${got}`);
  }
  for (const spelling of [
    '/API/recordings',
    '/api//recordings',
    '/api/recordings/',
    '/api/recordings.json',
    '/api/recordings;a=b',
    '/./api/recordings',
    '/api/%2e/recordings',
    '/api%2frecordings',
  ]) {
    const got = await status(spelling);
    assert.ok([400, 401, 403, 404].includes(got), `${spelling} got ${got}`);
  }
  assert.equal(await status('/api/%72ecordings'), 401);
});

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

test('takes bodies as JSON and nothing else, small, whole and without tricks', async () => {
  const post = (body: string | Uint8Array, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    status('/auth/verify', { method: 'POST', body, headers });
  const good = JSON.stringify(login.json);
  assert.equal(await post(good), 200);
  assert.equal(await post(good, { 'content-type': 'application/json; charset=utf-8' }), 200);
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'text/json',
    'application/xml',
    '',
    'application/json, text/plain',
  ])
    assert.ok([400, 415].includes(await post(good, { 'content-type': type })), type);
  assert.equal(await post(good, {}), 415);
  assert.equal(await post(good, { 'content-type': 'application/json', 'content-encoding': 'gzip' }), 415);
  assert.equal(await post(`"${'x'.repeat(70_000)}"`), 413);
  for (const broken of [
    '{',
    '',
    '[]',
    'null',
    '"x"',
    '{"username":"vic"}',
    '{"username":1,"password":"x"}',
    '{"username":["vic"],"password":"x"}',
    '{"username":"vic","password":{"$ne":""}}',
    `{"username":"vic","password":"x","more":1}`,
    `{"__proto__":{"x":1},"username":"vic","password":"${password}"}`,
    `{"constructor":{"prototype":{}},"username":"vic","password":"${password}"}`,
    '['.repeat(30_000),
    `{"username":"${'x'.repeat(300)}","password":"x"}`,
  ])
    assert.ok([400, 422].includes(await post(broken)), broken.slice(0, 60));
  assert.equal(await post(Buffer.from([0x7b, 0xff, 0x7d])), 400);
});

test('takes parameters as the schema has them and nothing more', async () => {
  const good = [
    'limit=1',
    'limit=1000',
    'offset=5',
    'min_confidence=0.5',
    'sort_by=duration',
    'sort_order=asc',
    'object_type=person',
    'start_date=2026-11-24',
    'end_date=2026-11-24T10:00:00%2B01:00',
    'end_date=2026-11-24T10:00:00+01:00',
    'stream_id=yard',
    'state=open',
  ];
  for (const query of good) assert.equal(await status(`/api/recordings?${query}`, { as: 'ann' }), 200, query);
  const bad = [
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=1e3',
    'limit=0x10',
    'limit=%201',
    'limit=',
    'limit=1&limit=2',
    'limit[]=1',
    'offset=1.5',
    'offset=99999999999999999999',
    'min_confidence=2',
    'min_confidence=NaN',
    'sort_by=id;drop%20table',
    'sort_order=ASC',
    "object_type='%20or%201=1",
    'start_date=yesterday',
    'start_date=2026-02-30',
    'start_date=2026-13-01',
    'unknown=1',
    '__proto__=1',
    'constructor=1',
    'stream_id=../x',
  ];
  for (const query of bad) assert.equal(await status(`/api/recordings?${query}`, { as: 'ann' }), 422, query);
  for (const query of ['limit=%', 'limit=%zz', 'x=%ff', 'x=%00', 'x=%c0%af'])
    assert.equal(await status(`/api/recordings?${query}`, { as: 'ann' }), 400, query);
  for (const id of ['0', '-1', '1.0', '1e1', '0x29', '041', '41%20', "41'", '9'.repeat(30), 'stats2'])
    assert.equal(await status(`/api/recordings/${id}`, { as: 'ann' }), 422, id);
});

test('takes credentials in their one proper form only', async () => {
  for (const authorization of [
    'Basic',
    'Basic ',
    'Basic !!!!',
    `Basic ${Buffer.from('ann').toString('base64')}`,
    `Basic ${Buffer.from(`:${password}`).toString('base64')}`,
    `Basic ${Buffer.from('ann:').toString('base64')}`,
    `Basic ${Buffer.from(`ann\0:${password}`).toString('base64')}`,
    `Basic ${Buffer.from([0xff, 0x3a, 0x41]).toString('base64')}`,
    `Bearer ${password}`,
    `Digest username="ann"`,
    `${basic('ann')}, ${basic('ann')}`,
    basic('ann', `${password} `),
    basic('Ann'),
    basic('__proto__'),
    basic('constructor'),
    'x'.repeat(9000),
  ])
    assert.equal(await status('/api/session', { headers: { authorization } }), 401, authorization.slice(0, 60));
  const cookie = await server.session('ann');
  const value = cookie.split('=')[1]!;
  for (const bad of [
    `${cookie}; ${cookie}`,
    cookie.slice(0, -1),
    `${cookie}x`,
    cookie.toUpperCase(),
    `sentrix=${value}`,
    `__Host-sentrix="${value}"`,
    `__Host-sentrix=`,
    `__Host-sentrix=${'a'.repeat(43)}`,
  ])
    assert.equal(await status('/api/session', { headers: { cookie: bad } }), 401, bad);
  assert.equal(await status(`/api/session?session=${value}`), 401);
});

test('asks programs for Basic and browsers under a scheme that opens no dialog', async () => {
  const program = await server.ask('/api/recordings');
  assert.deepEqual(
    [program.status, program.headers['www-authenticate']],
    [401, 'Basic realm="SentriX", charset="UTF-8"'],
  );
  const browser = await server.ask('/api/recordings', {
    headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' },
  });
  assert.deepEqual([browser.status, browser.headers['www-authenticate']], [401, 'SentriX realm="SentriX"']);
});

test('limits requests without good credentials, not those of who is signed in, and health never', async () => {
  await using limited = await startTestServer();
  limited.parts.limitPerEndpoint = 10;
  const codes: number[] = [];
  for (let count = 0; count < 12; count++) codes.push((await limited.ask('/api/recordings')).status);
  assert.deepEqual(codes, [...Array<number>(10).fill(401), 429, 429]);
  const refused = await limited.ask('/api/recordings', {
    headers: { 'x-forwarded-for': '10.0.0.1', forwarded: 'for=10.0.0.1' },
  });
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '30']);
  assert.equal((await limited.ask('/api/recordings', { as: 'vic' })).status, 200);
  for (let count = 0; count < 12; count++) {
    assert.equal((await limited.ask('/healthz')).status, 200);
    assert.equal((await limited.ask('/login')).status, 200);
  }
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

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

test('says in words what is allowed instead', async () => {
  const detail = async (target: string) =>
    (await server.ask(target, { headers: { authorization: basic('ann') } })).json()['detail'];
  assert.equal(await detail('/api/recordings?foo=1'), 'parameter foo is not known here');
  assert.equal(
    await detail('/api/recordings?sort_by=size'),
    'parameter sort_by must be timestamp or confidence or duration',
  );
  assert.equal(await detail('/api/recordings/abc'), 'parameter id has not the form that it must have');
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, beforeEach, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { Secret } from '../base/secret.ts';
import { issueCa, issueLeaf } from '../tls/issue.ts';
import { tlsOptions } from '../tls/options.ts';
import type { TestServer } from './testing/client.ts';
import { startTestServer } from './testing/client.ts';
import { clipBytes, clipPath, doorPath, password } from './testing/parts.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.parts.entries.length = 0;
  server.parts.refusals.length = 0;
});

test('logs in with a cookie that only our own pages and HTTPS can use, and out again', async () => {
  const login = await server.ask('/auth/login', { method: 'POST', json: { username: 'vic', password } });
  assert.equal(login.status, 200);
  assert.deepEqual(login.json(), { authenticated: true, user_type: 'viewer', username: 'vic' });
  assert.match(login.headers['set-cookie']!, /^__Host-sentrix=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
  const cookie = login.headers['set-cookie']!.split(';')[0]!;
  const session = await server.ask('/api/session', { headers: { cookie } });
  assert.deepEqual(session.json(), {
    username: 'vic',
    user_type: 'viewer',
    cameras: ['yard'],
    vault: { kind: 'open', mode: 'passphrase', recipient: 'age1owner' },
    needs_key: false,
  });
  const logout = await server.ask('/auth/logout', { method: 'POST', headers: { cookie } });
  assert.equal(logout.status, 200);
  assert.match(logout.headers['set-cookie']!, /^__Host-sentrix=; Max-Age=0;/);
  assert.equal((await server.ask('/api/session', { headers: { cookie } })).status, 401);
});

test('renews the session id at log-in and ends the old one', async () => {
  const cookie = await server.session('vic');
  const again = await server.ask('/auth/login', {
    method: 'POST',
    json: { username: 'vic', password },
    headers: { cookie },
  });
  assert.notEqual(again.headers['set-cookie']!.split(';')[0], cookie);
  assert.equal((await server.ask('/api/session', { headers: { cookie } })).status, 401);
});

test('verifies credentials as the contract says, in one text for all that fails', async () => {
  const good = await server.ask('/auth/verify', { method: 'POST', json: { username: 'pub', password } });
  assert.deepEqual(good.json(), { authenticated: true, user_type: 'publisher', username: 'pub' });
  for (const json of [
    { username: 'pub', password: 'no' },
    { username: 'nobody', password },
  ]) {
    const bad = await server.ask('/auth/verify', { method: 'POST', json });
    assert.equal(bad.status, 401);
    assert.equal(bad.json()['detail'], 'Invalid credentials or account locked');
  }
  server.parts.loginsLeft = 0;
  const limited = await server.ask('/auth/verify', { method: 'POST', json: { username: 'pub', password } });
  server.parts.loginsLeft = Number.POSITIVE_INFINITY;
  assert.equal(limited.status, 429);
  assert.equal(limited.headers['retry-after'], '43');
});

test('makes the first admin by the set-up code, once, then the key', async () => {
  const setup = { code: 'the-code', username: 'ann', password };
  assert.equal((await server.ask('/api/setup', { method: 'POST', json: setup })).status, 404);
  server.parts.setupCode = 'the-code';
  server.parts.vaultState = { kind: 'absent' };
  assert.equal((await server.ask('/api/setup', { method: 'POST', json: { ...setup, code: 'other' } })).status, 403);
  const made = await server.ask('/api/setup', { method: 'POST', json: setup });
  assert.equal(made.status, 200);
  const cookie = made.headers['set-cookie']!.split(';')[0]!;
  assert.equal((await server.ask('/api/session', { headers: { cookie } })).json()['needs_key'], true);
  const key = { method: 'POST', headers: { cookie }, json: { mode: 'passphrase', passphrase: 'a long enough one' } };
  assert.deepEqual((await server.ask('/api/setup/key', key)).json(), {
    recipient: 'age1owner',
    identity: 'AGE-SECRET-KEY-TEST',
  });
  assert.equal((await server.ask('/api/setup/key', key)).status, 409);
  assert.equal((await server.ask('/api/setup', { method: 'POST', json: setup })).status, 404);
  server.parts.vaultState = { kind: 'open', mode: 'passphrase', ownerRecipient: 'age1owner' };
});

test('locks and unlocks the vault for the admin, on record', async () => {
  const lock = await server.ask('/api/vault/lock', { method: 'POST', as: 'ann' });
  assert.equal(lock.json()['kind'], 'locked');
  const refused = await server.ask(`/recordings/${clipPath}`, { as: 'ann', headers: { range: 'bytes=0-9' } });
  assert.equal(refused.status, 409);
  for (const name of ['etag', 'content-disposition', 'content-range']) assert.equal(refused.headers[name], undefined);
  const wrong = await server.ask('/api/vault/unlock', { method: 'POST', as: 'ann', json: { passphrase: 'wrong' } });
  assert.equal(wrong.json()['code'], 'vault/wrong-passphrase');
  assert.equal(
    (await server.ask('/api/vault/unlock', { method: 'POST', as: 'vic', json: { passphrase: 'open sesame now' } }))
      .status,
    403,
  );
  const open = await server.ask('/api/vault/unlock', {
    method: 'POST',
    as: 'ann',
    json: { passphrase: 'open sesame now' },
  });
  assert.equal(open.json()['kind'], 'open');
  assert.deepEqual(
    server.parts.entries.map(({ kind, who }) => `${kind} ${who}`),
    ['vault.locked ann', 'vault.unlock-failed ann', 'vault.unlocked ann'],
  );
});

test('lists cameras, feeds, paths and streams of the account, with credentials masked', async () => {
  const cameras = (await server.ask('/api/cameras', { as: 'vic' })).json()['cameras'] as {
    id: string;
    state: { kind: string };
  }[];
  assert.deepEqual(
    cameras.map(({ id, state }) => [id, state.kind]),
    [['yard', 'live']],
  );
  assert.deepEqual((await server.ask('/feeds', { as: 'vic' })).json(), {
    feeds: { yard: { id: 'yard', name: 'The yard', source: 'rtsp://***@10.0.0.9/stream?token=***' } },
    default: 'yard',
  });
  assert.deepEqual((await server.ask('/paths', { as: 'ann' })).json()['paths'], ['video/yard', 'video/front-door']);
  const status = (await server.ask('/status?feed=yard', { as: 'vic' })).json();
  assert.deepEqual(status['detections'], [{ class: 'person', confidence: 0.5, bbox: [0, 0, 960, 540] }]);
  assert.deepEqual(Object.keys((await server.ask('/status', { as: 'ann' })).json()), ['yard', 'front-door']);
  assert.equal((await server.ask('/status?feed=front-door', { as: 'vic' })).status, 404);
  for (const path of ['/feeds', '/status', '/api/streams', '/api/cameras', '/paths'])
    assert.ok(!(await server.ask(path, { as: 'ann' })).text.includes('hunter2'), path);
});

test('answers recordings in the shape of the contract, of granted cameras only', async () => {
  const list = (await server.ask('/api/recordings?limit=20', { as: 'vic' })).json();
  assert.equal(list['total'], 1);
  assert.deepEqual((list['recordings'] as unknown[])[0], {
    id: 41,
    timestamp: '2026-11-24T10:15:00.000Z',
    stream_id: 'yard',
    stream_name: 'The yard',
    file_url: `/recordings/${clipPath}`,
    thumbnail_url: '/recordings/yard/2026/11/24/101500-41.jpg',
    file_path: clipPath,
    thumbnail_path: 'yard/2026/11/24/101500-41.jpg',
    duration: 12.5,
    objects_detected: [{ class: 'person', confidence: 0.875, bbox: [480, 540, 1440, 810] }],
    confidence: 0.875,
    retained: 1,
  });
  assert.equal((await server.ask('/api/recordings/41', { as: 'vic' })).json()['id'], 41);
  assert.equal((await server.ask('/api/recordings/42', { as: 'vic' })).status, 404);
  assert.equal((await server.ask('/api/recordings?stream_id=front-door', { as: 'vic' })).status, 404);
  assert.equal((await server.ask('/api/recordings/stats', { as: 'vic' })).json()['count'], 1);
  assert.equal((await server.ask('/api/alerts', { as: 'vic' })).json()['total'], 1);
  const objects = (await server.ask('/api/stats/objects', { as: 'ann' })).json();
  assert.deepEqual((objects['stats'] as Record<string, unknown>)['object_percentages'], { person: 75, car: 25 });
  const times = (await server.ask('/api/stats/times?days=90', { as: 'ann' })).json()['stats'] as Record<
    string,
    { day: string }[]
  >;
  assert.equal(times['hours']!.length, 24);
  assert.equal(times['days']![0]!.day, 'Monday');
});

test('deletes a recording for the admin, on record before it is done', async () => {
  assert.equal((await server.ask('/api/recordings/42', { method: 'DELETE', as: 'vic' })).status, 403);
  const kept = server.parts.recordingsList;
  const deleted = await server.ask('/api/recordings/42', { method: 'DELETE', as: 'ann' });
  assert.deepEqual(deleted.json(), { success: true, message: 'recording 42 was deleted' });
  assert.equal(server.parts.entries.at(-1)!.kind, 'recording.deleted');
  assert.equal((await server.ask('/api/recordings/42', { method: 'DELETE', as: 'ann' })).status, 404);
  server.parts.recordingsList = kept;
});

test('serves a clip whole, by range, by HEAD and not again, on record once', async () => {
  const target = `/recordings/${clipPath}`;
  const whole = await server.ask(target, { as: 'vic' });
  assert.equal(whole.status, 200);
  assert.ok(whole.body.equals(clipBytes));
  assert.equal(whole.headers['content-type'], 'video/mp4');
  assert.equal(whole.headers['content-disposition'], 'inline; filename="yard-2026-11-24-101500-41.mp4"');
  assert.equal(whole.headers['cache-control'], 'no-store');
  const etag = whole.headers['etag']!;
  const part = await server.ask(target, { as: 'vic', headers: { range: 'bytes=100-199', 'if-range': etag } });
  assert.equal(part.status, 206);
  assert.equal(part.headers['content-range'], 'bytes 100-199/300000');
  assert.ok(part.body.equals(clipBytes.subarray(100, 200)));
  assert.equal(
    (await server.ask(target, { as: 'vic', headers: { range: 'bytes=0-9', 'if-range': '"old"' } })).status,
    200,
  );
  assert.equal((await server.ask(target, { as: 'vic', headers: { 'if-none-match': etag } })).status, 304);
  const beyond = await server.ask(target, { as: 'vic', headers: { range: 'bytes=300000-' } });
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers['content-range'], 'bytes */300000');
  const head = await server.ask(target, { method: 'HEAD', as: 'vic' });
  assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, '300000', 0]);
  assert.equal(
    (await server.ask(`${target}?download=1`, { as: 'vic' })).headers['content-disposition']!.split(';')[0],
    'attachment',
  );
  assert.equal((await server.ask(`/recordings/${doorPath}`, { as: 'vic' })).status, 404);
  assert.equal((await server.ask(target)).status, 401);
  assert.deepEqual(
    server.parts.entries.map(({ kind }) => kind),
    ['recording.viewed'],
  );
  assert.equal(server.parts.readsOpen, 0);
});

test('stops reading when the client goes away', async () => {
  const socket = await server.socket();
  const { authorization } = { authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}` };
  socket.write(`GET /recordings/${clipPath} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
  while (server.parts.readsOpen > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('serves pages and files to everybody, what has a hash for a year, and unknown addresses never as a page', async () => {
  for (const page of ['/', '/setup', '/login', '/events', '/events/7', '/?camera=yard', '/events?seen=a&seen=b&x']) {
    const answer = await server.ask(page, { headers: { 'accept-encoding': 'gzip' } });
    assert.deepEqual(
      [answer.status, answer.headers['content-type'], answer.headers['content-encoding']],
      [200, 'text/html; charset=utf-8', 'gzip'],
      page,
    );
    assert.equal(answer.headers['cache-control'], 'no-cache');
  }
  const script = await server.ask('/assets/index-3f2a9c1d.js');
  assert.equal(script.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(
    (await server.ask('/assets/index-3f2a9c1d.js', { headers: { 'if-none-match': script.headers['etag']! } })).status,
    304,
  );
  assert.equal((await server.ask('/icon.svg')).headers['content-type'], 'image/svg+xml; charset=utf-8');
  for (const path of [
    '/nothing',
    '/index.html',
    '/assets/',
    '/assets/../index.html',
    '/assets/%2e%2e/index.html',
    '/api',
    '/api/',
    '/events/',
    '//',
    '/LOGIN',
  ]) {
    const answer = await server.ask(path);
    assert.equal(answer.status, 404, path);
    assert.equal(answer.json()['code'], 'http/not-found', path);
  }
});

test('says whether it lives and whether it is ready', async () => {
  assert.deepEqual((await server.ask('/healthz')).json(), { status: 'ok' });
  assert.equal((await server.ask('/readyz')).status, 200);
  server.parts.isReady = false;
  assert.equal((await server.ask('/readyz')).status, 503);
  server.parts.isReady = true;
});

test('says nothing of the inside when something breaks', async () => {
  server.parts.failing = new Error('SQLITE_CORRUPT at /home/secret/place');
  const answer = await server.ask('/api/recordings', { as: 'ann' });
  server.parts.failing = undefined;
  assert.equal(answer.status, 500);
  assert.deepEqual(Object.keys(answer.json()), ['detail', 'code', 'request_id']);
  assert.ok(!/SQLITE|secret/.test(answer.text));
});

test('offers camera discovery alone on a port of its own', async () => {
  await using small = await startTestServer({ surface: 'paths' });
  assert.equal((await small.ask('/paths')).status, 401);
  assert.equal((await small.ask('/paths', { as: 'ann' })).status, 200);
  assert.equal((await small.ask('/api/recordings', { as: 'ann' })).status, 404);
});

test('serves new connections with a reloaded certificate while running ones go on', async () => {
  await using other = await startTestServer();
  const fingerprint = async () => {
    const socket = (await other.socket()) as TLSSocket;
    const print = socket.getPeerX509Certificate()!.fingerprint256;
    return { socket, print };
  };
  const before = await fingerprint();
  const now = Date.now();
  const leaf = issueLeaf({ issuer: issueCa({ names: ['localhost'], now }), names: ['localhost'], now });
  const key = new Secret(leaf.key.export({ type: 'pkcs8', format: 'pem' }).toString());
  other.http.reloadTls(tlsOptions({ key, cert: leaf.certificate.toString() }));
  const after = await fingerprint();
  assert.notEqual(after.print, before.print);
  assert.equal(after.print, leaf.certificate.fingerprint256);
  const answered = once(before.socket, 'data');
  before.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.match(String((await answered)[0]), /^HTTP\/1\.1 200 /);
  before.socket.destroy();
  after.socket.destroy();
});

test('stops with clients connected, in the middle of an answer', async () => {
  const other = await startTestServer();
  const socket = await other.socket();
  const cut = once(socket, 'close');
  const authorization = `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`;
  const began = once(socket, 'data');
  socket.write(`GET /recordings/${clipPath} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n\r\n`);
  await began;
  socket.resume();
  await other[Symbol.asyncDispose]();
  await cut;
  assert.equal(other.parts.readsOpen, 0);
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestServer } from './testing/client.ts';
import { startTestServer } from './testing/client.ts';
import { sealedBytes } from './testing/parts.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server[Symbol.asyncDispose]());

test('serves ciphertext by ranges', async () => {
  const whole = await server.ask('/api/recordings/41/sealed', { as: 'vic' });
  assert.deepEqual([whole.status, whole.text], [200, sealedBytes.toString()]);
  assert.equal(whole.headers['content-type'], 'application/octet-stream');
  const part = await server.ask('/api/recordings/41/sealed', { as: 'vic', headers: { range: 'bytes=4-7' } });
  assert.deepEqual([part.status, part.text], [206, sealedBytes.toString('latin1', 4, 8)]);
  assert.equal(part.headers['content-range'], `bytes 4-7/${sealedBytes.length}`);
  const beyond = await server.ask('/api/recordings/41/sealed', { as: 'vic', headers: { range: 'bytes=9999-' } });
  assert.equal(beyond.status, 416);
  const known = { 'if-none-match': String(whole.headers['etag']) };
  assert.equal((await server.ask('/api/recordings/41/sealed', { as: 'vic', headers: known })).status, 304);
});

test('tells nobody of cameras that are not theirs, and nothing to publishers', async () => {
  for (const what of ['sealed', 'key']) {
    assert.equal((await server.ask(`/api/recordings/42/${what}`, { as: 'vic' })).status, 404, what);
    assert.equal((await server.ask(`/api/recordings/41/${what}`, { as: 'pub' })).status, 403, what);
    assert.equal((await server.ask(`/api/recordings/41/${what}`)).status, 401, what);
  }
  assert.equal((await server.ask('/api/recordings/41/sealed?part=tail', { as: 'vic' })).status, 404);
  assert.equal((await server.ask('/api/recordings/41/sealed?part=facts', { as: 'vic' })).status, 422);
});

test('writes down who got the key of a recording, before it is given', async () => {
  server.parts.entries.length = 0;
  assert.equal((await server.ask('/api/recordings/41/key', { as: 'vic' })).status, 200);
  const [entry] = server.parts.entries;
  assert.deepEqual([entry?.kind, entry?.who, entry?.detail], ['recording.key-given', 'vic', { recording: 41 }]);
});

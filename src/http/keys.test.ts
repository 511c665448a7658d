import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { TestServer } from './testing/client.ts';
import { startTestServer } from './testing/client.ts';
import { password } from './testing/parts.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.parts.keyChanges.length = 0;
});

const changes: readonly (readonly [string, object])[] = [
  ['rotate', { new_passphrase: 'several words of it' }],
  ['escrow', { recipient: 'age1x' }],
  ['escrow/remove', { recipient: 'age1x' }],
  ['shred', { date: '2026-11-24' }],
  ['sheet', {}],
];

test('shows the keys to the admin alone', async () => {
  const shown = await server.ask('/api/keys', { as: 'ann' });
  assert.deepEqual(shown.json()['escrow'], ['age1escrow']);
  assert.equal(JSON.stringify(shown.json()).includes('SECRET'), false);
  assert.equal((await server.ask('/api/keys', { as: 'vic' })).status, 403);
  assert.equal((await server.ask('/api/keys')).status, 401);
});

test('changes no key for a session without the password, whatever it is', async () => {
  for (const [name, json] of changes) {
    const url = `/api/keys/${name}`;
    assert.equal((await server.ask(url, { method: 'POST', as: 'ann', json })).status, 422, name);
    const wrong = { ...json, password: 'not it' };
    assert.equal((await server.ask(url, { method: 'POST', as: 'ann', json: wrong })).status, 401, name);
    assert.equal((await server.ask(url, { method: 'POST', as: 'vic', json: { ...json, password } })).status, 403, name);
  }
  assert.deepEqual(server.parts.keyChanges, []);
});

test('changes them for the admin who gives it', async () => {
  for (const [name, json] of changes) {
    const answer = await server.ask(`/api/keys/${name}`, { method: 'POST', as: 'ann', json: { ...json, password } });
    assert.equal(answer.status, 200, `${name}: ${answer.text}`);
  }
  assert.deepEqual(server.parts.keyChanges, [
    'rotate new by ann',
    'add age1x',
    'remove age1x',
    'shred 2026-11-24',
    'sheet',
  ]);
});

test('gives a sheet to print, which no cache keeps, with the key as text and as QR code', async () => {
  const answer = await server.ask('/api/keys/sheet', { method: 'POST', as: 'ann', json: { password } });
  assert.match(String(answer.headers['cache-control']), /no-store/);
  const page = answer.json()['page'] as string;
  assert.match(page, /AGE-SECRET-KEY-1TEST/);
  assert.match(page, /<svg/);
  assert.doesNotMatch(page, /<script|https?:\/\/(?!age-encryption\.org|www\.w3\.org)/);
});

test('knows no such day', async () => {
  const json = { password, date: '2026-13-40' };
  assert.equal((await server.ask('/api/keys/shred', { method: 'POST', as: 'ann', json })).status, 422);
});

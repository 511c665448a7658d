import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { afterEach, beforeEach, test } from 'node:test';
import type { AccountId } from '../base/ids.ts';
import type { TestServer } from './testing/client.ts';
import { startTestServer } from './testing/client.ts';

let server: TestServer;
let cookie = '';
beforeEach(async () => {
  server = await startTestServer();
  cookie = await server.session('vic');
});
afterEach(() => server[Symbol.asyncDispose]());

/** An open row of pictures, and everything that came of it so far. */
async function watch(): Promise<{ response: IncomingMessage; text: () => string; closed: Promise<unknown> }> {
  const asked = request({
    ...{
      host: '127.0.0.1',
      port: server.port,
      path: '/video/stream?feed=yard',
      rejectUnauthorized: false,
      agent: false,
    },
    headers: { host: `localhost:${server.port}`, cookie },
  });
  asked.on('error', () => {});
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  response.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  response.on('error', () => {});
  return { response, text: () => text, closed: new Promise((resolve) => response.once('close', resolve)) };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('sends each picture as a part, and stops when the viewer goes', async () => {
  // The live sockets listen for as long as the server runs.
  const listening = server.parts.revokedListeners.size;
  const { response, text } = await watch();
  assert.equal(response.headers['content-type'], 'multipart/x-mixed-replace; boundary=frame');
  await until(() => text().includes('first picture'));
  for (const show of server.parts.pictureViewers) show(Buffer.from('another one'));
  await until(() => text().includes('another one'));
  const part = '--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ';
  assert.equal(text(), `${part}13\r\n\r\nfirst picture\r\n${part}11\r\n\r\nanother one\r\n`);
  response.destroy();
  await until(() => server.parts.pictureViewers.size === 0);
  await until(() => server.parts.revokedListeners.size === listening);
});

test('gives a slow viewer the newest picture and keeps no other', async () => {
  const { response, text } = await watch();
  await until(() => text().includes('first picture'));
  response.pause();
  const before = process.memoryUsage().external;
  const large = Buffer.alloc(1024 * 1024, 'x');
  for (let i = 0; i < 300; i++) {
    for (const show of server.parts.pictureViewers) show(large);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(process.memoryUsage().external - before < 64 * 1024 * 1024);
  response.destroy();
});

test('ends with the session, and when the account changes', async () => {
  const first = await watch();
  const [id] = [...server.parts.sessions.values()].map((principal) => principal.sessionId!);
  for (const listener of server.parts.endedListeners) listener({ sessionId: 'another' });
  assert.equal(server.parts.pictureViewers.size, 1);
  for (const listener of server.parts.endedListeners) listener({ sessionId: id! });
  await first.closed;
  const second = await watch();
  for (const listener of server.parts.revokedListeners) listener({ accountId: 2 as AccountId });
  await second.closed;
  await until(() => server.parts.pictureViewers.size === 0);
});

test('answers one picture, 404 for cameras that one may not see, 503 where there is none', async () => {
  const one = await server.ask('/video/jpeg/yard', { as: 'vic' });
  assert.equal(one.status, 200);
  assert.equal(one.headers['content-type'], 'image/jpeg');
  assert.equal(one.body.toString(), 'first picture');
  assert.equal(server.parts.pictureViewers.size, 0);
  assert.equal((await server.ask('/video/jpeg/front-door', { as: 'vic' })).status, 404);
  assert.equal((await server.ask('/video/stream?feed=front-door', { as: 'vic' })).status, 404);
  assert.equal((await server.ask('/video/stream?feed=front-door', { as: 'ann' })).status, 503);
  assert.equal((await server.ask('/video/stream?feed=No%20Id', { as: 'ann' })).status, 404);
  assert.equal((await server.ask('/video/stream', { as: 'ann' })).status, 422);
  assert.equal((await server.ask('/video/jpeg/yard', { as: 'pub' })).status, 403);
  assert.equal((await server.ask('/video/stream?feed=yard')).status, 401);
});

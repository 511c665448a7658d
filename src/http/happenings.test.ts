import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CameraId } from '../base/ids.ts';
import { basic, startTestServer } from './testing/client.ts';
import { door, yard } from './testing/parts.ts';

const streamOf = (authorization: string) =>
  `GET /api/events/stream HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n${authorization}\r\nconnection: close\r\n\r\n`;

test('tells what happens now, of the cameras of who listens, and ends with the session', async () => {
  await using server = await startTestServer();
  const cookie = await server.session('vic');
  let received = '';
  const ended = server.raw(streamOf(`cookie: ${cookie}`), {
    until: (bytes) => {
      received = bytes.toString();
      return false;
    },
  });
  const waitFor = async (text: string): Promise<void> => {
    while (!received.includes(text)) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await waitFor('event: camera');
  const tell = (camera: CameraId, event: number) => {
    for (const listener of server.parts.listeners) listener({ kind: 'event', camera, event, state: 'started' });
  };
  tell(door, 7);
  tell(yard, 8);
  await waitFor('"id":8');
  assert.ok(received.includes(`event: event\ndata: {"stream_id":"yard","id":8,"state":"started"}\n\n`));
  assert.equal(received.includes('front-door'), false);
  assert.match(received, /content-type: text\/event-stream/i);
  server.parts.endSession([...server.parts.sessions.values()][0]!.sessionId!);
  await ended;
  assert.equal(server.parts.listeners.size, 0);
});

test('lets go of one that does not read, and takes no thirteenth of an account', async () => {
  await using server = await startTestServer();
  const sockets = [];
  for (let n = 0; n < 12; n++) {
    const socket = await server.socket();
    sockets.push(socket);
    socket.write(streamOf(`authorization: ${basic('ann')}`));
    await new Promise((resolve) => socket.once('readable', resolve));
  }
  const headers = { accept: 'text/event-stream' };
  assert.equal((await server.ask('/api/events/stream', { as: 'ann', headers })).status, 429);
  assert.equal((await server.ask('/api/events/stream', { as: 'ann' })).status, 422);
  assert.equal(server.parts.listeners.size, 12);
  for (const socket of sockets.slice(1)) socket.destroy();
  while (server.parts.listeners.size > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  // The network takes what it takes; of what it doesn't, 64 KiB wait here and no more.
  const state = { detail: 'x'.repeat(30_000) };
  for (let n = 0; n < 2000 && server.parts.listeners.size > 0; n++) {
    for (const listener of [...server.parts.listeners]) listener({ kind: 'camera', camera: yard, state });
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(server.parts.listeners.size, 0);
  sockets[0]!.destroy();
});

test('recording by hand and privacy are an admin’s, and in the log', async () => {
  await using server = await startTestServer();
  const post = (path: string, json: unknown, as: string) => server.ask(path, { method: 'POST', json, as });
  const started = await post('/api/cameras/yard/record', { action: 'start', seconds: 5 }, 'ann');
  assert.deepEqual(started.json(), { stream_id: 'yard', recording: true, privacy: false });
  assert.equal((await post('/api/cameras/yard/record', { action: 'stop' }, 'ann')).json()['recording'], false);
  assert.equal((await post('/api/cameras/yard/privacy', { on: true }, 'ann')).json()['privacy'], true);
  assert.equal((await post('/api/cameras/yard/privacy', { on: false }, 'vic')).status, 403);
  assert.equal((await post('/api/cameras/nowhere/privacy', { on: true }, 'ann')).status, 404);
  for (const json of [{}, { action: 'pause' }, { action: 'start', seconds: 0 }, { action: 'start', seconds: 1e9 }])
    assert.equal((await post('/api/cameras/yard/record', json, 'ann')).status, 422);
  assert.deepEqual(
    server.parts.entries.map(({ kind, camera }) => `${kind} ${camera}`).filter((line) => line.endsWith('yard')),
    ['recording.manual-started yard', 'recording.manual-stopped yard', 'camera.privacy-on yard'],
  );
});

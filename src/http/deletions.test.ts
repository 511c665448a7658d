import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CameraId, RecordingId } from '../base/ids.ts';
import { startTestServer } from './testing/client.ts';

test('a deletion that waits deletes nothing, says when it will, and is listed', async () => {
  await using server = await startTestServer();
  const recording = 41 as RecordingId;
  server.parts.pending = {
    ...{ id: 1, subject: { kind: 'recording', recording, camera: 'yard' as CameraId }, by: 'ann', askedAt: 0 },
    ...{ dueAt: 86_400_000, confirmable: true },
  };
  const asked = await server.ask('/api/recordings/41', { method: 'DELETE', as: 'ann' });
  assert.equal(asked.status, 200);
  assert.match(asked.body.toString(), /recording 41 will be deleted at 1970-01-02/);
  assert.equal((await server.ask('/api/recordings/41', { as: 'ann' })).status, 200);
  const listed = await server.ask('/api/deletions', { as: 'ann' });
  assert.deepEqual(JSON.parse(listed.body.toString()).deletions[0].recording, 41);
  assert.equal((await server.ask('/api/deletions', { as: 'vic' })).status, 403);
  assert.equal((await server.ask('/api/deletions/1', { method: 'DELETE', as: 'vic' })).status, 403);
  server.parts.pending = undefined;
  assert.equal((await server.ask('/api/recordings/41', { method: 'DELETE', as: 'ann' })).status, 200);
  assert.equal((await server.ask('/api/recordings/41', { as: 'ann' })).status, 404);
});

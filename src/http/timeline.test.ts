import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from './testing/client.ts';
import { yard } from './testing/parts.ts';

interface Day {
  readonly start: string;
  readonly end: string;
  readonly cameras: { stream_id: string; coverage: unknown[]; recordings: { id: number }[] }[];
}

test('a day is one of the configured zone, with the cameras of who asks', async () => {
  await using server = await startTestServer();
  const day = async (query: string, as: string) => (await server.ask(`/api/timeline?${query}`, { as })).json();
  // Berlin leaves summer time on this Sunday: it has 25 hours.
  const long = (await day('day=2026-10-25', 'ann')) as unknown as Day;
  assert.deepEqual([long.start, long.end], ['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z']);
  const all = (await day('day=2026-11-24', 'ann')) as unknown as Day;
  assert.deepEqual(
    all.cameras.map((one) => one.stream_id),
    ['front-door', 'yard'],
  );
  assert.deepEqual(all.cameras[1]!.coverage, [{ start: '2026-11-24T10:15:00.000Z', end: '2026-11-24T10:15:12.500Z' }]);
  const own = (await day('day=2026-11-24', 'vic')) as unknown as Day;
  assert.deepEqual(
    own.cameras.map((one) => one.stream_id),
    [yard],
  );
  assert.equal((await server.ask('/api/timeline?day=2026-11-24&stream_id=front-door', { as: 'vic' })).status, 404);
  for (const query of ['', 'day=2026-02-30', 'day=today', 'day=2026-11-24&day=2026-11-25'])
    assert.equal((await server.ask(`/api/timeline?${query}`, { as: 'ann' })).status, 422, query);
});

test('labels, note and favorite are for an admin to change, and what was written is not in the log', async () => {
  await using server = await startTestServer();
  const patch = (id: number, json: unknown, as: string) =>
    server.ask(`/api/recordings/${id}`, { method: 'PATCH', json, as });
  const words = [`<b>"it's"</b>`, '\u202Etxt', '🦊'];
  const changed = await patch(41, { labels: words, note: 'the\r\npostman' }, 'ann');
  assert.equal(changed.status, 200);
  assert.deepEqual([changed.json()['labels'], changed.json()['note']], [words, 'the\r\npostman']);
  assert.equal((await patch(43, { labels: [] }, 'ann')).status, 404);
  assert.equal((await patch(41, { labels: [] }, 'vic')).status, 403);
  assert.equal((await patch(41, { labels: [] }, 'pub')).status, 403);
  const kept = await patch(41, { favorite: true, note: '' }, 'ann');
  assert.deepEqual([kept.json()['held'], kept.json()['note'], kept.json()['labels']], [true, undefined, words]);
  const kinds = server.parts.entries.map((entry) => entry.kind);
  assert.deepEqual(
    kinds.filter((kind) => kind.startsWith('recording.')),
    ['recording.annotated', 'recording.annotated', 'recording.held'],
  );
  assert.equal(JSON.stringify(server.parts.entries).includes('postman'), false);
  for (const json of [{ labels: [''] }, { note: 5 }, { color: 'red' }, { labels: ['x'.repeat(101)] }, []])
    assert.equal((await patch(41, json, 'ann')).status, 422, JSON.stringify(json));
});

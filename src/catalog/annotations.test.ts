import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { CameraId, RecordingId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import type { Catalog } from './catalog.ts';
import { openCatalog } from './catalog.ts';

const door = 'door' as CameraId;
const yard = 'yard' as CameraId;
let directory: string;
let next = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sentrix-annotations-'));
});
after(() => rm(directory, { recursive: true }));

async function open(): Promise<Catalog> {
  const clock = { now: () => 5000, monotonicMs: () => 5000 };
  const file = join(directory, `${next++}.db`);
  const catalog = await openCatalog({ file, key: Buffer.alloc(32, 7), clock, log: silentLog });
  for (const camera of [door, yard]) await catalog.cameras.ensure(camera, `The ${camera}`);
  return catalog;
}

async function record(catalog: Catalog, camera: CameraId, startAt: number, endAt: number): Promise<RecordingId> {
  const file = (id: RecordingId) => `${camera}/${id}.mp4`;
  const { id } = await catalog.recordings.create({ camera, startAt, reason: 'event', width: 1, height: 1, file });
  const end = { state: 'finished', plainBytes: 10, sealedBytes: 20, sha256: null, tailOffset: null } as const;
  await catalog.recordings.finish(id, { ...end, endAt });
  return id;
}

test('labels and notes are kept as they are given, whatever signs they are made of', async () => {
  await using catalog = await open();
  const id = await record(catalog, door, 0, 10);
  const hostile = [
    `'; drop table recording; --`,
    '../../etc/passwd',
    '<img src=x onerror=alert(1)>',
    'a\r\nSet-Cookie: b',
  ];
  const words = [...hostile, '\u202Egnp.exe', '🦊👨‍👩‍👧', 'x'.repeat(4096), '%_\\'];
  await catalog.annotations.set(id, { labels: words, note: words.join('\n') });
  const found = (await catalog.recordingLists.byId(id, 'all'))!;
  assert.deepEqual([...found.labels].sort(), [...words].sort());
  assert.equal(found.note, words.join('\n'));
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (text) => {
      await catalog.annotations.set(id, { labels: [text, text], note: text });
      const { labels, note } = (await catalog.annotations.of([id])).get(id)!;
      assert.deepEqual([labels, note], [[text], text]);
    }),
    { numRuns: 50 },
  );
  await catalog.annotations.set(id, { note: null });
  assert.equal((await catalog.annotations.of([id])).get(id)?.note, null);
  await catalog.annotations.set(id, { labels: [] });
  assert.equal((await catalog.annotations.of([id])).size, 0);
});

test('a timeline has what touches its span and nothing of other cameras', async () => {
  await using catalog = await open();
  const before = await record(catalog, door, 900, 1000);
  const into = await record(catalog, door, 950, 1001);
  const inside = await record(catalog, yard, 1500, 1600);
  const later = await record(catalog, door, 2000, 2100);
  const event = await catalog.events.create({ camera: door, startAt: 1990 });
  const loss = await catalog.losses.begin({ camera: door, reason: 'network', startAt: 500 });
  const ids = async (scope: 'all' | CameraId[], camera?: CameraId) => {
    const span = { from: 1000, before: 2000, limit: 10, ...(camera === undefined ? {} : { camera }) };
    const { recordings, events, losses, truncated } = await catalog.timeline.between(span, scope);
    assert.equal(truncated, false);
    return [recordings, events, losses].map((list) => list.map(({ id }) => Number(id)));
  };
  assert.deepEqual(await ids('all'), [[into, inside], [event], [loss]]);
  assert.deepEqual(await ids([yard]), [[inside], [], []]);
  assert.deepEqual(await ids('all', door), [[into], [event], [loss]]);
  await catalog.losses.end(loss, 1000);
  assert.deepEqual((await ids('all'))[2], []);
  assert.equal((await catalog.timeline.between({ from: 0, before: 3000, limit: 1 }, 'all')).truncated, true);
  assert.ok(before < into && later > inside);
});

test('a loss that took no time is none', async () => {
  await using catalog = await open();
  const id = await catalog.losses.begin({ camera: door, reason: 'disk', startAt: 500 });
  assert.deepEqual(
    (await catalog.losses.open()).map((one) => one.id),
    [id],
  );
  await catalog.losses.end(id, 500);
  assert.deepEqual(await catalog.losses.between({ from: 0, before: 1000, limit: 10 }, 'all'), []);
});

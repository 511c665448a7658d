import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { CameraId, EventId, RecordingId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import type { Catalog } from './catalog.ts';
import { openCatalog } from './catalog.ts';
import { classesOf } from './classes.ts';
import type { ObjectTrack } from './events.ts';

const door = 'door' as CameraId;
const yard = 'yard' as CameraId;
const cameras = [door, yard] as const;
const page = { limit: 100, offset: 0 };
const end = { state: 'finished', plainBytes: 10, sealedBytes: 20, sha256: null, seekIndex: null } as const;

let directory: string;
let next = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sentrix-evidence-'));
});
after(() => rm(directory, { recursive: true }));

async function open(): Promise<Catalog> {
  const clock = { now: () => 5000, monotonicMs: () => 5000 };
  const file = join(directory, `${next++}.db`);
  const catalog = await openCatalog({ file, key: Buffer.alloc(32, 7), clock, log: silentLog });
  for (const camera of cameras) await catalog.cameras.ensure(camera, `The ${camera}`);
  return catalog;
}

function object(number: number, word: string, confidence: number, firstAt: number, lastAt: number): ObjectTrack {
  return { number, class: word, confidence, box: [0.1, 0.2, 0.3, 0.4], width: 640, height: 360, firstAt, lastAt };
}

async function record(
  catalog: Catalog,
  camera: CameraId,
  startAt: number,
  endAt: number,
  confidence = 0,
): Promise<RecordingId> {
  const file = (id: RecordingId) => `${camera}/${id}.mp4`;
  const { id } = await catalog.recordings.create({ camera, startAt, reason: 'event', width: 1, height: 1, file });
  await catalog.recordings.finish(id, { ...end, endAt, confidence });
  return id;
}

async function visit(catalog: Catalog, camera: CameraId, objects: readonly ObjectTrack[]): Promise<EventId> {
  const id = await catalog.events.create({ camera, startAt: objects[0]!.firstAt });
  await catalog.events.update(id, { objects, endAt: objects.at(-1)!.lastAt });
  return id;
}

test('a recording is open, then finished once, then deleted, and its name is never free again', async () => {
  await using catalog = await open();
  const file = (id: RecordingId) => `door/${id}.mp4`;
  const made = { camera: door, startAt: 100, reason: 'event', width: 1280, height: 720, file };
  const { id, file: name } = await catalog.recordings.create(made);
  assert.equal(name, `door/${id}.mp4`);
  assert.deepEqual(
    (await catalog.recordings.open()).map((one) => one.id),
    [id],
  );
  assert.equal((await catalog.recordingLists.list(page, 'all')).total, 0);
  assert.equal((await catalog.recordingLists.list({ ...page, states: ['open'] }, 'all')).total, 1);
  await catalog.recordings.progress(id, { plainBytes: 5, endAt: 150, thumbnail: `door/${id}.jpg` });
  const seekIndex = Buffer.from([1, 2, 3]);
  assert.equal(await catalog.recordings.finish(id, { ...end, endAt: 200, seekIndex }), true);
  assert.equal(await catalog.recordings.finish(id, { ...end, endAt: 300, seekIndex: null }), false);
  assert.deepEqual(await catalog.recordings.seekIndex(id, 'all'), seekIndex);
  const found = await catalog.recordings.byFile(`door/${id}.jpg`, [door]);
  assert.equal(found?.kind, 'thumbnail');
  assert.equal(found?.recording.endAt, 200);
  assert.equal((await catalog.recordings.byFile(name, [door]))?.kind, 'clip');
  assert.equal(await catalog.recordings.delete(id, [yard]), undefined);
  assert.equal((await catalog.recordings.delete(id, [door]))?.file, name);
  assert.equal(await catalog.recordings.byId(id, 'all'), undefined);
  assert.equal(await catalog.recordings.byFile(name, 'all'), undefined);
  assert.equal(await catalog.recordings.delete(id, 'all'), undefined);
  assert.notEqual((await catalog.recordings.create(made)).id, id);
});

test('a viewer of one camera finds nothing of another: by id, by name, in lists, counts and statistics', async () => {
  await using catalog = await open();
  const id = await record(catalog, door, 100, 200);
  const event = await visit(catalog, door, [object(1, 'person', 0.9, 110, 150)]);
  await catalog.recordings.link(id, event);
  for (const scope of [[yard], [], new Set([yard])]) {
    assert.equal(await catalog.recordings.byId(id, scope), undefined);
    assert.equal(await catalog.recordingLists.byId(id, scope), undefined);
    assert.equal(await catalog.recordings.byFile(`door/${id}.mp4`, scope), undefined);
    assert.equal(await catalog.recordings.seekIndex(id, scope), undefined);
    assert.deepEqual(await catalog.recordingLists.list(page, scope), { total: 0, recordings: [] });
    assert.equal((await catalog.recordingLists.list({ ...page, camera: door }, scope)).total, 0);
    assert.deepEqual(await catalog.events.list({ ...page, camera: door }, scope), { total: 0, events: [] });
    assert.equal(await catalog.events.byId(event, scope), undefined);
    assert.equal((await catalog.statistics.recordings({}, scope)).count, 0);
    assert.equal((await catalog.statistics.recordingsByCamera(scope)).size, 0);
    assert.deepEqual(await catalog.statistics.objects({}, scope), { recordings: 0, counts: {} });
    const times = await catalog.statistics.times({ timeZone: 'UTC' }, scope);
    assert.equal(Math.max(...times.hours, ...times.weekdays), 0);
  }
  assert.equal((await catalog.recordingLists.list(page, [door])).total, 1);
});

test('a recording shows the objects of its events that were in sight during it, the surest first', async () => {
  await using catalog = await open();
  const first = await record(catalog, door, 100, 200);
  const second = await record(catalog, door, 200, 300);
  const event = await visit(catalog, door, [object(1, 'person', 0.5, 110, 250), object(2, 'car', 0.8, 240, 260)]);
  for (const id of [first, second, second]) await catalog.recordings.link(id, event);
  const classes = async (id: RecordingId) =>
    (await catalog.recordingLists.byId(id, 'all'))?.objects.map((seen) => seen.class);
  assert.deepEqual(await classes(first), ['person']);
  assert.deepEqual(await classes(second), ['car', 'person']);
  const row = (await catalog.events.byId(event, 'all'))!;
  assert.deepEqual(row.counts, { car: 1, person: 1 });
  assert.equal(row.confidence, 0.8);
  assert.deepEqual(
    row.recordings.map((one) => one.id),
    [first, second],
  );
  await catalog.recordings.delete(first, 'all');
  assert.deepEqual(
    (await catalog.events.byId(event, 'all'))?.recordings.map((one) => one.id),
    [second],
  );
});

test('a track that is told again is replaced, and an event that a crash left open ends at its last sight', async () => {
  await using catalog = await open();
  const event = await catalog.events.create({ camera: door, startAt: 100 });
  const empty = await catalog.events.create({ camera: door, startAt: 70 });
  await catalog.events.update(event, { objects: [object(1, 'person', 0.4, 100, 110)] });
  await catalog.events.update(event, {
    objects: [object(1, 'person', 0.9, 100, 180), object(2, 'person', 0.2, 105, 120)],
  });
  assert.equal((await catalog.events.open()).length, 2);
  assert.equal(await catalog.events.closeOpen(), 2);
  const row = await catalog.events.byId(event, 'all');
  assert.deepEqual([row?.endAt, row?.counts, row?.confidence], [180, { person: 2 }, 0.9]);
  assert.equal((await catalog.events.byId(empty, 'all'))?.endAt, 70);
});

test('hours and weekdays are those of the zone, over a change to winter time', async () => {
  await using catalog = await open();
  const zone = { timeZone: 'Europe/Berlin' };
  // Sunday, 25 October 2026: 00:30 UTC is 02:30 summer time, 01:30 UTC is 02:30 winter time, 23:15 UTC is Monday 00:15.
  for (const text of ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T23:15:00Z'])
    await visit(catalog, door, [object(1, 'bus', 0.5, Date.parse(text), Date.parse(text))]);
  const times = await catalog.statistics.times({ ...zone, objectType: 'vehicle' }, 'all');
  assert.deepEqual([times.hours[2], times.hours[0], times.weekdays], [2, 1, [1, 0, 0, 0, 0, 0, 2]]);
  const nepal = await catalog.statistics.times({ timeZone: 'Asia/Kathmandu' }, 'all');
  // +05:45: 06:15, 07:15 and 05:00
  assert.deepEqual([nepal.hours[5], nepal.hours[6], nepal.hours[7]], [1, 1, 1]);
});

test('lists agree with a simple model for every filter, order and page', async () => {
  await using catalog = await open();
  const words = ['person', 'car', 'dog'];
  const model: {
    id: RecordingId;
    camera: CameraId;
    startAt: number;
    endAt: number;
    word: string;
    confidence: number;
  }[] = [];
  for (let index = 0; index < 40; index++) {
    const camera = cameras[index % 2]!;
    const startAt = 1000 + ((index * 37) % 40) * 10;
    const endAt = startAt + 5 + ((index * 7) % 5);
    const word = words[index % 3]!;
    const confidence = ((index * 13) % 20) / 20;
    const id = await record(catalog, camera, startAt, endAt, confidence);
    await catalog.recordings.link(id, await visit(catalog, camera, [object(1, word, confidence, startAt, endAt)]));
    model.push({ id, camera, startAt, endAt, word, confidence });
  }
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        limit: fc.integer({ min: 1, max: 50 }),
        offset: fc.integer({ min: 0, max: 50 }),
        camera: optional(fc.constantFrom(...cameras)),
        from: optional(fc.integer({ min: 990, max: 1410 })),
        to: optional(fc.integer({ min: 990, max: 1410 })),
        objectType: optional(fc.constantFrom('person', 'car', 'vehicle', 'animal', 'ufo', '__proto__')),
        minConfidence: optional(fc.integer({ min: 0, max: 20 }).map((twentieth) => twentieth / 20)),
        sortBy: optional(fc.constantFrom('timestamp' as const, 'confidence' as const, 'duration' as const)),
        sortOrder: optional(fc.constantFrom('asc' as const, 'desc' as const)),
      }),
      fc.constantFrom<'all' | CameraId[]>('all', [door], [yard], [...cameras], []),
      async (drawn, scope) => {
        const filter = Object.fromEntries(
          Object.entries(drawn).filter(([, value]) => value !== undefined),
        ) as unknown as Parameters<Catalog['recordingLists']['list']>[0];
        const sign = drawn.sortOrder === 'asc' ? 1 : -1;
        const by = (one: (typeof model)[number]) =>
          drawn.sortBy === 'confidence'
            ? one.confidence
            : drawn.sortBy === 'duration'
              ? one.endAt - one.startAt
              : one.startAt;
        const expected = model
          .filter(
            (one) =>
              (scope === 'all' || scope.includes(one.camera)) &&
              (drawn.camera === undefined || one.camera === drawn.camera) &&
              (drawn.from === undefined || one.startAt >= drawn.from) &&
              (drawn.to === undefined || one.startAt <= drawn.to) &&
              (drawn.objectType === undefined || classesOf(drawn.objectType).includes(one.word)) &&
              (drawn.minConfidence === undefined || one.confidence >= drawn.minConfidence),
          )
          .sort((a, b) => sign * (by(a) - by(b) || a.id - b.id));
        const { total, recordings } = await catalog.recordingLists.list(filter, scope);
        assert.equal(total, expected.length);
        assert.deepEqual(
          recordings.map((one) => one.id),
          expected.slice(drawn.offset, drawn.offset + drawn.limit).map((one) => one.id),
        );
        const totals = await catalog.statistics.recordings(
          drawn.camera === undefined ? {} : { camera: drawn.camera },
          scope,
        );
        const mine = model.filter(
          (one) =>
            (scope === 'all' || scope.includes(one.camera)) &&
            (drawn.camera === undefined || one.camera === drawn.camera),
        );
        assert.equal(totals.count, mine.length);
        assert.equal(totals.bytes, mine.length * 20);
        assert.equal(
          totals.durationMs,
          mine.reduce((sum, one) => sum + one.endAt - one.startAt, 0),
        );
      },
    ),
    { numRuns: 150 },
  );
});

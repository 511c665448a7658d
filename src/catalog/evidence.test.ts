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
const end = { state: 'finished', plainBytes: 10, sealedBytes: 20, sha256: null, tailOffset: null } as const;

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
  assert.equal(await catalog.recordings.finish(id, { ...end, endAt: 200, tailOffset: 7 }), true);
  assert.equal(await catalog.recordings.finish(id, { ...end, endAt: 300 }), false);
  assert.equal(await catalog.recordings.tailOffset(id, 'all'), 7);
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
    assert.equal(await catalog.recordings.tailOffset(id, scope), undefined);
    assert.deepEqual(await catalog.recordingLists.list(page, scope), {
      ...{ total: 0, totalIsExact: true, recordings: [], next: null },
    });
    assert.equal((await catalog.recordingLists.list({ ...page, camera: door }, scope)).total, 0);
    assert.deepEqual(await catalog.events.list({ ...page, camera: door }, scope), { total: 0, events: [], next: null });
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

/** A fourth of a day. */
const tick = 21_600_000;

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
    // Over thirteen days, two of them empty.
    const startAt = 1000 + ((index * 37) % 40) * tick + (index % 4 === 0 ? 2 * 86_400_000 : 0);
    const endAt = startAt + 5 + ((index * 7) % 5);
    const word = words[index % 3]!;
    const confidence = ((index * 13) % 40) / 40;
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
        from: optional(fc.integer({ min: -1, max: 50 }).map((step) => 1000 + step * tick)),
        to: optional(fc.integer({ min: -1, max: 50 }).map((step) => 1000 + step * tick)),
        objectType: optional(fc.constantFrom('person', 'car', 'vehicle', 'animal', 'ufo', '__proto__')),
        minConfidence: optional(fc.integer({ min: 0, max: 40 }).map((step) => step / 40)),
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
        const walked: RecordingId[] = [];
        let after: Awaited<ReturnType<Catalog['recordingLists']['list']>>['next'] = null;
        do {
          const place = after === null ? {} : { after };
          const one = await catalog.recordingLists.list({ ...filter, offset: 0, ...place }, scope);
          walked.push(...one.recordings.map(({ id }) => id));
          after = one.next;
        } while (after !== null);
        assert.deepEqual(
          walked,
          expected.map((one) => one.id),
        );
        // The same by the way of searches, for which nothing is counted.
        const searched = await catalog.recordingLists.list({ ...filter, minDurationMs: 0 }, scope);
        assert.deepEqual(
          searched.recordings.map((one) => one.id),
          recordings.map((one) => one.id),
        );
        assert.equal(searched.total, total);
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

test('events agree with a simple model for every filter and page, also those that go on', async () => {
  await using catalog = await open();
  const words = ['person', 'car', 'dog'];
  const model: { id: EventId; camera: CameraId; startAt: number; words: string[]; confidence: number }[] = [];
  for (let index = 0; index < 40; index++) {
    const camera = cameras[index % 2]!;
    const startAt = 1000 + ((index * 37) % 40) * tick;
    const seen = [words[index % 3]!, words[(index * 7) % 3]!];
    const confidence = ((index * 13) % 40) / 40;
    const id = await catalog.events.create({ camera, startAt });
    const objects = seen.map((word, number) => object(number, word, confidence, startAt, startAt + 10));
    await catalog.events.update(id, { objects, ...(index % 5 === 0 ? {} : { endAt: startAt + 10 }) });
    model.push({ id, camera, startAt, words: seen, confidence });
  }
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const time = fc.integer({ min: -1, max: 50 }).map((step) => 1000 + step * tick);
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        limit: fc.integer({ min: 1, max: 50 }),
        offset: fc.integer({ min: 0, max: 50 }),
        camera: optional(fc.constantFrom(...cameras)),
        from: optional(time),
        to: optional(time),
        objectType: optional(fc.constantFrom('person', 'car', 'vehicle', 'animal', 'ufo', '__proto__')),
        minConfidence: optional(fc.integer({ min: 0, max: 40 }).map((step) => step / 40)),
      }),
      fc.constantFrom<'all' | CameraId[]>('all', [door], []),
      async (drawn, scope) => {
        const filter = Object.fromEntries(
          Object.entries(drawn).filter(([, value]) => value !== undefined),
        ) as unknown as Parameters<Catalog['events']['list']>[0];
        const visible = model.filter(
          (one) =>
            (scope === 'all' || scope.includes(one.camera)) &&
            (drawn.camera === undefined || one.camera === drawn.camera) &&
            (drawn.from === undefined || one.startAt >= drawn.from) &&
            (drawn.to === undefined || one.startAt <= drawn.to),
        );
        const expected = visible
          .filter(
            (one) =>
              (drawn.objectType === undefined ||
                one.words.some((word) => classesOf(drawn.objectType!).includes(word))) &&
              (drawn.minConfidence === undefined || one.confidence >= drawn.minConfidence),
          )
          .sort((a, b) => b.startAt - a.startAt || b.id - a.id)
          .map((one) => one.id);
        const { total, events } = await catalog.events.list(filter, scope);
        assert.equal(total, expected.length);
        assert.deepEqual(
          events.map((one) => one.id),
          expected.slice(drawn.offset, drawn.offset + drawn.limit),
        );
        const walked: EventId[] = [];
        let after: Awaited<ReturnType<Catalog['events']['list']>>['next'] = null;
        do {
          const one = await catalog.events.list({ ...filter, offset: 0, ...(after === null ? {} : { after }) }, scope);
          walked.push(...one.events.map(({ id }) => id));
          after = one.next;
        } while (after !== null);
        assert.deepEqual(walked, expected);
        const { camera, from, to } = filter;
        const period = {
          ...(camera === undefined ? {} : { camera }),
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
        };
        const counts: Record<string, number> = {};
        for (const word of visible.flatMap((one) => one.words)) counts[word] = (counts[word] ?? 0) + 1;
        assert.deepEqual((await catalog.statistics.objects(period, scope)).counts, counts);
        const times = await catalog.statistics.times({ ...period, timeZone: 'Asia/Kathmandu' }, scope);
        const tracks = visible.length * 2;
        assert.equal(
          times.hours.reduce((sum, n) => sum + n, 0),
          tracks,
        );
      },
    ),
    { numRuns: 120 },
  );
});

test('finds by label, words, zone, length and time of day', async () => {
  await using catalog = await open();
  // 23:30, 05:30 and 12:30 of a day in Berlin, summer time.
  const starts = ['2026-07-01T21:30:00Z', '2026-07-02T03:30:00Z', '2026-07-02T10:30:00Z'].map(Date.parse);
  const ids: RecordingId[] = [];
  for (const [index, startAt] of starts.entries())
    ids.push(await record(catalog, index === 2 ? yard : door, startAt, startAt + 1000 * (index + 1)));
  await catalog.annotations.set(ids[0]!, { labels: ['Postman 100%'], note: 'rang <b>twice</b>' });
  await catalog.annotations.set(ids[1]!, { labels: ['postwoman'] });
  const event = await catalog.events.create({ camera: door, startAt: starts[1]! });
  const seen = { ...object(1, 'person', 0.5, starts[1]!, starts[1]! + 500), zones: ['Ga"rten\u202E'] };
  await catalog.events.update(event, { objects: [seen], endAt: starts[1]! + 500 });
  await catalog.recordings.link(ids[1]!, event);
  const find = async (filter: Partial<Parameters<Catalog['recordingLists']['list']>[0]>) => {
    const { recordings, total } = await catalog.recordingLists.list({ ...page, ...filter }, 'all');
    assert.equal(total, recordings.length);
    return recordings.map(({ id }) => ids.indexOf(id)).sort();
  };
  assert.deepEqual(await find({ label: 'postman 100%' }), [0]);
  assert.deepEqual(await find({ label: 'postman' }), []);
  assert.deepEqual(await find({ text: 'POST' }), [0, 1]);
  assert.deepEqual(await find({ text: '0%' }), [0]);
  assert.deepEqual(await find({ text: '_' }), []);
  assert.deepEqual(await find({ text: '<b>' }), [0]);
  assert.deepEqual(await find({ text: 'yard', textCameras: [yard] }), [2]);
  assert.deepEqual(await find({ zone: 'Ga"rten\u202E' }), [1]);
  assert.deepEqual(await find({ zone: 'Garten' }), []);
  assert.deepEqual(await find({ minDurationMs: 2000, maxDurationMs: 2500 }), [1]);
  const offsets = [{ from: starts[0]! - 1, before: starts[2]! + 1, offsetMs: 7_200_000 }];
  const night = { startMs: 22 * 3_600_000, endMs: 6 * 3_600_000, offsets };
  assert.deepEqual(await find({ timeOfDay: night }), [0, 1]);
  assert.deepEqual(await find({ timeOfDay: night, objectType: 'person' }), [1]);
  assert.deepEqual(await find({ timeOfDay: { ...night, startMs: night.endMs, endMs: night.startMs } }), [2]);
});

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { CameraId, EventId, RecordingId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { openCatalog } from '../catalog/catalog.ts';
import { openDiskStore } from '../storage/disk-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { Deletion } from './deletion.ts';
import { clipName } from './names.ts';
import type { Expiring, RetentionRules } from './retention.ts';
import { Retention } from './retention.ts';
import { ageOf } from './retention-age.ts';

const dayMs = 86_400_000;
const now = Date.UTC(2026, 10, 24, 12);
const door = 'door' as CameraId;
const yard = 'yard' as CameraId;
const clock = { now: () => now, monotonicMs: () => 0 };
const open = new AbortController().signal;

let base: string;
let catalog: Catalog;
let store: ObjectStore;
let count = 0;
let written: Expiring[];
let forgotten: number[];

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'sentrix-retention-'));
});
after(() => rm(base, { recursive: true, force: true }));
beforeEach(async () => {
  const file = join(base, `${count}.db`);
  catalog = await openCatalog({ file, key: Buffer.alloc(32, 1), clock, log: silentLog });
  store = await openDiskStore(join(base, `recordings-${count++}`));
  written = [];
  forgotten = [];
  for (const camera of [door, yard]) await catalog.cameras.ensure(camera, camera);
});
afterEach(() => catalog[Symbol.asyncDispose]());

async function record(camera: CameraId, daysAgo: number, sealedBytes = 100): Promise<RecordingId> {
  const startAt = now - daysAgo * dayMs;
  const { id, file } = await catalog.recordings.create({
    ...{ camera, startAt, reason: 'event', width: 1, height: 1 },
    file: (made) => clipName(camera, startAt, made),
  });
  await store.put(`${file}.age`, Buffer.alloc(1));
  await catalog.recordings.finish(id, {
    ...{ state: 'finished', endAt: startAt + 1000, plainBytes: 1, sealedBytes, sha256: null, tailOffset: null },
  });
  return id;
}

/** Over `record`'s second. */
async function event(
  recording: RecordingId | undefined,
  daysAgo: number,
  classes: readonly string[],
): Promise<EventId> {
  const startAt = now - daysAgo * dayMs;
  const id = await catalog.events.create({ camera: door, startAt });
  if (recording !== undefined) await catalog.recordings.link(recording, id);
  const objects = classes.map((word, number) => ({
    ...{ number, class: word, confidence: 0.9, firstAt: startAt, lastAt: startAt + 900 },
    ...{ box: [0, 0, 1, 1] as const, width: 1, height: 1 },
  }));
  await catalog.events.update(id, { endAt: startAt + 900, objects });
  return id;
}

function retention(rules: Partial<RetentionRules>, freeBytes = 1e12): Retention {
  const whole = { all: { maxAgeMs: null, maxBytes: 1e12 }, cameras: new Map(), freeBytes: 0, ...rules };
  return new Retention({
    ...{ catalog, clock, log: silentLog, rules: () => whole },
    deletion: new Deletion({ recordings: catalog.recordings, store, facts: { remove: async () => {} } }),
    store: { freeBytes: async () => freeBytes },
    written: async (recording) => written.push(recording),
    forgotten: async (events) => forgotten.push(events),
  });
}

const idsOf = (found: readonly Expiring[]) => found.map(({ id }) => id);

describe('retention', () => {
  it('deletes what is older than its camera keeps it, files and all, and writes each down first', async () => {
    const old = await record(door, 8);
    await record(door, 6);
    const removed = await record(yard, 31);
    await record(yard, 29);
    const keeper = retention({
      all: { maxAgeMs: 30 * dayMs, maxBytes: 1e12 },
      cameras: new Map([[door, { maxAgeMs: 7 * dayMs, maxBytes: null }]]),
    });
    assert.deepEqual(idsOf(await keeper.plan()), [old, removed]);
    assert.deepEqual(idsOf(await keeper.run(open)), [old, removed]);
    assert.deepEqual(idsOf(written), [old, removed]);
    assert.deepEqual(await keeper.plan(), []);
    const names = [];
    for await (const { name } of store.list('')) names.push(name);
    assert.equal(names.length, 2);
  });

  it('makes room, the oldest first, for a camera, for all, and on the disk', async () => {
    const first = await record(door, 5);
    const second = await record(yard, 4);
    const third = await record(door, 3);
    await record(door, 2);
    const camera = { cameras: new Map([[door, { maxAgeMs: null, maxBytes: 250 }]]) };
    assert.deepEqual(idsOf(await retention(camera).plan()), [first]);
    assert.deepEqual(idsOf(await retention({ all: { maxAgeMs: null, maxBytes: 399 } }).plan()), [first]);
    const both = await retention({ ...camera, all: { maxAgeMs: null, maxBytes: 250 } }).plan();
    assert.deepEqual(
      both.map(({ id, reason }) => [id, reason]),
      [
        [first, 'space of the camera'],
        [second, 'space of all'],
      ],
    );
    assert.deepEqual(idsOf(await retention({ freeBytes: 1000 }, 701).plan()), [first, second, third]);
    assert.deepEqual(idsOf(await retention({ freeBytes: 1000 }, 1000).plan()), []);
  });

  it('keeps each recording as long as what was seen in it is to be kept', async () => {
    const classAgeMs = new Map([
      ...['vehicle', 'bus', 'truck'].map((word) => [word, 10 * dayMs] as const),
      ['car', 5 * dayMs],
      ['person', 90 * dayMs],
    ]);
    const seen = async (daysAgo: number, classes: readonly string[]): Promise<RecordingId> => {
      const id = await record(door, daysAgo);
      if (classes.length > 0) await event(id, daysAgo, classes);
      return id;
    };
    const all: { id: RecordingId; classes: readonly string[]; daysAgo: number }[] = [];
    const some = [[], ['car'], ['bus'], ['dog'], ['person'], ['car', 'bus'], ['car', 'dog'], ['car', 'person']];
    for (const classes of some)
      for (const daysAgo of [4, 6, 9, 11, 29, 31, 89, 91])
        all.push({ id: await seen(daysAgo, classes), classes, daysAgo });
    for (const maxAgeMs of [30 * dayMs, 3 * dayMs, null]) {
      const expected = all.filter(({ classes, daysAgo }) => {
        const age = ageOf({ maxAgeMs, classAgeMs }, classes);
        return age !== null && daysAgo * dayMs > age;
      });
      const rules = { cameras: new Map([[door, { maxAgeMs, classAgeMs, maxBytes: null }]]) };
      const plan = await retention(rules).plan();
      assert.deepEqual(
        idsOf(plan).toSorted((a, b) => a - b),
        expected.map(({ id }) => id).toSorted((a, b) => a - b),
      );
      const ofAll = await retention({ all: { maxAgeMs, classAgeMs, maxBytes: 1e12 } }).plan();
      assert.deepEqual(idsOf(ofAll), idsOf(plan));
    }
    assert.equal(ageOf({ maxAgeMs: 30, classAgeMs: new Map([['car', 5]]) }, ['car', 'dog']), 30);
    assert.equal(ageOf({ maxAgeMs: 30, classAgeMs: new Map([['car', 5]]) }, ['car']), 5);
    assert.equal(ageOf({ maxAgeMs: null, classAgeMs: new Map([['car', 5]]) }, []), null);
  });

  it('finds in its later rounds what it could not delete, and within the hour what came in late', async () => {
    let nowMs = 0;
    const rules = { all: { maxAgeMs: 30 * dayMs, maxBytes: 1e12 }, cameras: new Map(), freeBytes: 0 };
    const keeper = new Retention({
      ...{ catalog, log: silentLog, rules: () => rules, forgotten: async () => {} },
      clock: { now: () => now, monotonicMs: () => nowMs },
      deletion: { remove: () => Promise.reject(new Error('the disk is read-only')) },
      store: { freeBytes: async () => 1e12 },
      written: async (recording) => written.push(recording),
    });
    const first = await record(door, 50);
    await keeper.run(open);
    const adopted = await record(door, 80);
    await keeper.run(open);
    assert.deepEqual(idsOf(written), [first, first]);
    nowMs = 3_600_000;
    await keeper.run(open);
    assert.deepEqual(idsOf(written), [first, first, adopted, first]);
  });

  it('forgets events when nothing is left of them and the longest age is over, and counts them no more', async () => {
    const old = await record(door, 31);
    const kept = await record(door, 40);
    await event(old, 31, ['person', 'car']);
    const held = await event(kept, 40, ['person']);
    await event(undefined, 32, ['dog']);
    const young = await event(undefined, 29, ['cat']);
    await catalog.recordings.setHold(kept, now, 'all');
    const rules = { all: { maxAgeMs: 10 * dayMs, maxBytes: 1e12, classAgeMs: new Map([['person', 30 * dayMs]]) } };
    await retention({ all: { ...rules.all, maxAgeMs: null } }).run(open);
    assert.deepEqual(forgotten, []);
    await retention(rules).run(open);
    assert.deepEqual(forgotten, [2]);
    const { total, events } = await catalog.events.list({ limit: 10, offset: 0 }, 'all');
    assert.deepEqual([total, events.map(({ id }) => id)], [2, [young, held]]);
    assert.equal((await catalog.events.list({ limit: 10, offset: 0, objectType: 'dog' }, 'all')).total, 0);
  });

  it('never takes a recording on legal hold, nor one that is being made', async () => {
    const held = await record(door, 9);
    const other = await record(door, 8);
    await catalog.recordings.setHold(held, now, 'all');
    await catalog.recordings.create({
      ...{ camera: door, startAt: now - 20 * dayMs, reason: 'event', width: 1, height: 1 },
      file: (made) => clipName(door, now, made),
    });
    const keeper = retention({ all: { maxAgeMs: dayMs, maxBytes: 0 }, freeBytes: 1e15 });
    assert.deepEqual(idsOf(await keeper.run(open)), [other]);
    const deletion = new Deletion({ recordings: catalog.recordings, store, facts: { remove: async () => {} } });
    await assert.rejects(deletion.remove(held, 'all'), { code: 'recording/held' });
    assert.deepEqual(await catalog.recordings.heldBetween(now - 10 * dayMs, now), [held]);
    await catalog.recordings.setHold(held, null, 'all');
    assert.deepEqual(idsOf(await keeper.run(open)), [held]);
  });
});

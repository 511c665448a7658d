import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { Kysely, SqliteDialect } from 'kysely';
import type { CameraId, EventId, RecordingId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { Catalog } from './catalog.ts';
import { migrate } from './migrate.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { levelOf, rebuildTallies } from './tallies.ts';

const cameras = ['door', 'yard'] as CameraId[];
const clock = { now: () => 5000, monotonicMs: () => 5000 };
let directory: string;
let next = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sentrix-tallies-'));
});
after(() => rm(directory, { recursive: true }));

async function open() {
  const database = await openSqlite(join(directory, `${next++}.db`), Buffer.alloc(32, 7));
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
  await migrate(db as unknown as Kysely<never>, { clock, log: silentLog });
  const catalog = new Catalog(db, clock.now, async () => {});
  for (const camera of cameras) await catalog.cameras.ensure(camera, camera);
  return { db, catalog, [Symbol.asyncDispose]: () => db.destroy() };
}

async function counted(db: Kysely<Schema>) {
  const tally = await db.selectFrom('tally').selectAll().where('n', '!=', 0).execute();
  const hours = (await db.selectFrom('track_hour').selectAll().execute()).filter(
    ({ q0, q1, q2, q3 }) => q0 + q1 + q2 + q3 !== 0,
  );
  const recordings = await db.selectFrom('recording_class').selectAll().execute();
  const events = await db.selectFrom('event_class').selectAll().execute();
  const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
  return [tally, hours, recordings, events].map(lines);
}

test('a level is the last step that a confidence reaches, as the numbers are stored', () => {
  for (let step = 0; step <= 20; step++) assert.equal(levelOf(step / 20), step);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (confidence) => {
      const level = levelOf(confidence);
      assert.ok(confidence >= level / 20 && (level === 20 || confidence < (level + 1) / 20));
    }),
  );
});

test('whatever happens to recordings and events, the tallies are those of the rows', async () => {
  await using opened = await open();
  const { db, catalog } = opened;
  const file = (id: RecordingId) => `door/${id}.mp4`;
  const recordings: RecordingId[] = [];
  const events: { id: EventId; camera: CameraId; startAt: number }[] = [];
  const at = fc.integer({ min: 0, max: 40 }).map((step) => step * 7_200_000 + 123);
  const track = fc.record({
    number: fc.integer({ min: 1, max: 3 }),
    class: fc.constantFrom('person', 'car', 'truck', 'vehicle', 'dog'),
    confidence: fc.integer({ min: 0, max: 50 }).map((step) => step / 50),
    lasts: fc.integer({ min: 0, max: 9_000_000 }),
  });
  const step = fc.record({
    kind: fc.constantFrom('record', 'begin', 'update', 'end', 'link', 'delete', 'discard', 'crash'),
    camera: fc.constantFrom(...cameras),
    at,
    which: fc.nat(30),
    tracks: fc.array(track, { maxLength: 3 }),
  });
  const end = { plainBytes: 10, sealedBytes: 20, sha256: null, tailOffset: null } as const;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      for (const { kind, camera, at: startAt, which, tracks } of steps) {
        const recording = recordings.at(which % Math.max(1, recordings.length));
        const event = events.at(which % Math.max(1, events.length));
        if (kind === 'record') {
          const made = { camera, startAt, reason: 'event', width: 1, height: 1, file };
          recordings.push((await catalog.recordings.create(made)).id);
        } else if (kind === 'begin') {
          events.push({ id: await catalog.events.create({ camera, startAt }), camera, startAt });
        } else if ((kind === 'update' || kind === 'end') && event !== undefined) {
          const objects = tracks.map(({ lasts, ...seen }) => ({
            ...{ ...seen, box: [0, 0, 1, 1] as const, width: 1, height: 1 },
            ...{ firstAt: event.startAt, lastAt: event.startAt + lasts },
          }));
          await catalog.events.update(event.id, { objects, ...(kind === 'end' ? { endAt: event.startAt + 9e6 } : {}) });
        } else if (kind === 'link' && event !== undefined && recording !== undefined) {
          await catalog.recordings.link(recording, event.id);
        } else if (kind === 'delete' && recording !== undefined) {
          if ((await catalog.recordings.delete(recording, 'all')) === undefined) continue;
        } else if (kind === 'discard' && recording !== undefined) {
          const found = await catalog.recordings.byId(recording, 'all');
          const state = which % 2 === 0 ? 'finished' : 'torn';
          if (found?.state === 'open')
            await catalog.recordings.finish(recording, {
              ...{ ...end, state, endAt: found.startAt + 10_000_000 },
              ...(which % 3 === 0 ? {} : { confidence: (which % 10) / 10 }),
            });
        } else if (kind === 'crash') await catalog.events.closeOpen();
      }
      // A visit that goes on is in lists as it is when it ends; only then all its recordings know of it.
      await catalog.events.closeOpen();
      const kept = await counted(db);
      await rebuildTallies(db);
      assert.deepEqual(kept, await counted(db));
    }),
    { numRuns: 40 },
  );
});

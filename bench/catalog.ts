/**
 * The catalog with 1,000,000 recordings and 4,000,000 detections: what its lists, searches, statistics and timelines
 * take, how fast rows are written into it, how long it takes to open, and what memory that needs. The rows are made by a
 * generator with a fixed seed: a year of sixteen cameras, one of which sees most.
 */
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CameraId, RecordingId } from '../src/base/ids.ts';
import { silentLog } from '../src/base/log.ts';
import type { Catalog } from '../src/catalog/catalog.ts';
import { openCatalog } from '../src/catalog/catalog.ts';
import { fillCatalog } from './catalog-rows.ts';
import type { Figure } from './figures.ts';
import { quantile, single, spreadOf } from './figures.ts';

const key = Buffer.alloc(32, 3);
const rounds = 20;
const insertSeconds = 3;
export const now = Date.UTC(2026, 10, 25);

export async function catalog(): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  const base = await mkdtemp(join(tmpdir(), 'sentrix-bench-'));
  stack.defer(() => rm(base, { recursive: true, force: true }));
  const file = join(base, 'catalog.db');
  await fillCatalog(file, key, { recordings: Number(process.env['SENTRIX_BENCH_ROWS'] ?? 1_000_000), end: now });
  const measured = await inProcess(file);
  return [
    ...measured.queries.map(
      ([name, milliseconds]): Figure => ({
        name: `catalog/${name}`,
        unit: 'ms, 95th percentile',
        ours: single(
          quantile(
            milliseconds.toSorted((a, b) => a - b),
            0.95,
          ),
          milliseconds.length,
        ),
        limit: 50,
      }),
    ),
    { name: 'catalog/open', unit: 's', ours: single(measured.openSeconds), limit: 3 },
    {
      name: 'catalog/visit written',
      unit: 'ms: a recording, its event and four tracks',
      ours: spreadOf(measured.visitMs),
      limit: 6 / 2,
      note: 'six rows; 2,000 rows a second is 3 ms',
    },
    { name: 'catalog/memory', unit: 'MB of the whole process', ours: single(measured.memoryMb), limit: 300 },
  ];
}

interface Measured {
  readonly openSeconds: number;
  readonly queries: readonly (readonly [string, readonly number[]])[];
  readonly visitMs: readonly number[];
  readonly memoryMb: number;
}

/** In a process of its own, whose memory is the catalog's. */
async function inProcess(file: string): Promise<Measured> {
  const child = fork(import.meta.filename, ['measure', file], { stdio: 'inherit' });
  const answer = Promise.withResolvers<Measured>();
  child.once('message', (measured) => answer.resolve(measured as Measured));
  child.once('exit', (code) => answer.reject(new Error(`the measurement ended with ${code}`)));
  return await answer.promise;
}

async function measure(file: string): Promise<Measured> {
  const clock = { now: () => now, monotonicMs: () => performance.now() };
  const begun = performance.now();
  await using opened = await openCatalog({ file, key, clock, log: silentLog });
  const openSeconds = (performance.now() - begun) / 1000;
  const queries: [string, number[]][] = [];
  for (const [name, run] of Object.entries(questions(opened))) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const from = performance.now();
      await run(round);
      times.push(performance.now() - from);
    }
    queries.push([name, times]);
  }
  const visitMs = await writeVisits(opened);
  return { openSeconds, queries, visitMs, memoryMb: process.memoryUsage.rss() / 1e6 };
}

const dayMs = 86_400_000;

function questions(opened: Catalog): Record<string, (round: number) => Promise<unknown>> {
  const { recordingLists, events, statistics, timeline, recordings } = opened;
  const page = { limit: 100, offset: 0 };
  const few = ['cam-3', 'cam-7'] as CameraId[];
  const day = (round: number) => now - ((round * 37) % 360) * dayMs;
  const month = (round: number) => ({ from: day(round) - 30 * dayMs - 12_345, to: day(round) - 54_321 });
  const list = (more: object, scope: 'all' | CameraId[] = 'all') => recordingLists.list({ ...page, ...more }, scope);
  let after: { value: number; id: number } | null = null;
  const offsets = [{ from: 0, before: now + dayMs, offsetMs: 3_600_000 }];
  return {
    'list, first page': () => list({}),
    'list, page of 1000': () => list({ limit: 1000 }),
    'list, far down': (round) => list({ offset: round * 49_000 }),
    'list, next page': async () => {
      const found: { next: typeof after } = await list(after === null ? {} : { after });
      after = found.next;
    },
    'list, one month': (round) => list(month(round)),
    'list, one camera': (round) => list({ camera: `cam-${round % 16}` as CameraId }),
    'list, two cameras may be seen': () => list({}, few),
    'list, class': (round) => list({ objectType: ['person', 'car', 'vehicle', 'dog', 'bear', 'boat'][round % 6] }),
    'list, confidence': (round) => list({ minConfidence: [0.5, 0.8, 0.95, 1, 0.33][round % 5] }),
    'list, class and confidence': (round) => list({ objectType: 'person', minConfidence: [0.5, 0.9, 1][round % 3] }),
    'list, class, camera, month': (round) =>
      list({ objectType: 'vehicle', camera: `cam-${round % 16}` as CameraId, ...month(round) }),
    'list by duration': (round) => list({ sortBy: 'duration', sortOrder: round % 2 === 0 ? 'desc' : 'asc' }),
    'list by duration, one month': (round) => list({ sortBy: 'duration', ...month(round) }),
    'list by duration, class': (round) => list({ sortBy: 'duration', objectType: ['person', 'bear'][round % 2] }),
    'list by confidence': (round) => list({ sortBy: 'confidence', sortOrder: round % 2 === 0 ? 'desc' : 'asc' }),
    'list by confidence, camera': (round) => list({ sortBy: 'confidence', camera: `cam-${round % 16}` as CameraId }),
    'search, label': () => list({ label: 'postman' }),
    'search, text': (round) => list({ text: ['post', 'nothing like it', 'the'][round % 3] }),
    'search, zone': () => list({ zone: 'garden' }),
    'search, night': () => list({ timeOfDay: { startMs: 22 * 3_600_000, endMs: 6 * 3_600_000, offsets } }),
    'search, night, class, month': (round) =>
      list({
        ...{ timeOfDay: { startMs: 22 * 3_600_000, endMs: 6 * 3_600_000, offsets } },
        ...{ objectType: 'person', ...month(round) },
      }),
    'search, longer than 25 s': () => list({ minDurationMs: 25_000 }),
    'search, longer than all': () => list({ minDurationMs: 9e8 }),
    'events, first page': () => events.list(page, 'all'),
    'events, far down': (round) => events.list({ ...page, offset: round * 40_000 }, 'all'),
    'events, class and confidence': (round) =>
      events.list({ ...page, objectType: ['person', 'vehicle', 'bear'][round % 3]!, minConfidence: 0.9 }, 'all'),
    'events, two cameras may be seen': () => events.list(page, few),
    totals: () => statistics.recordings({}, 'all'),
    'totals by camera': () => statistics.recordingsByCamera('all'),
    objects: () => statistics.objects({}, 'all'),
    'objects, one month': (round) => statistics.objects(month(round), 'all'),
    'objects, two cameras may be seen': () => statistics.objects({}, few),
    'times, a week': () => statistics.times({ from: now - 7 * dayMs, timeZone: 'Europe/Berlin' }, 'all'),
    'times, 90 days': () => statistics.times({ from: now - 90 * dayMs, timeZone: 'Asia/Kolkata' }, 'all'),
    'timeline, all cameras': (round) =>
      timeline.between({ from: day(round) - dayMs, before: day(round), limit: 10_000 }, 'all'),
    'timeline, one camera': (round) =>
      timeline.between({ from: day(round) - dayMs, before: day(round), limit: 10_000, camera: few[0]! }, 'all'),
    'oldest, for retention': () => recordings.oldest(1000),
    'by file': (round) => recordings.byFile(`cam-1/${round * 16 + 2}.mp4`, 'all'),
  };
}

async function writeVisits(opened: Catalog): Promise<number[]> {
  const times: number[] = [];
  const end = {
    state: 'finished',
    plainBytes: 4e6,
    sealedBytes: 4e6,
    sha256: 'a'.repeat(64),
    tailOffset: 3e6,
  } as const;
  for (
    let startAt = now;
    times.length < 100 || times.reduce((a, b) => a + b, 0) < insertSeconds * 1000;
    startAt += 1000
  ) {
    const camera = `cam-${startAt % 16}` as CameraId;
    const from = performance.now();
    const event = await opened.events.create({ camera, startAt });
    const file = (id: RecordingId) => `${camera}/new-${id}.mp4`;
    const { id } = await opened.recordings.create({ camera, startAt, reason: 'event', width: 1, height: 1, file });
    await opened.recordings.link(id, event);
    const box = [0.1, 0.1, 0.2, 0.2] as const;
    const seen = { confidence: 0.7, box, width: 640, height: 360, firstAt: startAt, lastAt: startAt + 9000 };
    const objects = ['person', 'person', 'car', 'dog'].map((word, number) => ({ ...seen, class: word, number }));
    await opened.events.update(event, { objects, endAt: startAt + 9000 });
    await opened.recordings.finish(id, { ...end, endAt: startAt + 20_000, confidence: 0.7 });
    times.push(performance.now() - from);
  }
  return times;
}

if (process.argv[2] === 'measure' && process.send !== undefined)
  process.send(await measure(process.argv[3]!), () => process.disconnect());

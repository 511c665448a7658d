/** The whole way from samples to events, with the real model on real footage, as fast as it goes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { FootageTracker } from '../detection/footage-tracks.ts';
import { findFootage, startFootageTracker } from '../detection/footage-tracks.ts';
import type { VisitEvent } from './events.ts';
import { CameraEvents } from './events.ts';

const run = promisify(execFile);
const startAt = Date.UTC(2026, 10, 24, 21);
const { SENTRIX_SHARED: shared, SENTRIX_MODEL_SOURCE: model } = process.env;
const places = findFootage(shared, model);

describe('events of real footage', { skip: typeof places === 'string' && places }, () => {
  if (typeof places === 'string') return;
  const { clips } = places;
  let tracker: FootageTracker;

  before(async () => {
    tracker = await startFootageTracker(places);
  });

  after(() => tracker[Symbol.asyncDispose]());

  async function eventsOf(clip: string): Promise<VisitEvent[]> {
    const ended: VisitEvent[] = [];
    const events = new CameraEvents({ camera: 'front' }, ({ kind, event }) => {
      if (kind === 'ended') ended.push(event);
    });
    for await (const update of tracker.tracksOf(join(clips, clip), startAt)) events.update(update);
    events.close();
    return ended;
  }

  /** The last line of the scoring program that comes with the footage. */
  async function score(clip: string, events: readonly VisitEvent[]): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'sentrix-score-'));
    const file = join(folder, 'events.json');
    const list = events.map((event) => ({
      class: event.objects.toSorted((a, b) => b.confidence - a.confidence)[0]!.class,
      start: new Date(event.startAt),
      end: new Date(event.endAt),
    }));
    await writeFile(file, JSON.stringify(list));
    const script = join(clips, '../score.mjs');
    const zero = new Date(startAt).toISOString();
    const { stdout } = await run(process.execPath, [script, '--clip', clip, '--events', file, '--zero', zero]);
    await rm(folder, { recursive: true });
    return stdout.trim().split('\n').at(-1)!;
  }

  const expected = [
    { clip: 'visits-sub.mp4', visits: 3, events: 3 },
    { clip: 'visits.mp4', visits: 3, events: 3 },
    { clip: 'visits-h265.mp4', visits: 3, events: 3 },
    // Two of the four cars are there at once.
    { clip: 'cars.mp4', visits: 4, events: 3 },
    { clip: 'empty.mp4', visits: 0, events: 0 },
  ];
  for (const { clip, visits, events } of expected)
    test(`finds each visit of ${clip} as one event and nothing else`, async (t) => {
      const found = await eventsOf(clip);
      const seconds = (at: number) => ((at - startAt) / 1000).toFixed(1);
      for (const event of found) {
        const objects = event.objects.map((one) => `${one.class} ${one.confidence.toFixed(2)}`).join(', ');
        t.diagnostic(`${seconds(event.startAt)} - ${seconds(event.endAt)} s: ${objects}`);
      }
      const line = await score(clip, found);
      t.diagnostic(line);
      assert.ok(line.startsWith(`visits found ${visits}/${visits}, false events 0`), line);
      assert.equal(found.length, events);
      for (const event of found) assert.ok(event.best !== null && event.best.frame.at >= event.startAt);
    });
});

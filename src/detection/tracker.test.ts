import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Box, Detection } from './detection.ts';
import { thresholdsOf } from './labels.ts';
import { Tracker } from './tracker.ts';

function newTracker(): Tracker {
  let next = 1;
  return new Tracker({
    aspect: 16 / 9,
    thresholds: (label) => thresholdsOf(label, undefined),
    nextTrack: () => next++,
  });
}

function seen(label: string, confidence: number, x: number, y = 0.3): Detection {
  const box: Box = [x, y, 0.1, 0.4];
  return { class: label, confidence, box };
}

test('confirms an object by its second box and says that it moves after a quarter of its height', () => {
  const tracker = newTracker();
  tracker.update([seen('person', 0.6, 0.1)], 0);
  assert.equal(tracker.live[0]?.confirmed, false);
  tracker.update([seen('person', 0.6, 0.12)], 200);
  assert.deepEqual([tracker.live[0]?.confirmed, tracker.live[0]?.moving], [true, false]);
  tracker.update([seen('person', 0.6, 0.14)], 400);
  tracker.update([seen('person', 0.6, 0.16)], 600);
  assert.deepEqual([tracker.live.length, tracker.live[0]?.moving, tracker.live[0]?.firstAt], [1, true, 0]);
});

test('never says that something moves which stands and is found a little elsewhere each time', () => {
  const tracker = newTracker();
  for (let at = 0; at < 60_000; at += 200) tracker.update([seen('person', 0.5, 0.5 + 0.01 * Math.sin(at))], at);
  assert.deepEqual([tracker.live.length, tracker.live[0]?.moving], [1, false]);
});

test('keeps an object through weak boxes but begins none with them', () => {
  const tracker = newTracker();
  tracker.update([seen('person', 0.25, 0.1)], 0);
  assert.equal(tracker.live.length, 0);
  tracker.update([seen('person', 0.5, 0.1)], 200);
  for (let at = 400; at <= 4000; at += 200) tracker.update([seen('person', 0.22, 0.1)], at);
  assert.deepEqual([tracker.live.length, tracker.live[0]?.firstAt, tracker.live[0]?.lastAt], [1, 200, 4000]);
});

test('follows an object so fast that its boxes do not overlap', () => {
  const tracker = newTracker();
  for (let step = 0; step < 8; step++) tracker.update([seen('person', 0.6, 0.09 * step)], step * 200);
  assert.deepEqual([tracker.live.length, tracker.live[0]?.track], [1, 1]);
});

test('takes car, bus and truck for one object and reports what it was most of the time', () => {
  const tracker = newTracker();
  ['truck', 'car', 'car', 'bus', 'car'].forEach((label, step) => {
    tracker.update([seen(label, 0.5, 0.1 + step * 0.02)], step * 200);
  });
  assert.deepEqual([tracker.live.length, tracker.live[0]?.class], [1, 'car']);
});

test('reports a confirmed object once when it is gone, and one box never', () => {
  const tracker = newTracker();
  tracker.update([seen('person', 0.6, 0.1), seen('car', 0.6, 0.7)], 0);
  tracker.update([seen('person', 0.6, 0.1)], 200);
  tracker.update([], 400);
  tracker.update([], 600);
  assert.deepEqual(tracker.expire(2200), []);
  assert.deepEqual(
    tracker.expire(2201).map((one) => one.track),
    [1],
  );
  assert.deepEqual(tracker.expire(9000), []);
});

test('gives each object one box and each box one object, whatever is found', () => {
  const share = fc.double({ min: 0, max: 0.5, noNaN: true });
  const detection = fc.record({
    class: fc.constantFrom('person', 'car', 'truck'),
    confidence: fc.double({ min: 0.1, max: 1, noNaN: true }),
    box: fc.tuple(
      share,
      share,
      fc.double({ min: 0.01, max: 0.5, noNaN: true }),
      fc.double({ min: 0.01, max: 0.5, noNaN: true }),
    ),
  });
  fc.assert(
    fc.property(fc.array(fc.array(detection, { maxLength: 12 }), { maxLength: 12 }), (frames) => {
      const tracker = newTracker();
      frames.forEach((found, index) => {
        tracker.update(found, index * 200);
        const now = tracker.live.filter((one) => one.lastAt === index * 200);
        assert.ok(now.length <= found.length);
        assert.equal(new Set(tracker.live.map((one) => one.track)).size, tracker.live.length);
        for (const one of tracker.live) assert.ok(one.firstAt <= one.movedAt && one.movedAt <= one.lastAt);
      });
    }),
    { numRuns: 60 },
  );
});

test('follows a walker whom the model sees every three seconds only, for that is all it has time for', () => {
  const tracker = newTracker();
  const gone = [];
  for (let at = 0; at <= 30_000; at += 200) {
    const looks = at % 3000 === 0;
    gone.push(...(looks ? tracker.update([seen('person', 0.6, 0.1 + at / 60_000)], at) : tracker.expire(at)));
  }
  assert.deepEqual([gone.length, tracker.live.map((one) => [one.track, one.firstAt])], [0, [[1, 0]]]);
  tracker.update([], 33_000);
  assert.equal(tracker.live.length, 1);
  assert.equal(tracker.update([], 36_000).length, 1);
});

test('knows a parked car again that was hidden, and that it has not moved', () => {
  const tracker = newTracker();
  for (let at = 0; at <= 20_000; at += 1000) tracker.update([seen('car', 0.6, at < 5000 ? at / 10_000 : 0.5)], at);
  assert.equal(tracker.live[0]?.moving, true);
  for (let at = 21_000; at <= 60_000; at += 1000) tracker.update([], at);
  assert.equal(tracker.live.length, 0);
  for (let at = 61_000; at <= 70_000; at += 1000) tracker.update([seen('car', 0.6, 0.505)], at);
  assert.deepEqual(
    tracker.live.map((one) => [one.track, one.moving, one.firstAt]),
    [[1, false, 61_000]],
  );
  for (let at = 71_000; at <= 73_000; at += 200) tracker.update([seen('car', 0.6, 0.505 + (at - 71_000) / 10_000)], at);
  assert.equal(tracker.live[0]?.moving, true);
});

test('keeps the way that an object went within bounds, from its first to its last point', () => {
  const tracker = newTracker();
  for (let at = 0; at <= 120_000; at += 200)
    tracker.update([seen('person', 0.6, 0.4 + 0.35 * Math.sin(at / 3000))], at);
  const { path } = tracker.live[0]!;
  assert.ok(path.length > 20 && path.length <= 64, String(path.length));
  assert.deepEqual([path[0]![2], path.at(-1)![2], tracker.live.length], [0, 120_000, 1]);
});

test('gives two who cross each other their own numbers afterwards', () => {
  const tracker = newTracker();
  for (let at = 0; at <= 8000; at += 200) {
    const way = at / 10_000;
    tracker.update([seen('person', 0.7, 0.05 + way, 0.3), seen('person', 0.6, 0.85 - way, 0.42)], at);
  }
  const [first, second] = tracker.live.toSorted((a, b) => a.track - b.track);
  assert.equal(tracker.live.length, 2);
  assert.ok(first!.box[0] > 0.8 && second!.box[0] < 0.1, `${first!.box[0]} ${second!.box[0]}`);
});

test('takes who is alone at two looks that lie seconds apart for the same, however far he went', () => {
  const tracker = newTracker();
  tracker.update([seen('person', 0.6, 0.1)], 0);
  tracker.update([seen('person', 0.6, 0.12)], 200);
  tracker.update([seen('person', 0.6, 0.8)], 3200);
  assert.deepEqual(
    tracker.live.map((one) => [one.track, one.lastAt]),
    [[1, 3200]],
  );
  // Looked at in between and not found: it may be anybody.
  tracker.update([], 5000);
  tracker.update([seen('person', 0.6, 0.1)], 6800);
  assert.equal(tracker.live.at(-1)?.track, 2);
});

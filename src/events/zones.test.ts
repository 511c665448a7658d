import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TrackedObject } from '../detection/frame-analysis.ts';
import type { EventChange } from './events.ts';
import { CameraEvents } from './events.ts';
import type { ZoneOptions } from './zones.ts';
import { Zones } from './zones.ts';

/** The right half of the picture. */
const garden: ZoneOptions = {
  name: 'Garden',
  points: [
    [0.5, 0],
    [1, 0],
    [1, 1],
    [0.5, 1],
  ],
  classes: [],
  trigger: 'enter',
  staySeconds: 10,
  direction: 'any',
};
const fence: ZoneOptions = {
  ...garden,
  name: 'Fence',
  trigger: 'cross',
  points: [
    [0.5, 0],
    [0.5, 1],
  ],
};

function objectAt(x: number, at: number, changes: Partial<TrackedObject> = {}): TrackedObject {
  return {
    track: 1,
    class: 'person',
    confidence: 0.6,
    bestConfidence: 0.8,
    box: [x - 0.05, 0.2, 0.1, 0.5],
    path: [[x, 0.7, at]],
    firstAt: 0,
    lastAt: at,
    confirmed: true,
    moving: true,
    movedAt: at,
    best: null,
    ...changes,
  };
}

/** Walks from left to right through the picture in ten seconds and back again, seen five times a second. */
function walk(zones: Zones, changes: Partial<TrackedObject> = {}, each: (at: number) => void = () => {}): void {
  for (let at = 0; at <= 20_000; at += 200) {
    const way = at <= 10_000 ? at / 10_000 : 2 - at / 10_000;
    const one = objectAt(way, at, changes);
    zones.see({ at, width: 640, height: 360, look: 'looked', objects: [one], ended: [] });
    each(at);
  }
}

/** When a walker counts for a zone: from its first to its last moment. */
function counted(zone: ZoneOptions, changes: Partial<TrackedObject> = {}): readonly [number, number] | undefined {
  const zones = new Zones([zone]);
  walk(zones, changes);
  const sight = zones.of(1);
  return sight === undefined ? undefined : [sight.since, sight.until];
}

test('an area is entered by who is in it, and only that is counted', () => {
  assert.deepEqual(counted(garden), [5000, 15_000]);
});

test('leaving is the moment after, and a line is crossed in its direction', () => {
  assert.deepEqual(counted({ ...garden, trigger: 'leave' }), [15_600, 18_600]);
  assert.deepEqual(counted({ ...fence, direction: 'to_left' }), [5000, 8000]);
  assert.deepEqual(counted({ ...fence, direction: 'to_right' }), [15_200, 18_200]);
});

test('staying counts only after the time that it takes', () => {
  assert.deepEqual(counted({ ...garden, trigger: 'stay', staySeconds: 4 }), [9200, 15_000]);
  assert.equal(counted({ ...garden, trigger: 'stay', staySeconds: 12 }), undefined);
});

test('each zone has its own classes, and groups count', () => {
  assert.equal(counted({ ...garden, classes: ['vehicle'] }), undefined);
  assert.deepEqual(counted({ ...garden, classes: ['vehicle'] }, { class: 'truck' }), [5000, 15_000]);
});

test('a zone counts at the times that it was given', () => {
  assert.deepEqual(counted({ ...garden, active: (at) => at >= 12_000 }), [12_000, 15_000]);
});

test('feet that sway on an edge neither leave nor come back', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 5, maxLength: 60 }), (sides) => {
      const zones = new Zones([{ ...garden, trigger: 'leave' }]);
      // Never out for three looks.
      const inside = sides.map((one, index) => one || index % 3 === 0);
      for (const [index, one] of inside.entries()) {
        const at = index * 200;
        const objects = [objectAt(one ? 0.51 : 0.49, at)];
        zones.see({ at, width: 640, height: 360, look: 'looked', objects, ended: [] });
      }
      assert.equal(zones.of(1), undefined);
    }),
  );
});

test('forgets objects that are gone', () => {
  const zones = new Zones([garden]);
  walk(zones);
  zones.see({ at: 21_000, width: 640, height: 360, look: 'looked', objects: [], ended: [] });
  assert.equal(zones.of(1), undefined);
});

test('an event begins and ends with what happens in the zone, and says which one it was', () => {
  const changes: EventChange[] = [];
  const events = new CameraEvents(
    { camera: 'front', zones: [garden, { ...garden, name: 'Never', classes: ['cat'] }] },
    (one) => changes.push(one),
  );
  for (let at = 0; at <= 20_000; at += 200) {
    const one = objectAt(at <= 10_000 ? at / 10_000 : 2 - at / 10_000, at);
    events.update({ at, width: 640, height: 360, look: 'looked', objects: [one], ended: [] });
  }
  assert.deepEqual([changes[0]?.kind, changes.at(-1)?.kind], ['started', 'ended']);
  const { startAt, endAt, objects } = changes.at(-1)!.event;
  assert.deepEqual([startAt, endAt, objects.map((one) => one.zones)], [5000, 15_000, [['Garden']]]);
});

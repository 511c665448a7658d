import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrackedObject } from '../detection/frame-analysis.ts';
import type { EventChange } from './events.ts';
import { CameraEvents } from './events.ts';
import { recordingTrigger } from './trigger.ts';

function object(track: number, changes: Partial<TrackedObject> = {}): TrackedObject {
  return {
    track,
    class: 'person',
    confidence: 0.6,
    bestConfidence: 0.8,
    box: [0.4, 0.2, 0.1, 0.5],
    path: [[0.45, 0.7, 0]],
    firstAt: 0,
    lastAt: 0,
    confirmed: true,
    moving: true,
    movedAt: 0,
    best: null,
    ...changes,
  };
}

function newEvents(): {
  readonly changes: EventChange[];
  see(at: number, ...objects: TrackedObject[]): void;
  gone(at: number, ...ended: TrackedObject[]): void;
  readonly kinds: () => string[];
} {
  const changes: EventChange[] = [];
  const events = new CameraEvents({ camera: 'front' }, (change) => changes.push(change));
  const frame = { width: 640, height: 360, look: 'looked' } as const;
  return {
    changes,
    see: (at, ...objects) => events.update({ ...frame, at, objects, ended: [] }),
    gone: (at, ...ended) => events.update({ ...frame, at, objects: [], ended }),
    kinds: () => changes.map((change) => change.kind),
  };
}

test('begins with an object that is confirmed and moves, at its first sight', () => {
  const { see, changes } = newEvents();
  see(1000, object(1, { firstAt: 1000, lastAt: 1000, confirmed: false, moving: false }));
  see(1200, object(1, { firstAt: 1000, lastAt: 1200, moving: false }));
  assert.equal(changes.length, 0);
  see(1400, object(1, { firstAt: 1000, lastAt: 1400 }));
  assert.deepEqual([changes[0]?.kind, changes[0]?.event.startAt, changes[0]?.event.endAt], ['started', 1000, 1400]);
});

test('ends two seconds after the last sight, at that sight', () => {
  const { see, gone, changes, kinds } = newEvents();
  see(1000, object(1, { lastAt: 1000 }));
  for (let at = 1200; at <= 3000; at += 200) see(at, object(1, { lastAt: 1000 }));
  assert.deepEqual(kinds(), ['started']);
  gone(3200, object(1, { lastAt: 1000 }));
  assert.deepEqual(kinds(), ['started', 'ended']);
  assert.equal(changes[1]?.event.endAt, 1000);
});

test('joins tracks less than two seconds apart into one event', () => {
  const { see, gone, changes, kinds } = newEvents();
  see(1000, object(1, { lastAt: 1000 }));
  see(2800, object(2, { firstAt: 2400, lastAt: 2800 }));
  for (let at = 3000; at < 5000; at += 200) see(at, object(2, { firstAt: 2400, lastAt: 2800 }));
  gone(5000, object(2, { firstAt: 2400, lastAt: 2800 }));
  assert.deepEqual(kinds(), ['started', 'updated', 'ended']);
  assert.deepEqual(
    changes[2]?.event.objects.map((one) => one.track),
    [1, 2],
  );
});

test('makes one event of a car that parks, and another one when it drives off hours later', () => {
  const { see, changes, kinds } = newEvents();
  const car = (at: number, movedAt: number) => object(7, { class: 'car', lastAt: at, movedAt });
  const hour = 3_600_000;
  for (let at = 0; at < hour; at += 1000) see(at, car(at, Math.min(at, 8000)));
  assert.deepEqual(kinds(), ['started', 'ended']);
  assert.equal(changes[1]?.event.endAt, 68_000);
  see(hour, car(hour, hour));
  assert.deepEqual(kinds(), ['started', 'ended', 'started']);
  assert.equal(changes[2]?.event.startAt, hour);
});

test('stays one visit on a machine on which the model looks every five seconds', () => {
  const { see, kinds } = newEvents();
  for (let at = 0; at <= 60_000; at += 5000) see(at, object(at < 30_000 ? 1 : 2, { firstAt: at, lastAt: at }));
  assert.deepEqual(new Set(kinds()), new Set(['started', 'updated']));
  see(65_000);
  assert.equal(kinds().at(-1), 'updated');
  see(70_000);
  assert.equal(kinds().at(-1), 'ended');
});

test('goes on as long as a person is seen, however still', () => {
  const { see, kinds } = newEvents();
  for (let at = 0; at < 600_000; at += 1000) see(at, object(1, { lastAt: at, movedAt: 2000 }));
  assert.deepEqual(kinds(), ['started']);
});

test('ends an event when the clock of the camera is set back', () => {
  const { see, kinds } = newEvents();
  see(1e9, object(1, { firstAt: 1e9, lastAt: 1e9 }));
  see(5000);
  assert.deepEqual(kinds(), ['started', 'ended']);
});

test('triggers a recording by class, group and confidence', () => {
  const event = {
    objects: [
      { track: 1, class: 'truck', confidence: 0.5, box: [0, 0, 1, 1] as const, firstAt: 0, lastAt: 0, zones: [] },
    ],
  };
  assert.equal(recordingTrigger({})(event), true);
  assert.equal(recordingTrigger({ objects: ['vehicle'] })(event), true);
  assert.equal(recordingTrigger({ objects: ['person', 'truck'], minConfidence: 0.5 })(event), true);
  assert.equal(recordingTrigger({ objects: ['person'] })(event), false);
  assert.equal(recordingTrigger({ objects: ['vehicle'], minConfidence: 0.51 })(event), false);
});

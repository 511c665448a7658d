import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clipAt, neighbour, nextPlayable, readDay } from './day.ts';

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 24, 0, minute)).toISOString();
const ms = (minute: number): number => Date.parse(at(minute));
const day = readDay(
  {
    ...{ day: '2026-11-24', timezone: 'UTC', start: at(0), end: at(1440), truncated: false },
    cameras: [
      {
        stream_id: 'yard',
        stream_name: 'Yard',
        coverage: [{ start: at(10), end: at(12) }],
        recordings: [
          { id: 1, start: at(10), end: at(12), reason: 'event', state: 'finished' },
          { id: 2, start: at(60), end: at(61), reason: 'event', state: 'finished' },
          { id: 3, start: at(70), end: null, reason: 'event', state: 'open' },
        ],
        events: [
          { id: 5, start: at(11), end: at(12), confidence: 0.8, object_counts: { person: 2 } },
          { id: 6, start: at(60), end: null, confidence: 0.8, object_counts: { car: 1 } },
        ],
        losses: [],
      },
    ],
  },
  ms(75),
);

test('finds what shows a moment, and where playing goes on', () => {
  const { clips } = day.cameras[0]!;
  assert.equal(clipAt(clips, ms(11))?.id, 1);
  assert.equal(clipAt(clips, ms(12)), undefined);
  assert.equal(nextPlayable(day.cameras, ms(11)), ms(11));
  assert.equal(nextPlayable(day.cameras, ms(12)), ms(60));
  assert.equal(nextPlayable(day.cameras, ms(61)), undefined, 'what is still being made cannot be played');
});

test('leads from visit to visit and not to the same one again', () => {
  assert.equal(neighbour(day.cameras, ms(0), 1)?.id, 5);
  assert.equal(neighbour(day.cameras, ms(11), 1)?.id, 6);
  assert.equal(neighbour(day.cameras, ms(60), -1)?.id, 5);
  assert.equal(neighbour(day.cameras, ms(60), 1), undefined);
  assert.equal(day.cameras[0]!.visits[1]!.to, ms(75), 'goes on until now');
});

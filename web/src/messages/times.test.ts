import assert from 'node:assert/strict';
import { it } from 'node:test';
import { dayKey, dayTitle, duration } from './times.ts';

const at = (year: number, month: number, day: number, hour = 12): number =>
  new Date(year, month - 1, day, hour).getTime();

it('calls the local calendar days today and yesterday', () => {
  const now = at(2026, 11, 24, 0);
  assert.equal(dayTitle(at(2026, 11, 24, 23), now), 'Today');
  assert.equal(dayTitle(at(2026, 11, 23, 1), now), 'Yesterday');
});

it('names the weekday this year and the year before that', () => {
  const now = at(2026, 11, 24);
  assert.match(dayTitle(at(2026, 11, 20), now), /Friday/);
  assert.match(dayTitle(at(2025, 12, 31), now), /2025/);
});

it('groups by local day', () => {
  assert.equal(dayKey(at(2026, 1, 5, 0)), '2026-01-05');
  assert.equal(dayKey(at(2026, 1, 5, 23)), '2026-01-05');
});

it('writes durations as players do', () => {
  assert.deepEqual([9, 60, 760.4, 3727].map(duration), ['0:09', '1:00', '12:40', '1:02:07']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isActive } from './weekly-schedule.ts';

const zone = 'Europe/Berlin';
const at = (text: string): number => Date.parse(text);

test('without entries it is always', () => {
  assert.equal(isActive([], 0, zone), true);
});

test('a night begins on its day and ends on the next', () => {
  const night = [{ days: ['fri' as const], from: '22:00', to: '06:00' }];
  // Friday, 27 November 2026, winter time
  assert.equal(isActive(night, at('2026-11-27T21:30:00+01:00'), zone), false);
  assert.equal(isActive(night, at('2026-11-27T22:00:00+01:00'), zone), true);
  assert.equal(isActive(night, at('2026-11-28T05:59:00+01:00'), zone), true);
  assert.equal(isActive(night, at('2026-11-28T06:00:00+01:00'), zone), false);
  assert.equal(isActive(night, at('2026-11-28T23:00:00+01:00'), zone), false);
  assert.equal(isActive(night, at('2026-11-27T03:00:00+01:00'), zone), false);
});

test('the whole day is the whole day, also the one of 25 hours', () => {
  const sunday = [{ days: ['sun' as const], from: '00:00', to: '24:00' }];
  for (let hour = 0; hour < 25; hour++)
    assert.equal(isActive(sunday, at('2026-10-25T00:00:00+02:00') + hour * 3_600_000, zone), true, String(hour));
  assert.equal(isActive(sunday, at('2026-10-26T00:00:00+01:00'), zone), false);
  assert.equal(isActive(sunday, at('2026-10-24T23:59:59+02:00'), zone), false);
});

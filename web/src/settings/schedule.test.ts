import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSchedule, toInput, toSchedule, weekdays } from './schedule.ts';

test('a schedule is written as it was read', () => {
  const written = [
    { days: ['mon', 'fri'], from: '22:00', to: '06:30' },
    { days: [], from: '00:00', to: '24:00' },
  ];
  assert.deepEqual(toSchedule(readSchedule(written)), written);
});

test('midnight at the end of a day survives a field that has no 24:00', () => {
  const [span] = readSchedule([{}]);
  assert.deepEqual(span, { days: weekdays, from: '00:00', to: '24:00' });
  assert.deepEqual(toSchedule([{ ...span!, to: toInput(span!.to) }]), [{ days: [], from: '00:00', to: '24:00' }]);
});

test('no span, or none that has a day, is no schedule', () => {
  assert.equal(toSchedule([]), null);
  assert.equal(toSchedule([{ days: [], from: '08:00', to: '18:00' }]), null);
  assert.deepEqual(readSchedule('always'), []);
});

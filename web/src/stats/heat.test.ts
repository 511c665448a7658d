import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byWeekdayAndHour, weekdayNames } from './heat.ts';

test('counts each event once, in the row of its weekday and the column of its hour', () => {
  const monday = new Date(2026, 10, 23, 14, 30).getTime();
  const sunday = new Date(2026, 10, 29, 0, 5).getTime();
  const counts = byWeekdayAndHour([monday, monday, sunday]);
  assert.equal(counts[0]![14], 2);
  assert.equal(counts[6]![0], 1);
  assert.equal(
    counts.flat().reduce((sum, count) => sum + count, 0),
    3,
  );
});

test('begins the week on Monday in every language', () => {
  assert.deepEqual([weekdayNames('en', 'long')[0], weekdayNames('de', 'long')[6]], ['Monday', 'Sonntag']);
});

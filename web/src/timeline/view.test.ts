import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { atOf, moved, showing, ticks, xOf, zoomed } from './view.ts';

const day = { from: 1_764_000_000_000, to: 1_764_086_400_000 };
const view = fc
  .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([where, much]) => {
    const span = 10_000 + much * (86_400_000 - 10_000);
    const from = day.from + where * (86_400_000 - span);
    return { from, to: from + span };
  });

test('keeps what lies under the pointer where it is, and never leaves the day', () => {
  fc.assert(
    fc.property(
      view,
      fc.double({ min: 0.05, max: 20, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (before, factor, share) => {
        const about = before.from + share * (before.to - before.from);
        const after = zoomed(before, factor, about, day);
        assert.ok(after.from >= day.from - 1 && after.to <= day.to + 1);
        assert.ok(after.to - after.from >= 9_999);
        const touchesBounds = after.from <= day.from + 1 || after.to >= day.to - 1;
        if (!touchesBounds) assert.ok(Math.abs(xOf(about, after, 1000) - share * 1000) < 0.5);
      },
    ),
  );
});

test('moves back and forth to the same place, and to whatever is to be seen', () => {
  const some = { from: day.from + 3_600_000, to: day.from + 7_200_000 };
  assert.deepEqual(moved(moved(some, 60_000, day), -60_000, day), some);
  assert.equal(showing(some, some.from + 1_800_000, day), some);
  const later = showing(some, day.to - 5000, day);
  assert.ok(later.to === day.to && later.to - later.from === 3_600_000);
  assert.equal(Math.round(atOf(xOf(some.from + 5, some, 800), some, 800)), some.from + 5);
});

test('has ticks at round times that do not touch', () => {
  fc.assert(
    fc.property(view, fc.integer({ min: 200, max: 3840 }), (shown, width) => {
      const found = ticks(shown, width, day.from, 70);
      for (const [index, tick] of found.entries()) {
        assert.equal((tick.at - day.from) % tick.stepMs, 0);
        const next = found[index + 1];
        if (next !== undefined && tick.stepMs < 6 * 3_600_000)
          assert.ok(xOf(next.at, shown, width) - xOf(tick.at, shown, width) >= 69.9);
      }
    }),
  );
});

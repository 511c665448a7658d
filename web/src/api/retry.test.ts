import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { retryDelayMs } from './retry.ts';

it('starts near a second and doubles', () => {
  assert.equal(
    retryDelayMs(0, () => 0.5),
    1000,
  );
  assert.equal(
    retryDelayMs(3, () => 0.5),
    8000,
  );
});

it('never waits longer than 10 s, whatever the attempt', () => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const delay = retryDelayMs(attempt, () => random);
      return delay >= 750 && delay <= 10_000;
    }),
  );
});

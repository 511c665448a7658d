import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearest } from './nearest.ts';

test('counts insertions, deletions, changes and swaps of neighbours', () => {
  assert.equal(editDistance('bind', 'bnid'), 1);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('kitten', 'sitting'), 3);
});

test('is symmetric, zero for equal words alone, and never more than the longer word', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const distance = editDistance(a, b);
      return (
        distance === editDistance(b, a) && (distance === 0) === (a === b) && distance <= Math.max(a.length, b.length)
      );
    }),
  );
});

test('finds the word that was meant, and none where nothing is close', () => {
  const known = ['network', 'detection', 'recording'];
  assert.equal(nearest('netwrok', known), 'network');
  assert.equal(nearest('Recordng', known), 'recording');
  assert.equal(nearest('zebra', known), undefined);
  assert.equal(nearest('x'.repeat(1_000_000), known), undefined);
});

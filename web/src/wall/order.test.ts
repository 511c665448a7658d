import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { moved, ordered } from './order.ts';

test('moves one and keeps the others in their order', () => {
  assert.deepEqual(moved(['a', 'b', 'c', 'd'], 'a', 'c'), ['b', 'c', 'a', 'd']);
  assert.deepEqual(moved(['a', 'b', 'c', 'd'], 'd', 'b'), ['a', 'd', 'b', 'c']);
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 1 }), fc.nat(), fc.nat(), (ids, a, b) => {
      const after = moved(ids, ids[a % ids.length]!, ids[b % ids.length]!);
      assert.deepEqual(after.toSorted(), ids.toSorted());
    }),
  );
});

test('puts cameras that nobody has arranged behind the others, as the server lists them', () => {
  const ids = ['new', 'a', 'b', 'newer'];
  assert.deepEqual(
    ordered(ids, (id) => id, ['b', 'gone', 'a']),
    ['b', 'a', 'new', 'newer'],
  );
});

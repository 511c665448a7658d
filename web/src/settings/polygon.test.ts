import assert from 'node:assert/strict';
import { test } from 'node:test';
import { middle, movedCorner, withCorner } from './polygon.ts';

test('keeps corners inside the picture and adds them where they change nothing', () => {
  assert.deepEqual(movedCorner(middle, 0, [-0.2, 1.4])[0], [0, 1]);
  const more = withCorner([
    [0, 0],
    [1, 0],
    [1, 0.2],
    [0, 0.2],
  ]);
  assert.deepEqual(more[1], [0.5, 0]);
  assert.equal(more.length, 5);
});

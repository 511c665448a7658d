import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameBuffers } from './frame-buffers.ts';

test('gives a buffer out again, to one at a time, and keeps no more than it may', () => {
  const buffers = new FrameBuffers(2);
  const [a, b, c] = [buffers.take(10), buffers.take(10), buffers.take(10)];
  for (const one of [a, a, b, c]) buffers.give(one);
  const again = [buffers.take(10), buffers.take(10), buffers.take(10)];
  assert.equal(new Set(again).size, 3);
  assert.deepEqual([again.includes(a), again.includes(b), again.includes(c)], [true, true, false]);
  buffers.give(a);
  assert.equal(buffers.take(20).length, 20);
  assert.notEqual(buffers.take(10), a);
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { SoundQueue } from './sound-queue.ts';

const rate = 1000;
const ramp = (from: number, length: number) => Float32Array.from({ length }, (_, i) => from + i);
const pull = (queue: SoundQueue, frames: number): number[] => {
  const out = new Float32Array(frames);
  queue.pull([out]);
  return [...out];
};

it('is silent until there is a little in store, then plays every sample in order', () => {
  const queue = new SoundQueue(rate);
  queue.push([ramp(1, 100)]);
  assert.deepEqual(pull(queue, 3), [0, 0, 0]);
  queue.push([ramp(101, 50)]);
  assert.deepEqual(pull(queue, 120), [...ramp(1, 120)]);
  assert.deepEqual(pull(queue, 30), [...ramp(121, 30)]);
});

it('waits for a store again after it ran dry', () => {
  const queue = new SoundQueue(rate);
  queue.push([ramp(1, 120)]);
  assert.deepEqual(pull(queue, 125), [...ramp(1, 120), 0, 0, 0, 0, 0]);
  queue.push([ramp(1, 10)]);
  assert.deepEqual(pull(queue, 2), [0, 0]);
});

it('skips what piled up', () => {
  const queue = new SoundQueue(rate);
  queue.push([ramp(0, 390)]);
  queue.push([ramp(390, 20)]);
  assert.equal(queue.frames, 120);
  assert.deepEqual(pull(queue, 1), [290]);
});

it('gives a single channel to all loudspeakers', () => {
  const queue = new SoundQueue(rate);
  queue.push([ramp(1, 120)]);
  const [left, right] = [new Float32Array(2), new Float32Array(2)];
  queue.pull([left, right]);
  assert.deepEqual([...right], [1, 2]);
});

it('never holds more than its bound nor plays a sample twice, whatever comes when', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(300), fc.nat(300))), (steps) => {
      const queue = new SoundQueue(rate);
      let next = 1;
      let last = 0;
      for (const [push, take] of steps) {
        queue.push([ramp(next, push)]);
        next += push;
        assert.ok(queue.frames >= 0 && queue.frames <= 400);
        for (const value of pull(queue, take)) {
          assert.ok(value === 0 || value > last);
          last = value || last;
        }
      }
    }),
  );
});

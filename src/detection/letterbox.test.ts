import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Letterbox } from './letterbox.ts';

test('puts the frame in the middle with black around it', () => {
  const letterbox = new Letterbox(640, 360, 416, 256);
  const pixels = letterbox.fit(new Uint8Array(640 * 360 * 3).fill(200));
  const grey = (y: number) => pixels[(y * 416 + 200) * 3];
  assert.deepEqual([grey(10), grey(11), grey(244), grey(245)], [0, 200, 200, 0]);
  assert.deepEqual([letterbox.y(11), letterbox.y(245), letterbox.x(0), letterbox.x(416)], [0, 1, 0, 1]);
});

test('keeps a plain frame as it is at any size', () => {
  const side = fc.integer({ min: 1, max: 90 });
  fc.assert(
    fc.property(side, side, fc.integer({ min: 0, max: 255 }), (width, height, value) => {
      const letterbox = new Letterbox(width, height, 64, 32);
      const pixels = letterbox.fit(new Uint8Array(width * height * 3).fill(value));
      const inside = pixels.filter((_, index) => {
        const x = (Math.floor(index / 3) % 64) + 0.5;
        const y = Math.floor(index / 3 / 64) + 0.5;
        return letterbox.x(x) > 0 && letterbox.x(x) < 1 && letterbox.y(y) > 0 && letterbox.y(y) < 1;
      });
      assert.ok(inside.length > 0 && inside.every((one) => one === value));
    }),
    { numRuns: 50 },
  );
});

test('finds a place of the model where it was in the frame', () => {
  const [width, height] = [320, 240];
  const frame = new Uint8Array(width * height * 3);
  frame.fill(255, (120 * width + 80) * 3, (120 * width + 81) * 3);
  const letterbox = new Letterbox(width, height, 128, 128);
  const pixels = letterbox.fit(frame);
  const brightest = pixels.indexOf(Math.max(...pixels)) / 3;
  assert.ok(Math.abs(letterbox.x((brightest % 128) + 0.5) - 80.5 / width) < 1 / 128);
  assert.ok(Math.abs(letterbox.y(Math.floor(brightest / 128) + 0.5) - 120.5 / height) < 1 / 128);
});

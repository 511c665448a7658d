import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { canvasSize, contain } from './fit.ts';

it('puts a picture in the middle of a wider area', () => {
  assert.deepEqual(contain(1600, 900, 1000, 450), { x: 100, y: 0, width: 800, height: 450 });
});

it('makes the canvas as small as its place and never larger than the picture', () => {
  assert.deepEqual(canvasSize({ width: 1920, height: 1080 }, { width: 640, height: 400 }), { width: 640, height: 360 });
  assert.deepEqual(canvasSize({ width: 640, height: 360 }, { width: 3840, height: 2160 }), { width: 640, height: 360 });
  assert.deepEqual(canvasSize({ width: 640, height: 360 }, { width: 0, height: 0 }), { width: 640, height: 360 });
});

it('keeps the rectangle inside the area', () => {
  const size = fc.integer({ min: 1, max: 8000 });
  fc.assert(
    fc.property(size, size, size, size, (pw, ph, aw, ah) => {
      const rect = contain(pw, ph, aw, ah);
      return (
        rect.x >= -1e-6 && rect.y >= -1e-6 && rect.x + rect.width <= aw + 1e-6 && rect.y + rect.height <= ah + 1e-6
      );
    }),
  );
});

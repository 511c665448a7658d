import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blackOut, maskBoxes } from './mask-boxes.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const corner = fc.tuple(share, share);

/** By the non-zero rule. */
function isInside(polygon: readonly (readonly [number, number])[], [x, y]: readonly [number, number]): boolean {
  let turns = 0;
  polygon.forEach(([x2, y2], index) => {
    const [x1, y1] = polygon.at(index - 1)!;
    const where = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1);
    if (y1 <= y && y2 > y && where > 0) turns++;
    if (y1 > y && y2 <= y && where < 0) turns--;
  });
  return turns !== 0;
}

test('covers every point of a polygon, whatever its form', () => {
  const points = fc.array(corner, { minLength: 30, maxLength: 30 });
  fc.assert(
    fc.property(fc.array(corner, { minLength: 3, maxLength: 12 }), points, (polygon, places) => {
      const boxes = maskBoxes([polygon]);
      for (const [x, y] of [...places, ...polygon]) {
        if (!isInside(polygon, [x, y]) && !polygon.some((one) => one[0] === x && one[1] === y)) continue;
        const covered = boxes.some((box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom);
        assert.ok(covered, `${x} ${y}`);
      }
    }),
    { numRuns: 300 },
  );
});

test('leaves alone what is away from it, and makes few boxes of a rectangle', () => {
  const boxes = maskBoxes([
    [
      [0.25, 0.25],
      [0.5, 0.25],
      [0.5, 0.5],
      [0.25, 0.5],
    ],
  ]);
  assert.ok(boxes.length <= 3, String(boxes.length));
  const picture = { data: new Uint8Array(64 * 36 * 3).fill(255), width: 64, height: 36 };
  blackOut(picture, boxes);
  const at = (x: number, y: number) => picture.data[(y * 64 + x) * 3];
  assert.deepEqual([at(16, 9), at(31, 17), at(24, 12)], [0, 0, 0]);
  assert.deepEqual([at(13, 12), at(34, 12), at(24, 7), at(24, 20)], [255, 255, 255, 255]);
});

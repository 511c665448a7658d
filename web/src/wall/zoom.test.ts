import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { draggedBy, transformOf, whole, zoomedBy } from './zoom.ts';

const half = fc.double({ min: -0.5, max: 0.5, noNaN: true });

test('never shows what lies beside the picture, and goes back to the whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: 0.3, max: 3, noNaN: true }), half, half), { maxLength: 20 }),
      (steps) => {
        let zoom = whole;
        for (const [factor, x, y] of steps) {
          zoom = draggedBy(zoomedBy(zoom, factor, { x, y }), { x: y, y: x });
          const edge = Math.abs(zoom.x) + 0.5 / zoom.scale;
          assert.ok(zoom.scale >= 1 && zoom.scale <= 8 && edge <= 0.5 + 1e-9);
        }
        assert.deepEqual(transformOf(zoomedBy(zoom, 0.001, { x: 0, y: 0 })), 'none');
      },
    ),
  );
});

test('keeps what is pointed at under the pointer', () => {
  const zoom = zoomedBy(whole, 2, { x: 0.25, y: 0 });
  // What was at 0.25 of the picture is drawn at (0.25 - x) * 2.
  assert.equal((0.25 - zoom.x) * 2, 0.25);
});

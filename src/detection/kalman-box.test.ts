import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Box } from './detection.ts';
import { KalmanBox } from './kalman-box.ts';

const aspect = 16 / 9;
const share = (min: number, max: number) => fc.double({ min, max, noNaN: true });

test('is steadier than what it is told, where a box jumps to and fro', () => {
  fc.assert(
    fc.property(fc.array(share(0.005, 0.03), { minLength: 40, maxLength: 40 }), (sizes) => {
      const box = (jump: number): Box => [0.4 + jump, 0.3, 0.1, 0.4];
      const kalman = new KalmanBox(box(0), 0, aspect);
      let told = 0;
      let moved = 0;
      let before = kalman.box[0];
      for (const [index, size] of sizes.entries()) {
        kalman.correct(box(index % 2 === 0 ? size : -size), (index + 1) * 200, 0.6);
        told += size + (sizes[index - 1] ?? 0);
        moved += Math.abs(kalman.box[0] - before);
        before = kalman.box[0];
      }
      assert.ok(moved < told * 0.75, `${moved} of ${told}`);
    }),
  );
});

test('knows where a walker will be, whatever the times between the looks', () => {
  fc.assert(
    fc.property(share(-0.08, 0.08), fc.array(fc.integer({ min: 60, max: 1500 }), { minLength: 8 }), (speed, waits) => {
      const box = (at: number): Box => [0.5 + (speed * at) / 1000, 0.3, 0.1, 0.4];
      const kalman = new KalmanBox(box(0), 0, aspect);
      let at = 0;
      for (const wait of waits.slice(0, 8)) {
        at += wait;
        kalman.correct(box(at), at, 0.8);
      }
      const ahead = kalman.expected(at + 400);
      assert.ok(Math.abs(ahead[0] - box(at + 400)[0]) < 0.04, `${ahead[0]} for ${box(at + 400)[0]}`);
    }),
  );
});

test('gives a box inside the picture, with an area, whatever it is told', () => {
  const box = fc.tuple(share(0, 0.9), share(0, 0.9), share(0.001, 0.1), share(0.001, 0.1));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(box, fc.integer({ min: -5000, max: 20_000 }), share(0, 1)), { minLength: 1 }),
      (steps) => {
        const kalman = new KalmanBox(steps[0]![0], 0, aspect);
        let at = 0;
        for (const [found, wait, confidence] of steps) {
          at += wait;
          kalman.correct(found, at, confidence);
        }
        const [x, y, width, height] = kalman.box;
        for (const value of [x, y, width, height]) assert.ok(value >= 0 && value <= 1);
        assert.ok(width > 0 && height > 0 && x + width <= 1 + 1e-9 && y + height <= 1 + 1e-9);
      },
    ),
  );
});

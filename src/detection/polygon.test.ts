import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Point } from './polygon.ts';
import { contains, crossing, shareCovered } from './polygon.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const place = fc.tuple(share, share);

test('an L holds its arms and not its corner', () => {
  const corners = [
    [0.1, 0.1],
    [0.9, 0.1],
    [0.9, 0.4],
    [0.4, 0.4],
    [0.4, 0.9],
    [0.1, 0.9],
  ] as const;
  assert.deepEqual(
    (
      [
        [0.2, 0.8],
        [0.8, 0.2],
        [0.2, 0.2],
        [0.8, 0.8],
        [0.05, 0.5],
      ] as const
    ).map((point) => contains(corners, point)),
    [true, true, true, false, false],
  );
  assert.equal(shareCovered([corners], [0.2, 0.2, 0.1, 0.1]), 1);
  assert.equal(shareCovered([corners], [0.6, 0.6, 0.2, 0.2]), 0);
  assert.equal(shareCovered([corners], [0.2, 0.2, 0.4, 0.4]), 0.75);
  assert.equal(shareCovered([], [0, 0, 1, 1]), 0);
});

test('a rectangle of four corners holds what lies between them, whichever corner is the first', () => {
  fc.assert(
    fc.property(place, place, place, fc.integer({ min: 0, max: 3 }), ([x1, y1], [x2, y2], [x, y], first) => {
      const corners: readonly Point[] = [
        [x1, y1],
        [x2, y1],
        [x2, y2],
        [x1, y2],
      ];
      const turned = [...corners.slice(first), ...corners.slice(0, first)];
      const between = (value: number, a: number, b: number) => value > Math.min(a, b) && value < Math.max(a, b);
      const onEdge = x === x1 || x === x2 || y === y1 || y === y2;
      if (!onEdge) assert.equal(contains(turned, [x, y]), between(x, x1, x2) && between(y, y1, y2));
    }),
  );
});

test('a line from top to bottom is crossed to the left by who walks to the right of the picture', () => {
  const line = [
    [0.5, 0.1],
    [0.5, 0.9],
  ] as const;
  assert.equal(crossing(line, [0.4, 0.5], [0.6, 0.5]), 'to_left');
  assert.equal(crossing(line, [0.6, 0.5], [0.4, 0.5]), 'to_right');
  assert.equal(crossing(line, [0.4, 0.95], [0.6, 0.95]), undefined);
  assert.equal(crossing(line, [0.1, 0.5], [0.4, 0.5]), undefined);
});

test('a way over a line is crossed once, into how many steps it may be cut', () => {
  const steps = fc.array(fc.double({ min: 0.01, max: 0.99, noNaN: true }), { maxLength: 6 });
  fc.assert(
    fc.property(steps, share, share, (cuts, from, to) => {
      const line: readonly Point[] = [
        [0.5, -1],
        [0.5, 2],
      ];
      const at = (part: number): Point => [0.2 + 0.6 * part, from + (to - from) * part];
      const stops = [0, ...cuts.toSorted((a, b) => a - b), 1].map(at);
      const crossed = stops.slice(1).filter((stop, index) => crossing(line, stops[index]!, stop) !== undefined);
      assert.equal(crossed.length, 1);
    }),
  );
});

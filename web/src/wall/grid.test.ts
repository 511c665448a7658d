import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { chooseGrid, commonAspect } from './grid.ts';

const wide = { gap: 2, aspect: 16 / 9 };

describe('the grid of the wall', () => {
  it('takes the column count that makes the pictures largest', () => {
    assert.equal(chooseGrid({ ...wide, count: 1, width: 1216, height: 744 }).columns, 1);
    assert.equal(chooseGrid({ ...wide, count: 2, width: 1216, height: 600 }).columns, 2);
    assert.equal(chooseGrid({ ...wide, count: 2, width: 700, height: 900 }).columns, 1);
    assert.equal(chooseGrid({ ...wide, count: 4, width: 1216, height: 744 }).columns, 2);
    assert.equal(chooseGrid({ ...wide, count: 9, width: 3776, height: 2104 }).columns, 3);
    assert.equal(chooseGrid({ ...wide, count: 16, width: 3776, height: 2104 }).columns, 4);
  });

  it('uses the width of a phone and scrolls', () => {
    assert.deepEqual(chooseGrid({ ...wide, count: 4, width: 390, height: 700 }), {
      columns: 1,
      tileWidth: 390,
      tileHeight: 219,
      scrolls: true,
    });
    assert.equal(chooseGrid({ ...wide, count: 9, width: 390, height: 700 }).columns, 2);
  });

  it('scrolls rather than show stamps', () => {
    const grid = chooseGrid({ ...wide, count: 40, width: 1000, height: 500 });
    assert.equal(grid.scrolls, true);
    assert.ok(grid.tileWidth >= 220);
  });

  it('never exceeds the room, and no other column count that fits is better', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 4000 }),
        fc.integer({ min: 1, max: 2500 }),
        (count, width, height) => {
          const grid = chooseGrid({ ...wide, count, width, height });
          const rows = Math.ceil(count / grid.columns);
          assert.ok(grid.columns * grid.tileWidth + (grid.columns - 1) * 2 <= width + 1);
          if (!grid.scrolls) assert.ok(rows * grid.tileHeight + (rows - 1) * 2 <= height + 1);
        },
      ),
    );
  });
});

it('takes the proportions that most pictures have, and never taller than 4:3', () => {
  assert.equal(commonAspect([]), 16 / 9);
  assert.equal(commonAspect([{ width: null, height: null }]), 16 / 9);
  assert.equal(commonAspect([{ width: 720, height: 1280 }]), 4 / 3);
  const sizes = [
    { width: 1920, height: 1080 },
    { width: 1280, height: 720 },
    { width: 640, height: 480 },
  ];
  assert.equal(commonAspect(sizes), 1.78);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MotionGate } from './motion-gate.ts';

const [width, height] = [640, 360];

/** A grey picture with a light square of `size` pixels at `x`. */
function picture(x: number, size: number, grey = 80): Uint8Array {
  const data = new Uint8Array(width * height * 3).fill(grey);
  for (let y = 100; y < 100 + size; y++) data.fill(220, (y * width + x) * 3, (y * width + x + size) * 3);
  return data;
}

/** A gate that has seen a still picture long enough to be closed; the next frame is at `at`. */
function closedGate(): { readonly gate: MotionGate; at: number } {
  const gate = new MotionGate(width, height);
  let at = 0;
  for (; at < 3000; at += 200) gate.next(picture(100, 0), at, false);
  assert.equal(gate.next(picture(100, 0), at, false).look, false);
  return { gate, at: at + 200 };
}

test('opens on the first frame with something new and stays open for a moment', () => {
  const { gate, at } = closedGate();
  const first = gate.next(picture(100, 40), at, false);
  assert.ok(first.look && first.moving > 0);
  const decisions = Array.from(
    { length: 12 },
    (_, step) => gate.next(picture(100, 40), at + 200 * (step + 1), false).look,
  );
  assert.deepEqual(decisions.slice(0, 4), [true, true, true, true]);
  assert.equal(decisions.at(-1), false);
});

test('stays closed when the whole picture becomes lighter', () => {
  const { gate, at } = closedGate();
  for (let step = 0; step < 10; step++)
    assert.equal(gate.next(picture(100, 0, 84 + 6 * step), at + 200 * step, false).look, false);
});

test('stays closed for something smaller than a hand', () => {
  const { gate, at } = closedGate();
  assert.equal(gate.next(picture(100, 8), at, false).look, false);
});

test('looks each second while something is followed and every ten seconds in any case', () => {
  const count = (following: boolean) => {
    const { gate, at } = closedGate();
    let looks = 0;
    for (let step = 0; step < 100; step++) if (gate.next(picture(100, 0), at + 200 * step, following).look) looks++;
    return looks;
  };
  assert.equal(count(false), 2);
  assert.equal(count(true), 20);
});

test('goes on when the clock is set back', () => {
  const { gate } = closedGate();
  assert.equal(gate.next(picture(100, 0), -3_600_000, false).look, true);
});

test('sees nothing under a mask, and what is there has no say in what the light did', () => {
  const mask = [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ] as const;
  const masked = new MotionGate(320, 180, { masks: [mask], sensitivity: 'normal' });
  const open = new MotionGate(320, 180);
  const frame = (leftGrey: number): Uint8Array => {
    const data = new Uint8Array(320 * 180 * 3).fill(90);
    for (let y = 0; y < 180; y++) data.fill(leftGrey, y * 960, y * 960 + 465);
    return data;
  };
  let moved = 0;
  for (let step = 0; step < 20; step++) {
    const data = frame(step % 4 < 2 ? 40 : 200);
    moved += masked.next(data, step * 200, false).moving;
    if (step > 3) assert.ok(open.next(data, step * 200, false).moving >= 0);
  }
  assert.equal(moved, 0);
});

test('finds a small change when it is to be sensitive, and not when it is to be calm', () => {
  const count = (sensitivity: 'low' | 'normal' | 'high'): number => {
    const gate = new MotionGate(320, 180, { masks: [], sensitivity });
    let moving = 0;
    for (let step = 0; step < 6; step++) {
      const data = new Uint8Array(320 * 180 * 3).fill(90);
      // A patch that is 13 brighter from the fourth frame on.
      if (step > 3) for (let y = 40; y < 80; y++) data.fill(103, (y * 320 + 40) * 3, (y * 320 + 80) * 3);
      moving += gate.next(data, step * 200, false).moving;
    }
    return moving;
  };
  assert.deepEqual([count('low'), count('normal')], [0, 0]);
  assert.ok(count('high') > 0);
});

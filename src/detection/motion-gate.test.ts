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

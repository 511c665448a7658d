import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LagGuard } from './lag-guard.ts';

it('lets the burst at the beginning through', () => {
  const guard = new LagGuard();
  for (let queue = 0; queue < 120; queue++) assert.equal(guard.shouldSkip(queue, 0, queue), false);
});

it('skips when the queue stays long, and not once it was short again', () => {
  const guard = new LagGuard();
  guard.shouldSkip(20, 0, 0);
  guard.shouldSkip(3, 0, 1000);
  assert.equal(guard.shouldSkip(20, 0, 2000), false);
  assert.equal(guard.shouldSkip(20, 0, 3600), true);
});

it('never lets the queue grow without bound', () => {
  assert.equal(new LagGuard().shouldSkip(300, 0, 0), true);
});

it('measures against the best, so that clocks that differ by an hour are no lag', () => {
  const guard = new LagGuard();
  const hour = 3_600_000;
  assert.equal(guard.behind(1000, hour + 1300), 0);
  assert.equal(guard.behind(2000, hour + 2200), 0);
  assert.equal(Math.round(guard.behind(3000, hour + 4200)), 999);
  assert.equal(guard.shouldSkip(0, 1000, 0), false);
  assert.equal(guard.shouldSkip(0, 1000, 2000), true);
  assert.equal(guard.shouldDrawLess(0, 1000), true);
});

it('takes a camera whose clock runs slow for no lag, however long it runs', () => {
  const guard = new LagGuard();
  const day = 86_400_000;
  const slow = 1 - 100e-6;
  for (let now = 0; now < day; now += 10_000) assert.ok(guard.behind(now * slow, now) < 5, `after ${now} ms`);
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LagGuard } from './lag-guard.ts';

it('lets the burst at the beginning through', () => {
  const guard = new LagGuard();
  for (let queue = 0; queue < 120; queue++) assert.equal(guard.shouldSkip(queue, queue), false);
});

it('skips when the queue stays long, and not once it was short again', () => {
  const guard = new LagGuard();
  guard.shouldSkip(20, 0);
  guard.shouldSkip(3, 1000);
  assert.equal(guard.shouldSkip(20, 2000), false);
  assert.equal(guard.shouldSkip(20, 3600), true);
});

it('never lets the queue grow without bound', () => {
  assert.equal(new LagGuard().shouldSkip(300, 0), true);
});

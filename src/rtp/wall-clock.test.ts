import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WallClock } from './wall-clock.ts';

const day = Date.UTC(2026, 10, 24);
const tick = (ms: number): number => ms * 90;

describe('wall clock of a stream', () => {
  it('takes the fastest packet for the time of arrival', () => {
    const clock = new WallClock({ clockRate: 90_000 });
    clock.at(tick(0), day + 80);
    clock.at(tick(100), day + 110);
    assert.equal(clock.at(tick(200), day + 290), day + 210.05);
  });

  it('believes reports that are earlier than the arrival', () => {
    const clock = new WallClock({ clockRate: 90_000 });
    clock.at(tick(0), day + 300);
    clock.report(tick(0), day, day + 300);
    assert.equal(clock.at(tick(1000), day + 1300), day + 1000);
  });

  it('never says that a picture was taken after it came', () => {
    const clock = new WallClock({ clockRate: 90_000 });
    clock.at(tick(0), day);
    clock.report(tick(0), day + 1500, day);
    assert.ok(clock.at(tick(1000), day + 1000) <= day + 1001);
  });

  it('does not believe a camera that thinks it is 1970', () => {
    const clock = new WallClock({ clockRate: 90_000 });
    clock.at(tick(0), day);
    clock.report(tick(0), 0, day);
    assert.equal(Math.round(clock.at(tick(1000), day + 1000)), day + 1000);
    assert.equal(clock.skewMs, -day);
  });
});

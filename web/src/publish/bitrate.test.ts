import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { Bitrate } from './bitrate.ts';

it('goes down while the socket fills, and up again only after a calm while', () => {
  const bitrate = new Bitrate();
  assert.equal(bitrate.look(0), false);
  assert.equal(bitrate.look(1_000_000), true);
  assert.equal(bitrate.bitsPerSecond, 1_500_000);
  for (let second = 0; second < 9; second++) assert.equal(bitrate.look(0), false);
  assert.equal(bitrate.look(0), true);
  assert.equal(bitrate.bitsPerSecond, 1_875_000);
});

it('stops encoding only where more than a second waits', () => {
  const bitrate = new Bitrate();
  assert.equal(bitrate.isStuck(300_000), false);
  assert.equal(bitrate.isStuck(500_000), true);
});

it('stays within its bounds, whatever waits', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5_000_000)), (looks) => {
      const bitrate = new Bitrate();
      for (const waiting of looks) bitrate.look(waiting);
      assert.ok(bitrate.bitsPerSecond >= 150_000 && bitrate.bitsPerSecond <= 2_500_000);
    }),
  );
});

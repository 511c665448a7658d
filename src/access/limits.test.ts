import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressKey } from './address.ts';
import { SlidingLimit } from './limits.ts';
import type { Principal } from './principal.ts';
import { Harness, TurnedClock } from './support/harness.ts';

test('five a minute for a key, slid: the sixth waits for the first to be a minute old', () => {
  const clock = new TurnedClock();
  const limit = new SlidingLimit(clock, { limit: 5, windowMs: 60_000 });
  for (let count = 0; count < 5; count++) {
    assert.deepEqual(limit.take('a'), { ok: true });
    clock.pass(10_000);
  }
  assert.deepEqual(limit.take('a'), { ok: false, retryAfterSeconds: 10 });
  assert.deepEqual(limit.take('b'), { ok: true });
  clock.pass(10_000);
  assert.deepEqual(limit.take('a'), { ok: true });
  assert.equal(limit.take('a').ok, false);
  limit.giveBack('a');
  assert.equal(limit.take('a').ok, true);
});

test('in no window of a minute are more than the limit let through', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 100 }), (steps) => {
      const clock = new TurnedClock();
      const limit = new SlidingLimit(clock, { limit: 5, windowMs: 60_000 });
      const passed: number[] = [];
      for (const step of steps) {
        clock.pass(step);
        if (limit.take('a').ok) passed.push(clock.monotonicMs());
      }
      for (const at of passed) assert.ok(passed.filter((one) => one > at - 60_000 && one <= at).length <= 5);
    }),
  );
});

test('the table of addresses has a bound', () => {
  const limit = new SlidingLimit(new TurnedClock(), { limit: 1, windowMs: 60_000, maxKeys: 3 });
  for (const key of ['a', 'b', 'c', 'd']) assert.equal(limit.take(key).ok, true);
  assert.equal(limit.take('d').ok, false);
  assert.equal(limit.take('a').ok, true, 'the quietest key was forgotten');
});

test('an address is one key in all its spellings, and an IPv6 household is one', () => {
  assert.equal(addressKey('192.168.1.7'), '192.168.1.7');
  for (const same of ['::ffff:192.168.1.7', '::FFFF:c0a8:107', '0:0:0:0:0:ffff:c0a8:0107', '[::ffff:192.168.1.7]'])
    assert.equal(addressKey(same), '192.168.1.7', same);
  assert.equal(addressKey('2001:db8:1:2::1'), addressKey('2001:0DB8:1:2:ffff:ffff:ffff:ffff'));
  assert.notEqual(addressKey('2001:db8:1:2::1'), addressKey('2001:db8:1:3::1'));
  assert.equal(addressKey('fe80::1%eth0'), addressKey('fe80::2'));
  assert.equal(addressKey('0:0:0:0:0:0:0:1'), '::1');
  for (const none of ['', 'x', '1.2.3', '::ffff:1.2.3.4.5', '1'.repeat(1000)])
    assert.equal(addressKey(none), 'unknown');
});

test('any IPv6 address has the same key as its other spellings', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      assert.equal(addressKey(new URL(`http://[${address}]/`).hostname), addressKey(address));
    }),
  );
});

test('an account has its number of requests a minute, however it comes, and another one its own', async () => {
  await using harness = await Harness.open({ requestsPerMinute: 60 });
  const of = (accountId: number) =>
    harness.access.limitKnown({ accountId, username: 'x', role: 'viewer', cameras: 'all', via: 'basic' } as Principal);
  for (let request = 0; request < 60; request++) assert.equal(of(1).ok, true);
  assert.deepEqual(of(1), { ok: false, retryAfterSeconds: 60 });
  assert.equal(of(2).ok, true);
  harness.clock.pass(60_000);
  assert.equal(of(1).ok, true);
});

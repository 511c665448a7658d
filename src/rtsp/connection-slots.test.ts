import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ConnectionSlot } from './connection-slots.ts';
import { ConnectionSlots } from './connection-slots.ts';
import { addressGroup, isLoopback, plainAddress } from './peer-address.ts';

interface Place {
  readonly group: string;
  slot: ConnectionSlot | undefined;
  known: boolean;
}

describe('ConnectionSlots', () => {
  it('keeps its limits whatever comes and goes, evicts the oldest strangers only, and never the known', () => {
    const limits = { connections: 6, strangersPerAddress: 2 };
    const step = fc.record({
      what: fc.constantFrom('take' as const, 'take' as const, 'known' as const, 'release' as const),
      group: fc.constantFrom('a', 'b', 'c', 'd'),
      index: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const slots = new ConnectionSlots(limits);
        const places: Place[] = [];
        const drop = (place: Place): void => {
          places.splice(places.indexOf(place), 1);
          place.slot?.release();
        };
        for (const { what, group, index } of steps) {
          const place = places[index];
          if (what === 'take') {
            const taken: Place = { group, slot: undefined, known: false };
            const evict = (): void => {
              assert.ok(!taken.known);
              assert.equal(
                places.find((other) => !other.known && other.group === taken.group),
                taken,
              );
              drop(taken);
            };
            taken.slot = slots.take(group, evict);
            if (taken.slot === undefined)
              assert.ok(places.filter((other) => other.known).length === limits.connections);
            else places.push(taken);
          } else if (place !== undefined && what === 'known') {
            place.known = true;
            place.slot?.known();
          } else if (place !== undefined) {
            drop(place);
            place.slot?.release();
          }
          assert.ok(places.length <= limits.connections);
          for (const name of 'abcd') {
            const strangers = places.filter((other) => !other.known && other.group === name);
            assert.ok(strangers.length <= limits.strangersPerAddress);
          }
        }
      }),
    );
  });
});

describe('addresses', () => {
  it('counts an IPv4 address alone and an IPv6 one with its /64', () => {
    assert.equal(addressGroup('192.0.2.1'), '192.0.2.1');
    assert.equal(addressGroup('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
    assert.equal(addressGroup('2001:db8::6'), '2001:db8:0:0::/64');
    assert.equal(addressGroup('::1'), '0:0:0:0::/64');
    assert.equal(addressGroup('fe80::'), 'fe80:0:0:0::/64');
  });

  it('sees through mapped addresses and zones', () => {
    assert.equal(plainAddress('::ffff:127.0.0.1'), '127.0.0.1');
    assert.equal(plainAddress('FE80::1%eth0'), 'fe80::1');
    assert.equal(plainAddress(undefined), '');
    assert.deepEqual(['127.9.9.9', '::1', '128.0.0.1', '12.7.0.0'].map(isLoopback), [true, true, false, false]);
  });
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { expandG711 } from './g711.ts';

const values = (law: 'alaw' | 'ulaw', ...codes: number[]): number[] =>
  [...expandG711(law, Uint8Array.from(codes), 1)[0]!].map((value) => value * 32768 + 0);

it('expands the codes whose values ITU-T G.711 gives', () => {
  // Tables 1a and 2a: the largest, the smallest above zero, and their opposites.
  assert.deepEqual(values('alaw', 0xaa, 0xd5, 0x55, 0x2a), [32256, 8, -8, -32256]);
  assert.deepEqual(values('ulaw', 0x80, 0xff, 0x7f, 0x00), [32124, 0, 0, -32124]);
});

it('gets louder with every code of either sign', () => {
  const alaw = values('alaw', ...Array.from({ length: 128 }, (_, i) => (0x80 | i) ^ 0x55));
  const ulaw = values('ulaw', ...Array.from({ length: 128 }, (_, i) => 0xff - i));
  for (const row of [alaw, ulaw]) for (let i = 1; i < 128; i++) assert.ok(row[i]! > row[i - 1]!, `${i}`);
});

it('takes channels apart', () => {
  const [left, right] = expandG711('ulaw', Uint8Array.of(0x80, 0, 0x80, 0), 2);
  assert.ok(left!.every((value) => value > 0.9) && right!.every((value) => value < -0.9));
});

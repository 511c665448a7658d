import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Preview } from './preview.ts';

test('spreads a few pictures over a visit of any length, the first one with them', () => {
  const frame = { data: new Uint8Array(8 * 6 * 3), width: 8, height: 6 };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), (frames) => {
      const preview = new Preview();
      for (let index = 0; index < frames; index++) preview.add(frame, index * 200);
      const { times } = preview;
      assert.ok(times.length >= Math.min(6, Math.ceil(frames / 2)) && times.length <= 12, String(times.length));
      assert.equal(times[0], 0);
      // None of its parts is left out: the widest gap is at most a quarter of it, or the first pace.
      const gaps = [...times.slice(1), frames * 200].map((at, index) => at - times[index]!);
      assert.ok(Math.max(...gaps) <= Math.max(600, frames * 50), `${Math.max(...gaps)} of ${frames * 200}`);
    }),
  );
});

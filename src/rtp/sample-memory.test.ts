import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SampleMemory } from './sample-memory.ts';

describe('the memory of samples', () => {
  it('keeps each as it was, whatever comes after it and whatever happens to what it was copied from', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 300_000 }), { maxLength: 20 }), (lengths) => {
        const memory = new SampleMemory();
        const scratch = new Uint8Array(300_000);
        const kept = lengths.map((length, i) => {
          const bytes = memory.keep(scratch.subarray(0, length).fill(i + 1));
          scratch.fill(0);
          return bytes;
        });
        for (const [i, bytes] of kept.entries()) {
          assert.equal(bytes.length, lengths[i]);
          assert.ok(bytes.every((byte) => byte === i + 1));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('lays small ones into one slab and gives a large one a buffer of its own', () => {
    const memory = new SampleMemory();
    const [a, b, large, c] = [1000, 2000, 200_000, 3000].map((length) => memory.keep(new Uint8Array(length)));
    assert.equal(a!.buffer, b!.buffer);
    assert.equal(a!.buffer, c!.buffer);
    assert.equal(large!.buffer.byteLength, 200_000);
  });
});

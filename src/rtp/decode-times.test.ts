import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DecodeTimes } from './decode-times.ts';
import { SequenceTracker } from './sequence.ts';

/** GOPs of I B B P in decoding order: I, P, B, B, P, B, B. */
function presentationTimes(gops: number): { pts: number; keyframe: boolean }[] {
  const order = [0, 3, 1, 2, 6, 4, 5];
  return Array.from({ length: gops }, (_, gop) =>
    order.map((place) => ({ pts: (gop * 7 + place) * 3000, keyframe: place === 0 })),
  ).flat();
}

describe('decoding times', () => {
  it('are the presentation times where nothing is reordered', () => {
    const times = new DecodeTimes();
    for (let i = 0; i < 50; i++) assert.equal(times.next(i * 3000, i % 10 === 0, 0, 3000), i * 3000);
  });

  it('grow evenly and never lie behind presentation where the SPS says how far it reorders', () => {
    const times = new DecodeTimes();
    for (const [i, { pts, keyframe }] of presentationTimes(5).entries()) {
      const dts = times.next(pts, keyframe, 1, 3000);
      assert.equal(dts, (i - 1) * 3000);
      assert.ok(dts <= pts);
    }
  });

  it('grow always, and are right after the first pictures where the SPS is silent', () => {
    const times = new DecodeTimes();
    let last = Number.NEGATIVE_INFINITY;
    for (const [i, { pts, keyframe }] of presentationTimes(5).entries()) {
      const dts = times.next(pts, keyframe, 0, 3000);
      assert.ok(dts > last);
      if (i > 7) assert.ok(dts <= pts);
      last = dts;
    }
  });
});

describe('sequence numbers', () => {
  it('are followed over their wrap; losses are counted, repeated and late ones told', () => {
    const tracker = new SequenceTracker();
    const answers = [65534, 65535, 0, 0, 65535, 3, 2, 30000, 30001].map((number) => tracker.push(number));
    assert.deepEqual(answers, [0, 0, 0, -1, -1, 2, -1, 1, 0]);
  });
});

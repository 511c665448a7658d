import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Sample, VideoFormat } from '../media/sample.ts';
import { GopRing } from './gop-ring.ts';

const format: VideoFormat = {
  kind: 'video',
  codec: 'h264',
  timeScale: 1000,
  width: 640,
  height: 360,
  codecString: 'avc1.64001f',
  configuration: new Uint8Array(),
  parameterSets: [],
};

function sample(at: number, keyframe: boolean, bytes = 10): Sample {
  return {
    format,
    ptsTicks: at,
    dtsTicks: at,
    at,
    keyframe,
    damaged: false,
    discontinuity: false,
    data: new Uint8Array(bytes),
  };
}

describe('ring of GOPs', () => {
  it('begins at the keyframe at or before the asked time', () => {
    const ring = new GopRing({ spanMs: 5000, maxBytes: 1 << 20, maxGopBytes: 1 << 20 });
    for (let at = 0; at < 10_000; at += 100) ring.push(sample(at, at % 1000 === 0));
    assert.equal(ring.since(6450)[0]?.at, 6000);
    assert.equal(ring.since(6000)[0]?.at, 6000);
    assert.equal(ring.since(0)[0]?.at, 4000);
    assert.equal(ring.newest()[0]?.at, 9000);
  });

  it('keeps nothing before the first keyframe', () => {
    const ring = new GopRing({ spanMs: 5000, maxBytes: 1 << 20, maxGopBytes: 1 << 20 });
    ring.push(sample(0, false));
    assert.deepEqual(ring.since(0), []);
  });

  it('forgets what is before a jump of the times', () => {
    const ring = new GopRing({ spanMs: 5000, maxBytes: 1 << 20, maxGopBytes: 1 << 20 });
    ring.push(sample(0, true));
    ring.push({ ...sample(900_000, true), discontinuity: true });
    assert.equal(ring.since(0).length, 1);
  });

  it('is bounded in bytes by a GOP that never ends, and starts again at the next keyframe', () => {
    const ring = new GopRing({ spanMs: 5000, maxBytes: 4000, maxGopBytes: 1000 });
    ring.push(sample(0, true));
    for (let at = 1; at < 1000; at++) ring.push(sample(at, false));
    assert.ok(ring.bytes <= 1000);
    assert.deepEqual(ring.newest(), []);
    ring.push(sample(1000, true));
    assert.equal(ring.newest().length, 1);
  });

  it('holds whole GOPs that span what is asked, never more than its bytes', () => {
    const streams = fc.array(
      fc.record({ key: fc.boolean(), gap: fc.integer({ min: 1, max: 500 }), bytes: fc.nat(400) }),
    );
    fc.assert(
      fc.property(streams, (frames) => {
        const ring = new GopRing({ spanMs: 2000, maxBytes: 5000, maxGopBytes: 2500 });
        let at = 0;
        for (const { key, gap, bytes } of frames) {
          at += gap;
          ring.push(sample(at, key, bytes));
          const held = ring.since(Number.NEGATIVE_INFINITY);
          assert.ok(held.length === 0 || held[0]!.keyframe);
          assert.equal(
            held.reduce((sum, one) => sum + one.data.length, 0),
            ring.bytes,
          );
          assert.ok(ring.bytes <= 5000);
        }
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leadsPicture, startsKeyframe } from './keyframe-start.ts';

describe('the first packet of a keyframe', () => {
  const starts = (codec: 'h264' | 'h265', ...bytes: number[]) =>
    startsKeyframe(codec, Uint8Array.from([0xff, ...bytes, 0xff]), 1, 1 + bytes.length);

  it('is found in H.264', () => {
    assert.equal(starts('h264', 0x65), true);
    assert.equal(starts('h264', 0x67, 1), true);
    assert.equal(starts('h264', 0x41), false);
    assert.equal(starts('h264', 0x68), false);
    assert.equal(starts('h264', 0x7c, 0x85), true, 'FU-A, first of an IDR');
    assert.equal(starts('h264', 0x7c, 0x05), false, 'FU-A, in the middle');
    assert.equal(starts('h264', 0x7c, 0x81), false, 'FU-A, another slice');
    assert.equal(starts('h264', 24, 0, 2, 9, 0, 0, 1, 0x67), true, 'STAP-A, delimiter first');
    assert.equal(starts('h264', 24, 0, 9, 9), false, 'STAP-A that lies about its length');
    assert.equal(starts('h264'), false);
  });

  it('is found in H.265', () => {
    assert.equal(starts('h265', 19 << 1, 1, 0), true, 'IDR');
    assert.equal(starts('h265', 21 << 1, 1, 0), true, 'CRA');
    assert.equal(starts('h265', 32 << 1, 1, 0), true, 'VPS');
    assert.equal(starts('h265', 1 << 1, 1, 0), false);
    assert.equal(starts('h265', 49 << 1, 1, 0x80 | 19), true, 'FU, first of an IDR');
    assert.equal(starts('h265', 49 << 1, 1, 19), false, 'FU, in the middle');
    assert.equal(starts('h265', 48 << 1, 1, 0, 2, 35 << 1, 1, 0, 2, 33 << 1, 1), true, 'AP, delimiter first');
    assert.equal(starts('h265', 19 << 1), false);
  });

  it('may have something in front of it, which tells nothing yet', () => {
    const leads = (codec: 'h264' | 'h265', ...bytes: number[]) =>
      leadsPicture(codec, Uint8Array.from([0xff, ...bytes, 0xff]), 1, 1 + bytes.length);
    assert.equal(leads('h264', 9), true, 'delimiter');
    assert.equal(leads('h264', 6, 5), true, 'SEI');
    assert.equal(leads('h264', 0x7c, 0x06), true, 'FU-A, in the middle of an SEI');
    assert.equal(leads('h264', 0x7c, 0x85), false, 'FU-A of an IDR');
    assert.equal(leads('h264', 24, 0, 1, 9, 0, 1, 6), true, 'STAP-A of delimiter and SEI');
    assert.equal(leads('h264', 24, 0, 1, 9, 0, 1, 0x41), false, 'STAP-A with a slice');
    assert.equal(leads('h264', 0x41), false);
    assert.equal(leads('h264'), false);
    assert.equal(leads('h265', 39 << 1, 1, 5), true, 'SEI');
    assert.equal(leads('h265', 40 << 1, 1, 5), false, 'an SEI that stands behind its picture');
    assert.equal(leads('h265', 49 << 1, 1, 0x80 | 39), true, 'FU of an SEI');
    assert.equal(leads('h265', 48 << 1, 1, 0, 2, 35 << 1, 1, 0, 2, 1 << 1, 1), false, 'AP with a slice');
    assert.equal(leads('h265', 1 << 1, 1, 0), false);
  });

  it('is looked for within the packet, whatever is in it', () => {
    for (let seed = 1; seed < 2000; seed++) {
      const bytes = Uint8Array.from({ length: seed % 40 }, (_, i) => (seed * 7919 + i * i * 104_729) >> 3);
      startsKeyframe('h264', bytes, 0, bytes.length);
      startsKeyframe('h265', bytes, 0, bytes.length);
      leadsPicture('h264', bytes, 0, bytes.length);
      leadsPicture('h265', bytes, 0, bytes.length);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeClip } from '../../test/support/encode-clip.ts';
import { BitReader } from './bit-reader.ts';
import { h264Format, tryH264Sps } from './h264.ts';
import { h265Format, tryH265Sps } from './h265.ts';
import { annexB, fromAnnexB, h264Nal, h265Nal, lengthPrefixed, nalType, nalUnits, startsPicture } from './nal.ts';
import type { Sample } from './sample.ts';

/** A NAL unit's bytes: no start code inside, no zero at its end. */
const nalBytes = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => bytes.map((byte) => (byte < 2 ? byte + 4 : byte)));

describe('NAL units', () => {
  it('come back from length prefixes and from start codes as they were', () => {
    fc.assert(
      fc.property(fc.array(nalBytes, { maxLength: 8 }), (units) => {
        const data = lengthPrefixed(units);
        assert.deepEqual(
          nalUnits(data).map((unit) => [...unit]),
          units.map((unit) => [...unit]),
        );
        const sample = { data, keyframe: false, format: { kind: 'video' } } as unknown as Sample;
        assert.deepEqual(
          fromAnnexB(annexB(sample)).map((unit) => [...unit]),
          units.map((unit) => [...unit]),
        );
      }),
    );
  });

  it('end at a length that points outside, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        const total = nalUnits(data).reduce((sum, unit) => sum + unit.length + 4, 0);
        assert.ok(total <= data.length);
        const sample = { data, keyframe: false, format: { kind: 'video' } } as unknown as Sample;
        assert.ok(annexB(sample).length <= data.length);
        fromAnnexB(data);
      }),
    );
  });
});

describe('exponential Golomb codes', () => {
  it('are read as H.264 table 9-2 lists them', () => {
    // 1, 010, 011, 00100, 00101 are 0 to 4
    const bits = new BitReader(Uint8Array.from([0b10100110, 0b01000010, 0b10000000]));
    assert.deepEqual([bits.ue(), bits.ue(), bits.ue(), bits.ue(), bits.ue()], [0, 1, 2, 3, 4]);
    assert.equal(bits.failed, false);
  });

  it('fail instead of running on at the end', () => {
    const bits = new BitReader(new Uint8Array(20));
    assert.equal(bits.ue(), 0);
    assert.equal(bits.failed, true);
  });
});

describe('parameter sets of H.264', () => {
  it('say the size after cropping, the rate and the reordering of what x264 made', async () => {
    const options = { width: 322, height: 182, fps: 12, frames: 6, gop: 6 };
    const units = fromAnnexB(await encodeClip({ ...options, parameters: 'bframes=2:b-adapt=0' }));
    const sps = units.find((unit) => nalType('h264', unit) === h264Nal.sps)!;
    const pps = units.find((unit) => nalType('h264', unit) === h264Nal.pps)!;
    const facts = tryH264Sps(sps)!;
    assert.deepEqual([facts.width, facts.height, facts.fps, facts.profile], [322, 182, 12, 100]);
    assert.ok(facts.reorder! >= 1);
    const format = h264Format(sps, pps)!;
    assert.match(format.codecString, /^avc1\.6400[0-9a-f]{2}$/);
    assert.deepEqual([...format.configuration.subarray(0, 6)], [1, sps[1], sps[2], sps[3], 0xff, 0xe1]);
    const idr = units.find((unit) => nalType('h264', unit) === h264Nal.idr)!;
    assert.equal(startsPicture('h264', idr), true);
  });

  it('give facts or nothing for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const facts = tryH264Sps(Uint8Array.from([0x67, 100, 0, 31, ...bytes]));
        assert.ok(facts === undefined || (facts.width > 0 && facts.width <= 16384));
        tryH265Sps(Uint8Array.from([0x42, 1, ...bytes]));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parameter sets of H.265', () => {
  it('say the size after the conformance window of what x265 made', async () => {
    const units = fromAnnexB(await encodeClip({ codec: 'h265', width: 322, height: 182, fps: 12, frames: 2, gop: 2 }));
    const [vps, sps, pps] = [h265Nal.vps, h265Nal.sps, h265Nal.pps].map(
      (type) => units.find((unit) => nalType('h265', unit) === type)!,
    );
    const format = h265Format(vps!, sps!, pps!)!;
    assert.deepEqual([format.width, format.height], [322, 182]);
    assert.match(format.codecString, /^hvc1\.1\.6\.L\d+(\.[0-9a-f]{1,2})*$/);
    assert.equal(format.configuration[0], 1);
  });
});

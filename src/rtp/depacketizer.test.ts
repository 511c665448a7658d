import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeClip } from '../../test/support/encode-clip.ts';
import { h264Format } from '../media/h264.ts';
import { h265Format } from '../media/h265.ts';
import { fromAnnexB, h264Nal, h265Nal, isSlice, lengthPrefixed, nalType, nalUnits } from '../media/nal.ts';
import type { AudioFormat, Sample, VideoCodec, VideoFormat } from '../media/sample.ts';
import type { RtpTrack } from './depacketizer.ts';
import { createDepacketizer } from './depacketizer.ts';
import { Packetizer } from './packetizer.ts';

const startAt = Date.UTC(2026, 10, 24, 21);
const clock = { now: () => startAt, monotonicMs: () => clock.ms, ms: 0 };
// Made by x264 for 64x64 pictures, baseline.
const sps = Buffer.from('6742c00ad90426c044000003000400000300783c489920', 'hex');
const pps = Buffer.from('68cb83cb20', 'hex');
const h264: RtpTrack = { kind: 'video', encoding: 'H264', clockRate: 90_000, fmtp: {} };
const sprop = { 'sprop-parameter-sets': `${sps.toString('base64')},${pps.toString('base64')}` };

function collect(track: RtpTrack, limits?: { pictureBytes: number }) {
  const samples: Sample[] = [];
  const options = { onSample: (sample: Sample) => samples.push(sample), clock, ...(limits && { limits }) };
  return { samples, depacketizer: createDepacketizer(track, options) };
}

interface PacketFields {
  readonly marker?: boolean;
  readonly ssrc?: number;
}

/** Packets in order from sequence 65530, so that every test passes the wrap. */
function packetMaker() {
  let sequence = 65530;
  return {
    skip: (count = 1) => {
      sequence += count;
    },
    make: (timestamp: number, payload: readonly number[] | Uint8Array, fields: PacketFields = {}): Buffer => {
      const packet = Buffer.alloc(12 + payload.length);
      packet[0] = 0x80;
      packet[1] = (fields.marker === true ? 0x80 : 0) | 96;
      packet.writeUInt16BE(sequence++ & 0xffff, 2);
      packet.writeUInt32BE(timestamp >>> 0, 4);
      packet.writeUInt32BE(fields.ssrc ?? 7, 8);
      packet.set(payload, 12);
      return packet;
    },
  };
}

const firstSlice = (type: number): number[] => [0x60 | type, 0x88, 1, 2, 3];
const laterSlice = (type: number): number[] => [0x60 | type, 0x48, 4, 5, 6];

/** Access units of a stream whose units begin with delimiters, without the delimiters. */
function accessUnits(codec: VideoCodec, stream: Buffer): Uint8Array[][] {
  const units: Uint8Array[][] = [];
  const delimiter = codec === 'h264' ? h264Nal.aud : h265Nal.aud;
  for (const nal of fromAnnexB(stream)) {
    if (nalType(codec, nal) === delimiter) units.push([]);
    else units.at(-1)!.push(nal);
  }
  return units;
}

function find(codec: VideoCodec, units: readonly Uint8Array[][], type: number): Uint8Array {
  return units.flat().find((nal) => nalType(codec, nal) === type)!;
}

for (const codec of ['h264', 'h265'] as const) {
  it(`takes ${codec} of several slices a picture through packets unchanged`, async () => {
    const slices = codec === 'h264' ? 'slices=4:bframes=0:sliced-threads=0' : 'slices=4:bframes=0';
    const clip = { codec, width: 320, height: 256, fps: 15, frames: 20, gop: 10, crf: 10, parameters: slices };
    const units = accessUnits(codec, await encodeClip(clip));
    const types = codec === 'h264' ? h264Nal : h265Nal;
    const [spsNal, ppsNal] = [find(codec, units, types.sps), find(codec, units, types.pps)];
    const format: VideoFormat =
      codec === 'h264' ? h264Format(spsNal, ppsNal)! : h265Format(find(codec, units, h265Nal.vps), spsNal, ppsNal)!;
    const { samples, depacketizer } = collect({ ...h264, encoding: codec });
    const packetizer = new Packetizer({ payloadType: 96, ssrc: 7, firstSequence: 65_500, maxPacketBytes: 500 });
    const shared = Buffer.alloc(2000);
    for (const [i, nals] of units.entries()) {
      const ticks = 2 ** 32 - 30_000 + i * 6000;
      const times = { ptsTicks: ticks, dtsTicks: ticks, at: 0, keyframe: false, damaged: false, discontinuity: false };
      for (const packet of packetizer.packets({ format, ...times, data: lengthPrefixed(nals) })) {
        // As a socket's buffer is: used again for the next packet.
        packet.copy(shared);
        depacketizer.rtp(shared.subarray(0, packet.length), startAt);
      }
    }
    assert.deepEqual(
      samples.map((sample) => nalUnits(sample.data).map((nal) => Buffer.from(nal).toString('base64'))),
      units.map((nals) => nals.map((nal) => Buffer.from(nal).toString('base64'))),
    );
    assert.equal(
      units.filter((nals) => nals.filter((nal) => isSlice(codec, nalType(codec, nal))).length > 1).length,
      20,
    );
    assert.deepEqual(
      samples.map((sample) => sample.keyframe),
      units.map((_, i) => i % 10 === 0),
    );
    assert.equal(new Set(samples.map((sample) => sample.format)).size, 1);
    assert.deepEqual([samples[0]!.format.kind, (samples[0]!.format as VideoFormat).width], ['video', 320]);
    assert.ok(samples.every((sample) => !sample.damaged && !sample.discontinuity));
    for (const [i, sample] of samples.entries()) assert.equal(sample.ptsTicks - samples[0]!.ptsTicks, i * 6000);
  });
}

describe('a depacketizer of H.264', () => {
  const track = { ...h264, fmtp: sprop };

  it('takes STAP-A apart and knows the format from the SDP', () => {
    const { samples, depacketizer } = collect(track);
    assert.equal(depacketizer.format?.kind, 'video');
    const { make } = packetMaker();
    const units = [[6, 1, 2], firstSlice(5), laterSlice(5)];
    depacketizer.rtp(make(0, [24, ...units.flatMap((unit) => [0, unit.length, ...unit])], { marker: true }), startAt);
    assert.deepEqual(
      nalUnits(samples[0]!.data).map((unit) => [...unit]),
      units,
    );
    assert.equal(samples[0]!.keyframe, true);
  });

  it('ends a picture without a marker bit where the next one shows itself', () => {
    const { samples, depacketizer } = collect(track);
    const { make } = packetMaker();
    for (const payload of [firstSlice(5), laterSlice(5), firstSlice(1)]) depacketizer.rtp(make(0, payload), startAt);
    depacketizer.rtp(make(3000, firstSlice(1)), startAt);
    assert.deepEqual(
      samples.map((sample) => nalUnits(sample.data).length),
      [2, 1],
    );
  });

  it('stops believing a marker bit that stands on every slice', () => {
    const { samples, depacketizer } = collect(track);
    const { make } = packetMaker();
    for (let i = 0; i < 4; i++)
      for (const slice of [firstSlice(5), laterSlice(5)])
        depacketizer.rtp(make(i * 3000, slice, { marker: true }), startAt);
    assert.deepEqual(
      samples.slice(1).map((sample) => [nalUnits(sample.data).length, sample.damaged]),
      [
        [2, false],
        [2, false],
      ],
    );
  });

  it('marks what follows a loss up to the next whole keyframe', () => {
    const { samples, depacketizer } = collect(track);
    const maker = packetMaker();
    const types = [5, 1, 1, 1, 5, 1];
    for (const [i, type] of types.entries()) {
      if (i === 2) maker.skip();
      clock.ms = i * 67;
      depacketizer.rtp(maker.make(i * 3000, firstSlice(type), { marker: true }), startAt);
    }
    assert.deepEqual(
      samples.map((sample) => sample.damaged),
      [false, false, true, true, false, false],
    );
    assert.equal(depacketizer.stats.lost, 1);
  });

  it('marks everything before the first keyframe', () => {
    const { samples, depacketizer } = collect(track);
    const { make } = packetMaker();
    for (const [i, type] of [1, 5].entries())
      depacketizer.rtp(make(i * 3000, firstSlice(type), { marker: true }), startAt);
    assert.deepEqual(
      samples.map((sample) => sample.damaged),
      [true, false],
    );
  });

  it('makes another format when the camera changes its parameter sets, and only then', () => {
    const { samples, depacketizer } = collect(track);
    const { make } = packetMaker();
    const other = Buffer.from('68ce3c80', 'hex');
    const sets = [pps, other, other];
    for (const [i, set] of sets.entries()) {
      depacketizer.rtp(make(i * 3000, sps), startAt);
      depacketizer.rtp(make(i * 3000, set), startAt);
      depacketizer.rtp(make(i * 3000, firstSlice(5), { marker: true }), startAt);
    }
    assert.notEqual(samples[0]!.format, samples[1]!.format);
    assert.equal(samples[1]!.format, samples[2]!.format);
  });

  it('drops a NAL unit that never ends and goes on with the next keyframe', () => {
    const { samples, depacketizer } = collect(track, { pictureBytes: 10_000 });
    const { make } = packetMaker();
    depacketizer.rtp(make(0, [0x7c, 0x85, 0x88, ...new Array(900).fill(1)]), startAt);
    for (let i = 0; i < 100; i++) depacketizer.rtp(make(0, [0x7c, 0x05, ...new Array(900).fill(1)]), startAt);
    depacketizer.rtp(make(3000, firstSlice(1), { marker: true }), startAt);
    depacketizer.rtp(make(6000, firstSlice(5), { marker: true }), startAt);
    assert.deepEqual(
      samples.map((sample) => sample.damaged),
      [true, false],
    );
    assert.equal(depacketizer.stats.dropped, 1);
  });

  it('bridges jumps of the clock and says so; times only grow', () => {
    const { samples, depacketizer } = collect(track);
    const { make } = packetMaker();
    const hour = 3600 * 90_000;
    for (const [i, timestamp] of [0, 6000, hour, hour + 6000, 12_000, 12_000, 18_000].entries()) {
      clock.ms = i * 67;
      depacketizer.rtp(make(timestamp, firstSlice(5), { marker: true }), startAt + i * 67);
    }
    assert.deepEqual(
      samples.map((sample) => sample.discontinuity),
      [false, false, true, false, true, false, false],
    );
    for (const [i, sample] of samples.entries())
      if (i > 0) assert.ok(sample.dtsTicks > samples[i - 1]!.dtsTicks && sample.ptsTicks >= samples[i - 1]!.ptsTicks);
    assert.ok(samples.at(-1)!.ptsTicks < 10 * 90_000);
  });

  it('takes a camera that starts anew with another source as a discontinuity', () => {
    const { samples, depacketizer } = collect(track);
    const { make } = packetMaker();
    depacketizer.rtp(make(0, firstSlice(5), { marker: true }), startAt);
    depacketizer.rtp(make(900_000_000, firstSlice(5), { marker: true, ssrc: 8 }), startAt + 67);
    assert.deepEqual(
      samples.map((sample) => sample.discontinuity),
      [false, true],
    );
  });

  it('gives samples or counts for any packets, and never throws', () => {
    const payloads = fc.array(fc.tuple(fc.nat(3), fc.boolean(), fc.uint8Array({ maxLength: 60 })), { maxLength: 60 });
    for (const encoding of ['H264', 'H265'])
      fc.assert(
        fc.property(payloads, fc.array(fc.uint8Array({ maxLength: 40 })), (made, raw) => {
          const { samples, depacketizer } = collect({ ...track, encoding }, { pictureBytes: 500 });
          const { make } = packetMaker();
          for (const [i, [step, marker, payload]] of made.entries())
            depacketizer.rtp(make(i * step * 100, payload, { marker }), startAt);
          for (const packet of raw) {
            depacketizer.rtp(packet, startAt);
            depacketizer.rtcp(packet, startAt);
          }
          for (const [i, sample] of samples.entries()) {
            assert.ok(sample.data.length <= 504);
            assert.equal(
              nalUnits(sample.data).reduce((sum, unit) => sum + unit.length + 4, 0),
              sample.data.length,
            );
            if (i > 0) assert.ok(sample.dtsTicks > samples[i - 1]!.dtsTicks);
          }
        }),
      );
  });

  it('counts packets whose lengths lie', () => {
    const { samples, depacketizer } = collect(track);
    const good = packetMaker().make(0, firstSlice(5), { marker: true });
    const csrcs = Buffer.from(good);
    csrcs[0] = 0x8f;
    const padding = Buffer.concat([good, Buffer.from([200])]);
    padding[0] = 0xa0;
    const extension = Buffer.from(good);
    extension[0] = 0x90;
    for (const packet of [csrcs, padding, extension, good.subarray(0, 11), Buffer.alloc(0)])
      depacketizer.rtp(packet, startAt);
    assert.equal(depacketizer.stats.malformed, 5);
    assert.equal(samples.length, 0);
  });
});

describe('wall clock', () => {
  const report = (at: number, rtpTimestamp: number): Buffer => {
    const packet = Buffer.alloc(28);
    packet.set([0x80, 200, 0, 6]);
    packet.writeUInt32BE(7, 4);
    packet.writeUInt32BE(Math.floor(at / 1000) + 2208988800, 8);
    packet.writeUInt32BE(Math.floor(((at % 1000) / 1000) * 2 ** 32), 12);
    packet.writeUInt32BE(rtpTimestamp, 16);
    return packet;
  };

  it('comes from sender reports where the clocks agree, and from arrival where they do not', () => {
    for (const [skew, expected] of [
      [-200, startAt + 1000 - 200],
      [-86_400_000, startAt + 1000],
    ] as const) {
      const { samples, depacketizer } = collect({ ...h264, fmtp: sprop });
      const { make } = packetMaker();
      depacketizer.rtp(make(0, firstSlice(5), { marker: true }), startAt);
      depacketizer.rtcp(report(startAt + skew, 0), startAt);
      depacketizer.rtp(make(90_000, firstSlice(5), { marker: true }), startAt + 1000);
      assert.ok(Math.abs(samples[1]!.at - expected) < 1, `${samples[1]!.at - expected}`);
      assert.ok(Math.abs(depacketizer.clockSkewMs! - skew) < 1);
    }
  });

  it('by arrival is not moved by packets that the network held up', () => {
    const { samples, depacketizer } = collect({ ...h264, fmtp: sprop });
    const { make } = packetMaker();
    for (const [i, lateMs] of [20, 0, 150, 80].entries())
      depacketizer.rtp(make(i * 90_000, firstSlice(5), { marker: true }), startAt + i * 1000 + lateMs);
    for (const [i, sample] of samples.entries()) if (i > 0) assert.ok(Math.abs(sample.at - (startAt + i * 1000)) < 2);
  });
});

describe('a depacketizer of audio', () => {
  const config = { mode: 'AAC-hbr', config: '1190', sizelength: '13', indexlength: '3', indexdeltalength: '3' };
  const aac: RtpTrack = { kind: 'audio', encoding: 'mpeg4-generic', clockRate: 48_000, fmtp: config };

  it('takes AAC frames apart, each with its time, and joins one that spans packets', () => {
    const { samples, depacketizer } = collect(aac);
    const { make } = packetMaker();
    depacketizer.rtp(make(0, [0, 32, 0, 3 << 3, 0, 2 << 3, 1, 2, 3, 4, 5], { marker: true }), startAt);
    depacketizer.rtp(make(2048, [0, 16, 0, 4 << 3, 6, 7]), startAt);
    depacketizer.rtp(make(2048, [0, 16, 0, 4 << 3, 8, 9], { marker: true }), startAt);
    assert.deepEqual(
      samples.map((sample) => [sample.ptsTicks, ...sample.data]),
      [
        [0, 1, 2, 3],
        [1024, 4, 5],
        [2048, 6, 7, 8, 9],
      ],
    );
    const format = samples[0]!.format as AudioFormat;
    assert.deepEqual([format.codecString, format.sampleRate, format.channels], ['mp4a.40.2', 48_000, 2]);
  });

  it('takes Opus and G.711 packets as frames', () => {
    for (const [encoding, clockRate, codec] of [
      ['opus', 48_000, 'opus'],
      ['PCMA', 8000, 'pcma'],
    ] as const) {
      const { samples, depacketizer } = collect({ kind: 'audio', encoding, clockRate, fmtp: {} });
      depacketizer.rtp(packetMaker().make(160, [1, 2, 3]), startAt);
      assert.equal(samples[0]!.format.codec, codec);
      assert.deepEqual([...samples[0]!.data], [1, 2, 3]);
    }
  });

  it('refuses what it can not take, and never throws for any packet', () => {
    const refused = [
      { ...aac, fmtp: { ...config, config: 'zz' } },
      { ...aac, fmtp: { config: '1190' } },
      { ...aac, encoding: 'L16' },
      { ...h264, clockRate: 8000 },
    ];
    for (const track of refused) assert.throws(() => collect(track), { code: 'rtp/unsupported' });
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 30 }), (payloads) => {
        const { depacketizer } = collect(aac);
        const { make } = packetMaker();
        for (const [i, payload] of payloads.entries()) depacketizer.rtp(make(i * 500, payload), startAt);
      }),
    );
  });
});

/** Packets that get lost and overtake each other: what is whole is the camera's picture to the byte, all else is marked. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeClip } from '../../test/support/encode-clip.ts';
import { g711Format } from '../media/g711.ts';
import { h264Format } from '../media/h264.ts';
import { h265Format } from '../media/h265.ts';
import { fromAnnexB, h264Nal, h265Nal, lengthPrefixed, nalType } from '../media/nal.ts';
import type { Sample, VideoCodec } from '../media/sample.ts';
import type { Depacketizer } from './depacketizer.ts';
import { createDepacketizer } from './depacketizer.ts';
import { Packetizer } from './packetizer.ts';
import { writeSenderReport } from './rtcp.ts';

const startAt = Date.UTC(2026, 10, 24, 21);
const fps = 15;
const gop = 15;
const pictureMs = 1000 / fps;

/** Something under way: it left the camera at `sentMs` and does what it does on arrival. */
interface Flight {
  readonly sentMs: number;
  readonly arrive: (target: Depacketizer, arrivalAt: number) => void;
}

interface Network {
  readonly lossPercent: number;
  /** Each packet is late by up to so much; those that are later than others are overtaken. */
  readonly jitterMs: number;
  /** The camera's clock gains so much. */
  readonly driftPpm: number;
  readonly random: () => number;
}

/** A small generator with a seed, so that a failure can be seen again. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Everything of a track through the network, in the order of arrival. */
function travel(flights: readonly Flight[], target: Depacketizer, clock: { ms: number }, network: Network): void {
  const arrivals = flights
    // The very first packet says where the numbers begin; what it overtook would be late.
    .filter((_, i) => i === 0 || network.random() * 100 >= network.lossPercent)
    .map((flight, i) => ({ flight, ms: flight.sentMs + 5 + (i === 0 ? -5 : network.random() * network.jitterMs) }))
    .sort((a, b) => a.ms - b.ms);
  for (const { flight, ms } of arrivals) {
    clock.ms = ms;
    flight.arrive(target, startAt + ms);
  }
}

function packetsOf(packetizer: Packetizer, sample: Sample, sentMs: number): Flight[] {
  return packetizer.packets(sample).map((packet, i) => ({
    // A picture's packets leave one after the other.
    sentMs: sentMs + i * 0.2,
    arrive: (target, arrivalAt) => target.rtp(packet, arrivalAt),
  }));
}

/** A sender report a second, by the camera's own clock. */
function reportsOf(ssrc: number, clockRate: number, seconds: number, gain: number): Flight[] {
  return Array.from({ length: seconds }, (_, second) => ({
    sentMs: (second * 1000) / gain + 1,
    arrive: (target, arrivalAt) =>
      target.rtcp(
        writeSenderReport({
          ...{ ssrc, packets: 0, octets: 0, cname: 'camera' },
          at: startAt + second * 1000,
          rtpTimestamp: (2 ** 32 - 5 * clockRate + second * clockRate) % 2 ** 32,
        }),
        arrivalAt,
      ),
  }));
}

const codecs: readonly VideoCodec[] = ['h264', 'h265'];
const clips = new Map<VideoCodec, readonly Sample[]>();

async function clipOf(codec: VideoCodec): Promise<readonly Sample[]> {
  const parameters = codec === 'h264' ? 'slices=4:bframes=0:sliced-threads=0' : 'slices=4:bframes=0';
  const clip = { codec, width: 320, height: 256, fps, frames: 150, gop, crf: 20, parameters };
  const pictures: Uint8Array[][] = [];
  const delimiter = codec === 'h264' ? h264Nal.aud : h265Nal.aud;
  for (const nal of fromAnnexB(await encodeClip(clip))) {
    if (nalType(codec, nal) === delimiter) pictures.push([]);
    else pictures.at(-1)!.push(nal);
  }
  const find = (type: number) => pictures[0]!.find((nal) => nalType(codec, nal) === type)!;
  const format =
    codec === 'h264'
      ? h264Format(find(h264Nal.sps), find(h264Nal.pps))!
      : h265Format(find(h265Nal.vps), find(h265Nal.sps), find(h265Nal.pps))!;
  return pictures.map((nals, i) => ({
    ...{ format, at: 0, keyframe: i % gop === 0, damaged: false, discontinuity: false },
    // The timestamps wrap after five seconds.
    ptsTicks: 2 ** 32 - 5 * 90_000 + i * 6000,
    dtsTicks: 0,
    data: lengthPrefixed(nals),
  }));
}

function receive(codec: VideoCodec, network: Network) {
  const original = clips.get(codec)!;
  const clock = { now: () => startAt + clock.ms, monotonicMs: () => clock.ms, ms: 0 };
  const samples: Sample[] = [];
  const target = createDepacketizer(
    { kind: 'video', encoding: codec.toUpperCase(), clockRate: 90_000, fmtp: {} },
    { clock, onSample: (sample) => samples.push(sample) },
  );
  const gain = 1 + network.driftPpm / 1e6;
  const packetizer = new Packetizer({ payloadType: 96, ssrc: 7, firstSequence: 65_000, maxPacketBytes: 400 });
  const flights = original.flatMap((sample, i) => packetsOf(packetizer, sample, (i * pictureMs) / gain));
  travel([...flights, ...reportsOf(7, 90_000, 10, gain)], target, clock, network);
  const origin = original[0]!.ptsTicks;
  const numbered = samples.map((sample) => ({ sample, index: (sample.ptsTicks - origin) / 6000 }));
  return { original, numbered, target, gain };
}

/** Sound of G.711, 20 ms a packet. @returns each sample with the ms at which it was taken */
function receiveSound(network: Network) {
  const clock = { now: () => startAt + clock.ms, monotonicMs: () => clock.ms, ms: 0 };
  const samples: Sample[] = [];
  const target = createDepacketizer(
    { kind: 'audio', encoding: 'PCMA', clockRate: 8000, fmtp: {} },
    { clock, onSample: (sample) => samples.push(sample) },
  );
  const gain = 1 + network.driftPpm / 1e6;
  const packetizer = new Packetizer({ payloadType: 96, ssrc: 8, firstSequence: 65_400 });
  const format = g711Format('pcma', 8000, 1);
  const origin = 2 ** 32 - 5 * 8000;
  const flights = Array.from({ length: 500 }, (_, i) => {
    const ptsTicks = origin + i * 160;
    const times = { ptsTicks, dtsTicks: ptsTicks, at: 0, keyframe: true, damaged: false, discontinuity: false };
    return packetsOf(packetizer, { format, ...times, data: new Uint8Array(160).fill(i) }, (i * 20) / gain);
  }).flat();
  travel([...flights, ...reportsOf(8, 8000, 10, gain)], target, clock, network);
  return samples.map((sample) => ({ sample, takenMs: (sample.ptsTicks - origin) / 8 / gain }));
}

describe('a bad network', () => {
  before(async () => {
    for (const codec of codecs) clips.set(codec, await clipOf(codec));
  });

  for (const codec of codecs) {
    it(`that only reorders loses nothing of ${codec}`, () => {
      fc.assert(
        fc.property(fc.nat(), (seed) => {
          const { original, numbered, target } = receive(codec, {
            ...{ lossPercent: 0, jitterMs: 3, driftPpm: 0 },
            random: generator(seed),
          });
          assert.equal(target.stats.lost, 0);
          // The last one has no packet behind it that would let it go, should its end be missing.
          assert.ok(numbered.length >= original.length - 1);
          for (const { sample, index } of numbered) {
            assert.equal(sample.damaged, false);
            assert.deepEqual(sample.data, original[index]!.data);
          }
        }),
        { numRuns: 5 },
      );
    });

    it(`with 5 % loss gives pictures of ${codec} that are whole, or marked up to the next whole keyframe`, () => {
      fc.assert(
        fc.property(fc.nat(), fc.constantFrom(0.2, 1, 5), (seed, lossPercent) => {
          const { original, numbered, target } = receive(codec, {
            ...{ lossPercent, jitterMs: 3, driftPpm: 0 },
            random: generator(seed),
          });
          const whole = new Set<number>();
          let before = -1;
          for (const { sample, index } of numbered) {
            assert.ok(Number.isInteger(index) && index > before, 'in order, none twice');
            before = index;
            if (sample.damaged) continue;
            assert.deepEqual(sample.data, original[index]!.data, 'a picture that isn’t marked is the camera’s');
            assert.ok(index % gop === 0 || whole.has(index - 1), 'what it refers to was whole');
            whole.add(index);
          }
          // Not stuck: the last GOP is there too.
          assert.ok(before >= original.length - gop);
          assert.ok(target.stats.lost > 0 === whole.size < original.length || lossPercent < 1);
          assert.equal(target.stats.damaged, numbered.filter(({ sample }) => sample.damaged).length);
        }),
        { numRuns: 15 },
      );
    });
  }

  it('keeps picture and sound within 100 ms of when they were taken, with a clock that drifts', () => {
    for (const [seed, driftPpm] of [
      [1, 0],
      [2, 300],
      [3, -300],
    ] as const) {
      const network = { lossPercent: 5, jitterMs: 60, driftPpm, random: generator(seed) };
      const { numbered, gain } = receive('h264', network);
      const offsets = numbered.map(({ sample, index }) => sample.at - startAt - (index * pictureMs) / gain);
      const sound = receiveSound(network).map(({ sample, takenMs }) => sample.at - startAt - takenMs);
      assert.ok(sound.length > 400);
      // Between any two of them, whichever a player shows together.
      const all = [...offsets, ...sound];
      assert.ok(Math.max(...all) - Math.min(...all) < 100, `${Math.min(...all)} to ${Math.max(...all)} ms`);
    }
  });

  it('is told to the camera as a receiver report counts it', () => {
    const { target } = receive('h264', { lossPercent: 5, jitterMs: 3, driftPpm: 0, random: generator(9) });
    const report = target.reception()!;
    assert.equal(report.ssrc, 7);
    assert.equal(report.lost, report.highestSequence - 65_000 + 1 - target.stats.packets);
    assert.ok(Math.abs(report.fractionLost / 256 - 0.05) < 0.03, `${report.fractionLost}`);
    assert.ok(report.highestSequence > 65_536, 'the wrap is counted');
    assert.ok(report.jitterTicks > 0 && report.jitterTicks < 3 * 90);
    assert.ok(report.lastReport > 0);
    assert.equal(target.reception()!.fractionLost, 0);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problem } from '../base/problem.ts';
import type { PacketBatch } from '../rtsp/packet-batch.ts';
import type { SdpTrack } from '../rtsp/sdp.ts';
import { PacketRelay } from './packet-relay.ts';

const video: SdpTrack = { kind: 'video', encoding: 'H264', clockRate: 90_000, payloadType: 96, fmtp: {}, control: '' };
const audio: SdpTrack = { kind: 'audio', encoding: 'PCMA', clockRate: 8000, payloadType: 8, fmtp: {}, control: '' };

function packet(payloadType: number, timestamp: number, ...payload: number[]): Buffer {
  const head = Buffer.from([0x80, payloadType, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
  head.writeUInt32BE(timestamp, 4);
  return Buffer.concat([head, Buffer.from(payload)]);
}

const [sps, pps, idr, slice, aud, sei] = [0x67, 0x68, 0x65, 0x41, 0x09, 0x06];
/** First bytes of the payloads, each behind its channel. */
function contents(batches: readonly PacketBatch[]): number[][] {
  const found: number[][] = [];
  for (const { frames } of batches) {
    for (let at = 0; at < frames.length; at += 4 + frames.readUInt16BE(at + 2)) {
      found.push([frames[at + 1]!, frames[at + 16]!]);
    }
  }
  return found;
}

describe('a relay', () => {
  it('keeps everything from the parameter sets of the newest keyframe on, sound too', () => {
    const relay = new PacketRelay([video, audio]);
    relay.packet(0, packet(96, 1, slice));
    assert.deepEqual(relay.newestGop(), []);
    for (const timestamp of [2, 3]) {
      for (const unit of [sps, pps, idr, idr]) relay.packet(0, packet(96, timestamp, unit));
      relay.packet(1, packet(8, timestamp, 0xd5));
      relay.packet(0, packet(96, timestamp + 10, slice));
    }
    const gop = [
      [0, sps],
      [0, pps],
      [0, idr],
      [0, idr],
      [2, 0xd5],
      [0, slice],
    ];
    assert.deepEqual(contents(relay.newestGop()), gop);
  });

  it('begins with all that stands in front of the keyframe, and loses nothing in front of other pictures', async () => {
    const relay = new PacketRelay([video]);
    const got: PacketBatch[] = [];
    for (const unit of [aud, sei, slice]) relay.packet(0, packet(96, 1, unit));
    for (const unit of [aud, sei, pps]) relay.packet(0, packet(96, 2, unit));
    // Even where the turn of the event loop ends in the middle of the picture.
    await new Promise((resolve) => setImmediate(resolve));
    for (const unit of [sps, idr, idr]) relay.packet(0, packet(96, 2, unit));
    for (const unit of [aud, slice, sei]) relay.packet(0, packet(96, 3, unit));
    const gop = [aud, sei, pps, sps, idr, idr, aud, slice, sei].map((unit) => [0, unit]);
    assert.deepEqual(contents(relay.newestGop()), gop);
    relay.join({ batch: (batch) => got.push(batch), ended: () => {} });
    relay.packet(0, packet(96, 4, sei));
    relay.packet(0, packet(96, 5, aud));
    relay.packet(0, packet(96, 5, idr));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(contents(got), [
      [0, sei],
      [0, aud],
      [0, idr],
    ]);
    assert.deepEqual(
      got.map(({ keyframe }) => keyframe),
      [false, true],
    );
  });

  it('waits with a bounded amount of what may stand in front of a picture', () => {
    const relay = new PacketRelay([video]);
    relay.packet(0, packet(96, 1, idr));
    const large = new Array<number>(30_000).fill(0);
    for (let i = 0; i < 5; i++) relay.packet(0, packet(96, 2, sei, ...large));
    assert.equal(contents(relay.newestGop()).length, 1 + 5);
  });

  it('gives players what comes, in one batch a turn, and nothing of another type', async () => {
    const relay = new PacketRelay([video]);
    const batches: PacketBatch[] = [];
    const leave = relay.join({ batch: (batch) => batches.push(batch), ended: () => {} });
    relay.packet(0, packet(96, 1, slice));
    relay.packet(0, packet(97, 1, slice));
    relay.packet(0, Buffer.from('no RTP'));
    relay.packet(0, packet(96, 1, slice));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      batches.map(({ packets, octets, keyframe }) => [packets, octets, keyframe]),
      [[[2], [2], false]],
    );
    leave();
    relay.packet(0, packet(96, 2, idr));
    relay.newestGop();
    assert.equal(batches.length, 1);
  });

  it('tells its players once when it ends, and those who come too late', async () => {
    const relay = new PacketRelay([video]);
    const reasons: string[] = [];
    const sink = { batch: () => {}, ended: (reason: Problem) => reasons.push(reason.code) };
    relay.join(sink);
    relay.end(new Problem('stream/ended', 'ended'));
    relay.end(new Problem('stream/other', 'other'));
    relay.join(sink);
    await Promise.resolve();
    assert.deepEqual(reasons, ['stream/ended', 'stream/ended']);
    relay.packet(0, packet(96, 1, idr));
    assert.deepEqual(relay.newestGop(), []);
  });

  it('forgets a GOP that outgrows its bound until the next keyframe, sooner where nobody plays', () => {
    const relay = new PacketRelay([video]);
    const large = packet(96, 2, slice, ...new Array<number>(60_000).fill(0));
    const kept: number[] = [];
    for (const count of [40, 60, 150, 200]) {
      relay.packet(0, packet(96, 1000 + count, idr));
      for (let i = 0; i < count; i++) relay.packet(0, large);
      kept.push(Math.sign(relay.newestGop().length));
      if (count === 60) relay.join({ batch: () => {}, ended: () => {} });
    }
    assert.deepEqual(kept, [1, 0, 1, 0]);
    assert.deepEqual(relay.newestGop(), []);
    relay.packet(0, packet(96, 3, idr));
    assert.equal(relay.newestGop().length, 1);
  });
  it('writes the next GOP into the buffers of one that nobody saw, and never into those of one that somebody has', () => {
    const relay = new PacketRelay([video]);
    const large = new Array<number>(40_000).fill(0);
    const gop = (timestamp: number): readonly PacketBatch[] => {
      relay.packet(0, packet(96, timestamp, idr, ...large));
      for (let i = 1; i < 4; i++) relay.packet(0, packet(96, timestamp + i, slice, ...large.fill(timestamp)));
      return relay.newestGop();
    };
    const seen = gop(10);
    const before = seen.map(({ frames }) => Buffer.from(frames));
    relay.packet(0, packet(96, 20, idr));
    for (let round = 3; round < 9; round++) {
      relay.packet(0, packet(96, round * 10, idr, ...large));
      relay.packet(0, packet(96, round * 10 + 1, slice, ...large));
    }
    const buffers = new Set(gop(100).map(({ frames }) => frames.buffer));
    assert.deepEqual(
      seen.map(({ frames }) => frames),
      before,
    );
    for (const { frames } of seen) assert.ok(!buffers.has(frames.buffer));
  });
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { encodeClip } from '../../test/support/encode-clip.ts';
import { childBoxes } from './box-reader.ts';
import { fragment, wallClockBox } from './fragment.ts';
import { h264Format } from './h264.ts';
import { initSegment } from './init-segment.ts';
import { fromAnnexB, h264Nal, lengthPrefixed, nalType } from './nal.ts';
import { recordingHead, recordingTail, tryRecordingTail } from './recording.ts';
import type { IndexedSample, Keyframe, RecordingIndex } from './recording-index.ts';
import { durationMs, IndexBuilder, tryParseIndex } from './recording-index.ts';
import { scanRecording } from './recording-scan.ts';
import type { VideoFormat } from './sample.ts';
import { tryServedFile } from './served-file.ts';

const run = promisify(execFile);
const frameTicks = 6000;
const startAt = Date.UTC(2026, 10, 24, 21, 0, 0, 250);

interface Recording {
  readonly bytes: Uint8Array;
  readonly head: Uint8Array;
  readonly index: RecordingIndex;
  readonly format: VideoFormat;
}

async function record(): Promise<Recording> {
  const stream = await encodeClip({ width: 160, height: 96, fps: 15, frames: 60, gop: 15, parameters: 'bframes=0' });
  const units = fromAnnexB(stream);
  const find = (type: number): Uint8Array => units.find((unit) => nalType('h264', unit) === type)!;
  const format = h264Format(find(h264Nal.sps), find(h264Nal.pps))!;
  const head = recordingHead([format], { camera: 'front' }, { startAt });
  const builder = new IndexBuilder({ headBytes: head.length, timeScales: [90_000] });
  const parts = [head];
  let offset = head.length;
  const pictures = units.filter((unit) => nalType('h264', unit) <= 5);
  for (const [i, picture] of pictures.entries()) {
    const keyframe = nalType('h264', picture) === h264Nal.idr;
    const ptsTicks = i * frameTicks;
    const at = startAt + ptsTicks / 90;
    if (keyframe && i > 0) {
      const clock = wallClockBox(1, at, ptsTicks);
      parts.push(clock);
      offset += clock.length;
    }
    const sample = { data: lengthPrefixed([picture]), durationTicks: frameTicks, ptsOffsetTicks: 0, keyframe };
    const bytes = fragment({ sequence: i + 1, trackId: 1, baseDtsTicks: ptsTicks, samples: [sample] });
    const times = { dtsTicks: ptsTicks, ptsTicks, durationTicks: frameTicks, at };
    builder.add({ offset, bytes: bytes.length, trackId: 1, dataBytes: sample.data.length, ...times, keyframe });
    parts.push(bytes);
    offset += bytes.length;
  }
  const serialized = builder.build();
  const tail = recordingTail(serialized, { objects: ['person'] });
  return { bytes: Buffer.concat([...parts, tail]), head, index: tryParseIndex(serialized)!, format };
}

/** What a browser would get of a plaintext with this index. */
function serve(bytes: Uint8Array, index: RecordingIndex): Uint8Array {
  const file = tryServedFile(bytes.subarray(0, index.headBytes), index)!;
  const served = Buffer.concat([file.head, bytes.subarray(index.headBytes, index.endOffset)]);
  assert.equal(served.length, file.bytes);
  return served;
}

function scan(bytes: Uint8Array) {
  return scanRecording(async (offset, length) => bytes.subarray(offset, offset + length));
}

describe('a recording', () => {
  let recording: Recording;
  let folder: string;

  before(async () => {
    recording = await record();
    folder = await mkdtemp(join(tmpdir(), 'recording-'));
  });

  after(() => rm(folder, { recursive: true }));

  async function probe(bytes: Uint8Array): Promise<{ errors: string; frames: string; duration: string }> {
    const path = join(folder, 'clip.mp4');
    await writeFile(path, bytes);
    const entries = 'stream=nb_read_frames:format=duration';
    const args = ['-v', 'warning', '-count_frames', '-show_entries', entries, '-of', 'json', path];
    const { stdout, stderr } = await run('ffprobe', args);
    const found = JSON.parse(stdout);
    return { errors: stderr, frames: found.streams[0].nb_read_frames, duration: found.format.duration };
  }

  it('is without fault in ffprobe as it was written', async () => {
    assert.deepEqual(await probe(recording.bytes), { errors: '', frames: '60', duration: '4.000000' });
  });

  it('is without fault in ffprobe as it is served, and as long', async () => {
    const served = serve(recording.bytes, recording.index);
    assert.deepEqual(await probe(served), { errors: '', frames: '60', duration: '4.000000' });
    const types = childBoxes(served).map(({ type }) => type);
    assert.deepEqual(types, ['ftyp', 'moov', 'uuid', 'mdat']);
  });

  it('shows the same pictures as it was written and as it is served', async () => {
    const hashes = await Promise.all(
      [recording.bytes, serve(recording.bytes, recording.index)].map(async (bytes, i) => {
        const path = join(folder, `same-${i}.mp4`);
        await writeFile(path, bytes);
        return (await run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'framemd5', '-'])).stdout;
      }),
    );
    assert.equal(hashes[0], hashes[1]);
  });

  it('is served right while it is torn: up to the last whole fragment', async () => {
    const lastKeyframe = recording.index.tracks[0]!.samples[30]!;
    const torn = recording.bytes.subarray(0, lastKeyframe.offset + 5);
    const { index } = (await scan(torn))!;
    assert.deepEqual(await probe(serve(torn, index)), { errors: '', frames: '30', duration: '2.000000' });
  });

  it('gives back its index, times and facts to a scan, and to who reads its tail', async () => {
    const found = (await scan(recording.bytes))!;
    assert.deepEqual(found.facts, { camera: 'front' });
    assert.deepEqual(found.finalFacts, { objects: ['person'] });
    assert.deepEqual(found.index, recording.index);
    assert.equal(durationMs(found.index), 4000);
    assert.deepEqual(
      found.index.keyframes.map((keyframe) => keyframe.at - startAt),
      [0, 1000, 2000, 3000],
    );
    const tail = tryRecordingTail(recording.bytes.subarray(recording.index.endOffset))!;
    assert.deepEqual(tail, { facts: { objects: ['person'] }, index: recording.index });
  });

  it('torn anywhere loses the fragment under way and no more', async () => {
    const ends: number[] = [];
    for (const header of childBoxes(recording.bytes))
      if (header.type === 'mdat') ends.push(header.offset + header.bytes);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: recording.bytes.length - 1 }), async (length) => {
        const found = await scan(recording.bytes.subarray(0, length));
        if (length < recording.head.length) return assert.equal(found, undefined);
        const end = ends.findLast((candidate) => candidate <= length) ?? recording.head.length;
        assert.equal(found!.index.endOffset, end);
        assert.equal(found!.finalFacts, undefined);
      }),
    );
  });

  it('with bytes changed anywhere is scanned without an exception', async () => {
    const place = fc.integer({ min: 0, max: recording.bytes.length - 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 20 }), async (changes) => {
        const bytes = recording.bytes.slice();
        for (const [offset, value] of changes) bytes[offset] = value;
        const found = await scan(bytes);
        if (found === undefined) return;
        assert.ok(found.index.endOffset <= bytes.length);
        tryServedFile(bytes.subarray(0, found.index.headBytes), found.index);
      }),
    );
  });

  it('is not served under a head that is not its own', () => {
    assert.equal(tryServedFile(initSegment([recording.format]), recording.index), undefined);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.equal(tryServedFile(bytes, { ...recording.index, headBytes: bytes.length }), undefined);
      }),
    );
  });
});

describe('an index', () => {
  const sample = fc.record({
    trackId: fc.integer({ min: 1, max: 2 }),
    gap: fc.nat(300),
    dataBytes: fc.integer({ min: 1, max: 2 ** 31 }),
    durationTicks: fc.nat(900_000),
    ptsOffset: fc.integer({ min: -20_000, max: 20_000 }),
    keyframe: fc.boolean(),
    ms: fc.integer({ min: -1000, max: 10_000 }),
  });

  it('says of every sample what was added', () => {
    fc.assert(
      fc.property(fc.array(sample), fc.nat(5000), (added, headBytes) => {
        const builder = new IndexBuilder({ headBytes, timeScales: [90_000, 48_000] });
        const expected: IndexedSample[][] = [[], []];
        const dts = [0, 0];
        let [offset, at] = [headBytes, startAt];
        const keyframes: Keyframe[] = [];
        for (const { trackId, gap, dataBytes, durationTicks, ptsOffset, keyframe, ms } of added) {
          const dtsTicks = dts[trackId - 1]!;
          const ptsTicks = dtsTicks + ptsOffset;
          const bytes = gap + 112 + dataBytes;
          builder.add({ trackId, offset, bytes, dataBytes, dtsTicks, ptsTicks, durationTicks, keyframe, at });
          offset += bytes;
          expected[trackId - 1]!.push({ offset: offset - dataBytes, bytes: dataBytes, dtsTicks, ptsTicks, keyframe });
          if (keyframe && trackId === 1) keyframes.push({ ptsTicks, at });
          dts[trackId - 1] = dtsTicks + durationTicks;
          at += ms;
        }
        const index = tryParseIndex(builder.build())!;
        assert.deepEqual(
          index.tracks.map((track) => track.samples),
          expected,
        );
        assert.deepEqual(
          index.tracks.map((track) => track.endTicks),
          dts,
        );
        assert.deepEqual([index.keyframes, index.headBytes, index.endOffset], [keyframes, headBytes, offset]);
      }),
    );
  });

  it('is nothing, and no exception, for bytes that are none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        tryParseIndex(Uint8Array.from([4, ...bytes]));
      }),
      { numRuns: 1000 },
    );
  });

  it('costs few bytes a sample', () => {
    const builder = new IndexBuilder({ headBytes: 1000, timeScales: [90_000] });
    for (let i = 0; i < 900; i++) {
      const times = { dtsTicks: i * 6000, ptsTicks: i * 6000, durationTicks: 6000, at: startAt + i * 67 };
      const dataBytes = 3000 + i;
      const offset = builder.endOffset;
      builder.add({ offset, bytes: dataBytes + 112, dataBytes, trackId: 1, ...times, keyframe: i % 30 === 0 });
    }
    assert.ok(builder.build().length < 900 * 7);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CameraId, RecordingId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { RecordingEnd } from '../catalog/recordings.ts';
import { scanRecording } from '../media/recording-scan.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import type { ClipParts, FinishedClip } from './recorded-clip.ts';
import { RecordedClip } from './recorded-clip.ts';

const format: VideoFormat = {
  kind: 'video',
  codec: 'h264',
  timeScale: 90_000,
  width: 640,
  height: 360,
  codecString: 'avc1.64001f',
  configuration: Uint8Array.of(1, 0x64, 0, 0x1f, 0xff, 0xe0, 0),
  parameterSets: [],
};
const start = Date.UTC(2026, 10, 24, 21, 0, 0);

function sample(frame: number): Sample {
  const ticks = 1_000_000 + frame * 6000;
  return {
    format,
    ptsTicks: ticks,
    dtsTicks: ticks,
    at: start + (frame * 1000) / 15,
    keyframe: frame % 15 === 0,
    damaged: false,
    discontinuity: false,
    data: Buffer.concat([Buffer.from([0, 0, 0, 20, frame % 15 === 0 ? 0x65 : 0x41]), Buffer.alloc(19, frame)]),
  };
}

/** A catalog, a vault and a disk of one clip, in memory. */
function setUp(disk: { readonly write?: (count: number) => void | Promise<void>; readonly open?: Promise<void> } = {}) {
  const written: Uint8Array[] = [];
  const done: { end?: RecordingEnd; finished?: FinishedClip; problem?: Problem; discarded?: boolean } = {};
  let writes = 0;
  const parts = {
    recordings: {
      create: async ({ file }: { file: (id: RecordingId) => string }) => ({
        id: 7 as RecordingId,
        file: file(7 as RecordingId),
      }),
      progress: async () => {},
      discard: async () => {
        done.discarded = true;
      },
      finish: async (_id: RecordingId, end: RecordingEnd) => {
        done.end = end;
        return true;
      },
    },
    vault: {
      createClip: async () => {
        await disk.open;
        return {
          kid: 'abc',
          write: (bytes: Uint8Array | readonly Uint8Array[]) => {
            const answer = disk.write?.(++writes);
            for (const part of bytes instanceof Uint8Array ? [bytes] : bytes) written.push(new Uint8Array(part));
            return answer;
          },
          flushTail: async () => {},
          finish: async () => ({
            plainBytes: Buffer.concat(written).length,
            plainSha256: 'ee',
            sealedBytes: 1,
            ciphertextSha256: 'ff',
          }),
          [Symbol.asyncDispose]: async () => {},
        };
      },
      sealObject: async () => ({ kid: 'abc', sha256: 'ff' }),
    },
    clock: { now: () => start, monotonicMs: () => 0 },
    log: silentLog,
  } as unknown as ClipParts;
  const clip = new RecordedClip(sample(0), { camera: 'yard' as CameraId, cameraName: 'Yard', reason: 'event' }, parts, {
    opened: () => {},
    finished: (finished) => {
      done.finished = finished;
    },
    failed: (problem) => {
      done.problem = problem;
    },
  });
  const scan = async () => {
    const plain = Buffer.concat(written);
    return await scanRecording(async (offset, length) => plain.subarray(offset, offset + length));
  };
  return { clip, done, scan, plain: () => Buffer.concat(written) };
}

describe('recorded clip', () => {
  it('holds every sample, those too that came before the file was open', async () => {
    const opening = Promise.withResolvers<void>();
    const { clip, done, scan } = setUp({ open: opening.promise });
    for (let frame = 0; frame < 20; frame++) clip.write(sample(frame));
    opening.resolve();
    for (let frame = 20; frame < 45; frame++) clip.write(sample(frame));
    await clip.finished();
    const found = await scan();
    const samples = found?.index.tracks[0]?.samples ?? [];
    assert.equal(samples.length, 45);
    assert.deepEqual([samples[0]?.dtsTicks, samples[44]?.dtsTicks], [0, 44 * 6000]);
    assert.deepEqual(
      found?.index.keyframes.map(({ at }) => at),
      [start, start + 1000, start + 2000],
    );
    assert.equal(done.end?.state, 'finished');
    assert.equal(done.end?.endAt, start + 3000);
    assert.equal(done.finished?.file, 'yard/2026/11/24/210000-7.mp4');
    assert.equal(found?.finalFacts?.['endAt'], start + 3000);
  });

  it('says which of its pictures are not whole, in each one and at its end', async () => {
    const { clip, scan, plain } = setUp();
    const lost = [20, 21, 22, 40];
    for (let frame = 0; frame < 45; frame++) clip.write({ ...sample(frame), damaged: lost.includes(frame) });
    await clip.finished();
    const { finalFacts, index } = (await scan())!;
    assert.deepEqual(finalFacts?.['damaged'], {
      pictures: 4,
      spans: [
        [Math.round(start + 20_000 / 15), Math.round(start + 23_000 / 15)],
        [Math.round(start + 40_000 / 15), Math.round(start + 41_000 / 15)],
      ],
    });
    // The flags' lower half is the degradation priority; they lie before composition offset, mdat's header and the data.
    const priorities = index.tracks[0]!.samples.map(({ offset }) => plain().readUInt16BE(offset - 14));
    assert.deepEqual(
      priorities.flatMap((priority, frame) => (priority === 0 ? [] : [frame])),
      lost,
    );
  });

  it('waits for a slow disk and loses nothing', async () => {
    const room = Promise.withResolvers<void>();
    const { clip, scan } = setUp({ write: (count) => (count === 3 ? room.promise : undefined) });
    for (let frame = 0; frame < 30; frame++) clip.write(sample(frame));
    await new Promise(setImmediate);
    room.resolve();
    await clip.finished();
    assert.equal((await scan())?.index.tracks[0]?.samples.length, 30);
  });

  it('fails, and throws at nobody, when the disk does', async () => {
    const full = new Problem('storage/full', 'the disk is full', { status: 503 });
    const { clip, done } = setUp({
      write: (count) => {
        if (count > 4) throw full;
      },
    });
    await new Promise(setImmediate);
    for (let frame = 0; frame < 30; frame++) clip.write(sample(frame));
    assert.equal(clip.failed, true);
    assert.equal(done.problem, full);
    await clip.finished();
    assert.equal(done.end?.state, 'torn');
  });

  it('takes its row back when the file can not be made', async () => {
    const { clip, done } = setUp({ open: Promise.reject(new Problem('storage/full', 'the disk is full')) });
    await clip.finished();
    assert.deepEqual([clip.failed, done.discarded, done.problem?.code], [true, true, 'storage/full']);
  });
});

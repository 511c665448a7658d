import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { systemClock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import type { Problem } from '../base/problem.ts';
import type { Footage } from '../decoder/footage.ts';
import { makeClip, readFootage } from '../decoder/footage.ts';
import type { Sandbox } from '../decoder/sandbox.ts';
import { findSandbox } from '../decoder/sandbox.ts';
import { transcodedGop } from '../decoder/transcoder.ts';
import type { Sample } from '../media/sample.ts';
import { Stream } from '../streams/stream.ts';
import { Conversions } from './conversions.ts';

let folder: string;
let sandbox: Sandbox;
let h265: Footage;
let h264: Footage;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentrix-conversions-'));
  sandbox = await findSandbox({ log: silentLog }, AbortSignal.timeout(10_000));
  await makeClip(join(folder, 'h264.mp4'), 4);
  h264 = await readFootage(join(folder, 'h264.mp4'), Date.UTC(2026, 10, 25));
  const encoder = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:bframes=2:keyint=15'];
  await promisify(execFile)('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-i', join(folder, 'h264.mp4'), ...encoder, '-tag:v', 'hvc1'],
    ...['-video_track_timescale', '90000', join(folder, 'h265.mp4')],
  ]);
  h265 = await readFootage(join(folder, 'h265.mp4'), Date.UTC(2026, 10, 25));
});

after(() => rm(folder, { recursive: true }));

function streamOf(id: string): Stream {
  const options = { id: id as CameraId, preBufferMs: 0, initial: 'connecting', clock: systemClock } as const;
  return new Stream({ ...options, log: silentLog });
}

function conversions(most: number): Conversions {
  return new Conversions({ most, sandbox, clock: systemClock, log: silentLog });
}

/** Resolves once it has so many. */
class Reader {
  readonly samples: Sample[] = [];
  readonly problems: string[] = [];
  #wanted = 0;
  #resolve: () => void = () => {};

  sample(sample: Sample): void {
    this.samples.push(sample);
    if (this.samples.length >= this.#wanted) this.#resolve();
  }

  problem({ code }: Problem): void {
    this.problems.push(code);
  }

  async until(count: number): Promise<void> {
    this.#wanted = count;
    if (this.samples.length >= count) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#resolve = resolve;
    await promise;
  }
}

test('H.265 comes out as H.264 with the times of its pictures, and who comes later begins at a keyframe', {
  timeout: 30_000,
}, async () => {
  await using converting = conversions(1);
  const stream = streamOf('yard');
  const shown = converting.of(stream);
  const first = new Reader();
  const leaveFirst = shown.subscribe(first);
  assert.equal(converting.running, 0, 'nothing runs before there is a picture');
  for (const sample of h265.samples) stream.accept(sample);
  // The newest may still wait for those that are shown before them.
  await first.until(h265.samples.length - 4);
  assert.equal(converting.running, 1);
  const at = new Map(h265.samples.map((sample) => [sample.ptsTicks, sample.at]));
  for (const [i, sample] of first.samples.entries()) {
    assert.equal(sample.format.kind === 'video' && sample.format.codec, 'h264');
    assert.equal(at.get(sample.ptsTicks), sample.at, `picture ${i} has the time of one that came in`);
    assert.equal(sample.keyframe, i % transcodedGop === 0);
    assert.ok(i === 0 || sample.ptsTicks > first.samples[i - 1]!.ptsTicks);
  }
  const newest = shown.ring.newest();
  assert.ok(newest[0]?.keyframe === true && newest.length <= transcodedGop);
  const leaveSecond = shown.subscribe(new Reader());
  assert.equal(converting.running, 1, 'one for all');
  leaveFirst();
  assert.equal(converting.running, 1);
  leaveSecond();
  const deadline = Date.now() + 10_000;
  while (converting.running > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(converting.running, 0);
  assert.deepEqual(shown.ring.newest(), []);
});

test('no more are converted than may be; who waits is told, and gets a place that comes free', {
  timeout: 30_000,
}, async () => {
  await using converting = conversions(1);
  const [one, other] = [streamOf('one'), streamOf('other')];
  const leave = converting.of(one).subscribe(new Reader());
  const waits = new Reader();
  converting.of(other).subscribe(waits);
  for (const sample of h265.samples.slice(0, 5)) one.accept(sample);
  for (const sample of h265.samples.slice(0, 20)) other.accept(sample);
  assert.deepEqual(waits.problems, ['live/too-many-conversions']);
  assert.equal(waits.samples.length, 0);
  leave();
  while (converting.running > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const sample of h265.samples.slice(30)) other.accept(sample);
  await waits.until(10);
  assert.deepEqual(waits.problems, ['live/too-many-conversions']);
});

test('what needs no conversion goes through, and what is damaged is not made to look whole', {
  timeout: 30_000,
}, async () => {
  await using converting = conversions(1);
  const stream = streamOf('yard');
  const reader = new Reader();
  converting.of(stream).subscribe(reader);
  for (const sample of h264.samples.slice(0, 3)) stream.accept(sample);
  assert.deepEqual(
    reader.samples.map(({ data }) => data),
    h264.samples.slice(0, 3).map(({ data }) => data),
  );
  assert.equal(converting.running, 0);
  reader.samples.length = 0;
  const damaged = h265.samples.map((sample, i) => ({ ...sample, damaged: i === 5 }));
  for (const sample of damaged) stream.accept(sample);
  const missing = damaged.findIndex((sample, i) => i > 5 && sample.keyframe) - 5;
  assert.ok(missing > 5);
  await reader.until(h265.samples.length - missing - 4);
  const lost = new Set(damaged.slice(5, 5 + missing).map(({ ptsTicks }) => ptsTicks));
  assert.ok(reader.samples.every(({ ptsTicks }) => !lost.has(ptsTicks)));
});

import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { pause } from '../base/wait.ts';
import type { Sample } from '../media/sample.ts';
import type { DecoderOptions } from './decoder.ts';
import { startDecoder } from './decoder.ts';
import type { Footage } from './footage.ts';
import { makeClip, readFootage } from './footage.ts';
import type { Frame } from './frame.ts';
import { decoderProblems } from './problems.ts';
import type { Sandbox } from './sandbox.ts';
import { findSandbox } from './sandbox.ts';

const startAt = Date.UTC(2026, 10, 24, 21);
const unsandboxed: Sandbox = { kind: 'none', wrap: ({ command, args }) => ({ command, args }) };
let folder: string;
let sandbox: Sandbox;
let plain: Footage;
let withBFrames: Footage;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentrix-decoder-'));
  sandbox = await findSandbox({ log: silentLog }, AbortSignal.timeout(10_000));
  await makeClip(join(folder, 'plain.mp4'), 3, ['-tune', 'zerolatency']);
  await makeClip(join(folder, 'b.mp4'), 3, ['-bf', '2']);
  plain = await readFootage(join(folder, 'plain.mp4'), startAt);
  withBFrames = await readFootage(join(folder, 'b.mp4'), startAt);
});

after(() => rm(folder, { recursive: true }));

function options(footage: Footage, changes: Partial<DecoderOptions> = {}): DecoderOptions {
  return { format: footage.format, widthPx: 320, fps: 5, sandbox, clock: systemClock, log: silentLog, ...changes };
}

/** Writes the samples and resolves with the frames once `count` have come out, or with fewer when the decoder ends. */
async function decode(footage: Footage, samples: readonly Sample[], count: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  const enough = Promise.withResolvers<void>();
  await using decoder = startDecoder(
    options(footage),
    (frame) => {
      if (frames.push(frame) === count) enough.resolve();
    },
    AbortSignal.timeout(10_000),
  );
  for (const sample of samples) decoder.write(sample);
  await Promise.race([enough.promise, decoder.ended]);
  return frames;
}

test('gives five frames a second with the capture time of the sample that each came from', async () => {
  const frames = await decode(plain, plain.samples, 14);
  const bySample = new Map(plain.samples.map((sample) => [sample.ptsTicks, sample.at]));
  assert.deepEqual(
    frames.map((frame) => frame.at - startAt),
    Array.from({ length: 14 }, (_, index) => index * 200),
  );
  for (const frame of frames) {
    assert.equal(bySample.get(frame.ptsTicks), frame.at);
    assert.equal(frame.width, 320);
    assert.equal(frame.height, 180);
    assert.equal(frame.data.length, 320 * 180 * 3);
  }
});

test('keeps the times of pictures that are decoded in another order than shown', async () => {
  const frames = await decode(withBFrames, withBFrames.samples, 13);
  const bySample = new Map(withBFrames.samples.map((sample) => [sample.ptsTicks, sample.at]));
  assert.equal(frames.length, 13);
  for (const frame of frames) assert.equal(bySample.get(frame.ptsTicks), frame.at);
  assert.deepEqual(
    frames.map((frame) => frame.at),
    frames.map((frame) => frame.at).toSorted((a, b) => a - b),
  );
});

test('gives the frame of a sample before more than one further sample was written', async () => {
  const frames: Frame[] = [];
  let arrived = Promise.withResolvers<void>();
  await using decoder = startDecoder(
    options(plain),
    (frame) => {
      frames.push(frame);
      arrived.resolve();
    },
    AbortSignal.timeout(10_000),
  );
  // Frames 0 and 3 are selected: each must come with only its successor known.
  decoder.write(plain.samples[0]!);
  decoder.write(plain.samples[1]!);
  await Promise.race([arrived.promise, decoder.ended]);
  assert.equal(frames.at(-1)?.ptsTicks, plain.samples[0]!.ptsTicks);
  arrived = Promise.withResolvers<void>();
  for (const sample of plain.samples.slice(2, 5)) decoder.write(sample);
  await Promise.race([arrived.promise, decoder.ended]);
  assert.equal(frames.at(-1)?.ptsTicks, plain.samples[3]!.ptsTicks);
});

test('keeps the times of a coarse time scale', async () => {
  const coarse = { ...plain.format, timeScale: 600 };
  const samples = plain.samples.map((sample) => ({
    ...sample,
    format: coarse,
    ptsTicks: sample.ptsTicks / 150,
    dtsTicks: sample.dtsTicks / 150,
  }));
  const frames = await decode({ format: coarse, samples }, samples, 14);
  assert.deepEqual(
    frames.map((frame) => frame.ptsTicks - samples[0]!.ptsTicks),
    Array.from({ length: 14 }, (_, index) => index * 120),
  );
});

test('goes on when the times of the camera jump back', async () => {
  const later = plain.samples.slice(15).map((sample) => ({
    ...sample,
    ptsTicks: sample.ptsTicks - 1e9,
    dtsTicks: sample.dtsTicks - 1e9,
    discontinuity: true,
  }));
  const frames = await decode(plain, [...plain.samples.slice(0, 15), ...later], 14);
  assert.equal(frames.length, 14);
  assert.ok(frames.at(-1)!.ptsTicks < 0);
});

test('takes nothing before the first keyframe and nothing of another format', async () => {
  await using decoder = startDecoder(options(plain), () => {}, AbortSignal.timeout(10_000));
  assert.equal(decoder.write(plain.samples[1]!), false);
  assert.equal(decoder.write(withBFrames.samples[0]!), false);
  assert.equal(decoder.write(plain.samples[0]!), true);
  assert.equal(decoder.write(plain.samples[1]!), true);
});

test('drops up to the next keyframe when ffmpeg does not keep up', async () => {
  const stuck = join(folder, 'stuck');
  await writeFile(stuck, '#!/bin/sh\nexec sleep 20\n');
  await chmod(stuck, 0o700);
  await using decoder = startDecoder(
    options(plain, { sandbox: unsandboxed, ffmpeg: stuck }),
    () => {},
    AbortSignal.timeout(10_000),
  );
  const big = { ...plain.samples[0]!, data: new Uint8Array(1024 * 1024) };
  const taken = [1, 2, 3, 4, 5, 6].map(() => decoder.write(big));
  assert.equal(taken.filter(Boolean).length, 3);
  assert.ok(decoder.queuedBytes <= 4 * 1024 * 1024);
  assert.equal(decoder.write(plain.samples[1]!), false);
  assert.equal(decoder.write(plain.samples[0]!), true);
});

test('ends a decoder that takes samples and gives no frame', async () => {
  const stuck = join(folder, 'silent');
  await writeFile(stuck, '#!/bin/sh\nexec cat >/dev/null\n');
  await chmod(stuck, 0o700);
  const decoder = startDecoder(
    options(plain, { sandbox: unsandboxed, ffmpeg: stuck, hangMs: 40 }),
    () => {},
    AbortSignal.timeout(10_000),
  );
  decoder.write(plain.samples[0]!);
  assert.equal((await decoder.ended).code, decoderProblems.hung);
});

test('says that ffmpeg is missing, that it crashed, that it wrote rubbish', async () => {
  const missing = startDecoder(
    options(plain, { sandbox: unsandboxed, ffmpeg: join(folder, 'nothing') }),
    () => {},
    AbortSignal.timeout(10_000),
  );
  assert.equal((await missing.ended).code, decoderProblems.unavailable);
  const crash = join(folder, 'crash');
  await writeFile(crash, '#!/bin/sh\necho broken >&2\nexit 3\n');
  await chmod(crash, 0o700);
  const crashed = await startDecoder(
    options(plain, { sandbox: unsandboxed, ffmpeg: crash }),
    () => {},
    AbortSignal.timeout(10_000),
  ).ended;
  assert.equal(crashed.code, decoderProblems.crashed);
  assert.deepEqual(crashed.safe, { status: 3, signal: null, stderr: 'broken\n' });
  const rubbish = join(folder, 'rubbish');
  await writeFile(rubbish, '#!/bin/sh\nexec cat /dev/zero\n');
  await chmod(rubbish, 0o700);
  const bad = startDecoder(
    options(plain, { sandbox: unsandboxed, ffmpeg: rubbish }),
    () => {},
    AbortSignal.timeout(10_000),
  );
  assert.equal((await bad.ended).code, decoderProblems.badOutput);
});

test('ends with its signal', async () => {
  const controller = new AbortController();
  const decoder = startDecoder(options(plain), () => {}, controller.signal);
  controller.abort();
  assert.equal((await decoder.ended).code, decoderProblems.stopped);
  assert.equal(decoder.write(plain.samples[0]!), false);
});

test('can be stopped at any moment of its start and leaves nothing waiting', async () => {
  for (let turn = 0; turn < 12; turn++) {
    const decoder = startDecoder(options(plain), () => {}, AbortSignal.timeout(10_000));
    await pause(turn, AbortSignal.timeout(1000));
    await decoder[Symbol.asyncDispose]();
  }
});

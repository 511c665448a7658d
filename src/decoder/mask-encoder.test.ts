import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { Sample } from '../media/sample.ts';
import { startDecoder } from './decoder.ts';
import type { Footage } from './footage.ts';
import { makeClip, readFootage } from './footage.ts';
import type { Frame } from './frame.ts';
import { maskBoxes } from './mask-boxes.ts';
import { MaskEncoder } from './mask-encoder.ts';
import type { Sandbox } from './sandbox.ts';

const sandbox: Sandbox = { kind: 'none', wrap: ({ command, args }) => ({ command, args }) };
const deps = { sandbox, clock: systemClock, log: silentLog };
const startAt = Date.UTC(2026, 10, 24, 21);
/** The left half. */
const boxes = maskBoxes([
  [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ],
]);
let folder: string;
let footage: Footage;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentrix-mask-'));
  await makeClip(join(folder, 'clip.mp4'), 3);
  footage = await readFootage(join(folder, 'clip.mp4'), startAt);
});

after(() => rm(folder, { recursive: true }));

test('gives every picture at its own time, with its masked half black and the other one as it was', async () => {
  const masked: Sample[] = [];
  const all = Promise.withResolvers<void>();
  await using encoder = new MaskEncoder({ ...deps, format: footage.format, boxes }, (sample) => {
    if (masked.push(sample) >= footage.samples.length - 4) all.resolve();
  });
  // Nothing can be decoded before the first keyframe.
  encoder.write(footage.samples[1]!);
  for (const sample of footage.samples) encoder.write(sample);
  await Promise.race([all.promise, encoder.ended]);
  const times = footage.samples.map((sample) => sample.at).toSorted((a, b) => a - b);
  assert.deepEqual(
    masked.map((sample) => sample.at),
    times.slice(0, masked.length),
  );
  assert.equal(masked[0]?.keyframe, true);
  assert.ok(masked.every((sample, index) => index === 0 || sample.dtsTicks > masked[index - 1]!.dtsTicks));

  const format = masked[0]!.format;
  assert.ok(format.kind === 'video' && format.width === 640 && format.height === 360);
  const seen = Promise.withResolvers<Frame>();
  await using decoder = startDecoder(
    { ...deps, format, widthPx: 640, fps: 5 },
    seen.resolve,
    AbortSignal.timeout(20_000),
  );
  for (const sample of masked) decoder.write(sample);
  const frame = await Promise.race([seen.promise, decoder.ended]);
  assert.ok('data' in frame, 'the masked pictures can be decoded');
  const mean = (from: number, to: number): number => {
    let sum = 0;
    for (let y = 0; y < frame.height; y++)
      for (let x = from; x < to; x++) sum += frame.data[(y * frame.width + x) * 3 + 1]!;
    return sum / (frame.height * (to - from));
  };
  assert.ok(mean(0, 318) < 4, `${mean(0, 318)}`);
  assert.ok(mean(330, 640) > 60, `${mean(330, 640)}`);
});

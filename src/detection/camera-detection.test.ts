import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { Footage } from '../decoder/footage.ts';
import { makeClip, readFootage } from '../decoder/footage.ts';
import { frameToJpeg } from '../decoder/jpeg.ts';
import type { Sandbox } from '../decoder/sandbox.ts';
import { startCameraDetection } from './camera-detection.ts';
import type { Detection } from './detection.ts';
import type { TrackUpdate } from './frame-analysis.ts';
import type { PictureForModel } from './model-child.ts';

const sandbox: Sandbox = { kind: 'none', wrap: ({ command, args }) => ({ command, args }) };
const startAt = Date.UTC(2026, 10, 24, 21);
let folder: string;
let footage: Footage;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentrix-camera-'));
  await makeClip(join(folder, 'clip.mp4'), 3, ['-tune', 'zerolatency']);
  footage = await readFootage(join(folder, 'clip.mp4'), startAt);
});

after(() => rm(folder, { recursive: true }));

/** Somebody who walks to the right, a quarter of the picture each second, beside a tree that the camera isn't asked for. */
class Walker {
  #frames = 0;

  async detect(_camera: string, frame: PictureForModel): Promise<readonly Detection[]> {
    assert.equal(frame.data.length, frame.width * frame.height * 3);
    const x = 0.1 + 0.05 * this.#frames++;
    return [
      { class: 'person', confidence: 0.8, box: [x, 0.2, 0.1, 0.5] },
      { class: 'potted plant', confidence: 0.9, box: [0.7, 0.2, 0.1, 0.5] },
    ];
  }
}

test('follows what the model finds through decoder, gate and tracker, with the best picture', async () => {
  const updates: TrackUpdate[] = [];
  const enough = Promise.withResolvers<void>();
  const options = { camera: 'front', filter: {}, detector: new Walker(), sandbox, clock: systemClock, log: silentLog };
  await using detection = startCameraDetection(
    options,
    (update) => {
      updates.push(update);
      const next = footage.samples[updates.length * 3];
      // A second of samples at a time, so that nothing waits long enough to be dropped.
      for (const sample of footage.samples.slice(updates.length * 3 + 6, updates.length * 3 + 9))
        detection.write(sample);
      if (next === undefined || updates.length === 12) enough.resolve();
    },
    AbortSignal.timeout(10_000),
  );
  for (const sample of footage.samples.slice(0, 9)) detection.write(sample);
  await enough.promise;
  const last = updates.at(-1)!;
  assert.deepEqual(
    last.objects.map((one) => [one.track, one.class, one.confirmed, one.moving]),
    [[1, 'person', true, true]],
  );
  const at = updates.map((update) => update.at);
  assert.deepEqual(
    at,
    at.toSorted((a, b) => a - b),
  );
  assert.equal(last.objects[0]?.firstAt, startAt);
  const best = last.objects[0]?.best;
  assert.ok(best !== null && best !== undefined && best.frame.at >= startAt);
  assert.deepEqual([...(await frameToJpeg(best.frame)).subarray(0, 2)], [0xff, 0xd8]);
});

test('starts another decoder at the first keyframe of another format', async () => {
  const other = { ...footage.format };
  const renewed = footage.samples.map((sample) => ({ ...sample, format: other }));
  const options = { camera: 'front', filter: {}, detector: new Walker(), sandbox, clock: systemClock, log: silentLog };
  const seen = Promise.withResolvers<void>();
  await using detection = startCameraDetection(options, () => seen.resolve(), AbortSignal.timeout(10_000));
  assert.equal(detection.write(footage.samples[1]!), false);
  assert.equal(detection.write(footage.samples[0]!), true);
  assert.equal(detection.write(renewed[1]!), false);
  for (const sample of renewed.slice(15, 25)) assert.equal(detection.write(sample), true);
  await seen.promise;
  assert.equal(detection.stats.decoderRestarts, 0);
});

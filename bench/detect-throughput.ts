/**
 * How many frames a second the whole way of detection takes (decoded frames through queue, pipe, model's process and
 * back, two cameras at once), beside bare onnxruntime on the same frames, prepared beforehand, in this process.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { systemClock } from '../src/base/clock.ts';
import { silentLog } from '../src/base/log.ts';
import { startDecoder } from '../src/decoder/decoder.ts';
import { readFootage } from '../src/decoder/footage.ts';
import type { Frame } from '../src/decoder/frame.ts';
import { findSandbox } from '../src/decoder/sandbox.ts';
import { prepareDefaultModel } from '../src/detection/default-model.ts';
import { startDetector } from '../src/detection/detector.ts';
import { findFootage } from '../src/detection/footage-tracks.ts';
import { Letterbox } from '../src/detection/letterbox.ts';
import { MotionGate } from '../src/detection/motion-gate.ts';
import type { Figure } from './figures.ts';
import { spreadOf } from './figures.ts';

const rounds = 9;
const framesEach = 60;
const size = { width: 416, height: 256 };

export async function detectThroughput(): Promise<readonly Figure[]> {
  const { SENTRIX_SHARED: shared, SENTRIX_MODEL_SOURCE: model } = process.env;
  const places = findFootage(shared, model);
  if (typeof places === 'string') throw new Error(places);
  const folder = await mkdtemp(join(tmpdir(), 'sentrix-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true }));
  const modelFile = join(folder, 'model.onnx');
  await prepareDefaultModel({ sourceDir: places.modelSource, file: modelFile, ...size });
  const frames = await decoded(join(places.clips, 'visits-sub.mp4'));
  const deps = {
    sandbox: await findSandbox({ log: silentLog }, AbortSignal.timeout(10_000)),
    clock: systemClock,
    log: silentLog,
  };
  const detector = stack.use(startDetector({ ...deps, modelFile, children: 1 }, new AbortController().signal));
  await detector.whenReady(AbortSignal.timeout(60_000));
  const session = await InferenceSession.create(await readFile(modelFile), {
    ...{ executionProviders: ['cpu'], executionMode: 'sequential', intraOpNumThreads: 1, interOpNumThreads: 1 },
  });
  const letterbox = new Letterbox(frames[0]!.width, frames[0]!.height, size.width, size.height);
  const prepared = frames.map(
    (frame) => new Tensor('uint8', letterbox.fit(frame.data).slice(), [1, size.height, size.width, 3]),
  );
  const bare: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const bareFrom = performance.now();
    for (const images of prepared) await session.run({ [session.inputNames[0]!]: images });
    bare.push((prepared.length * 1000) / (performance.now() - bareFrom));
    const from = performance.now();
    const camera = async (name: string, share: number): Promise<void> => {
      for (let index = share; index < frames.length; index += 3)
        if ((await detector.detect(name, frames[index]!)) === 'dropped') throw new Error('a frame was dropped');
    };
    await Promise.all(['a', 'b', 'c'].map(camera));
    ours.push((frames.length * 1000) / (performance.now() - from));
  }
  const times = ours.map((one, round) => (bare[round]! / one) * 100);
  return [
    {
      name: 'detect/throughput',
      unit: 'frames a second, one process of one thread',
      ours: spreadOf(ours),
      reference: { name: 'bare onnxruntime', ...spreadOf(bare) },
    },
    {
      name: 'detect/frame-time',
      unit: '% of what bare onnxruntime takes',
      ours: spreadOf(times),
      // Nine tenths of the throughput.
      limit: 100 / 0.9,
      note: `${rounds} pairs, one after the other`,
    },
    { name: 'detect/gate', unit: 'ms a frame of 640x360', ours: spreadOf(gateTimes(frames)) },
  ];
}

function gateTimes(frames: readonly Frame[]): number[] {
  const gate = new MotionGate(frames[0]!.width, frames[0]!.height);
  return Array.from({ length: rounds }, (_, round) => {
    const from = performance.now();
    for (const [index, frame] of frames.entries()) gate.next(frame.data, (round * frames.length + index) * 200, false);
    return (performance.now() - from) / frames.length;
  });
}

async function decoded(file: string): Promise<readonly Frame[]> {
  const { format, samples } = await readFootage(file, 0);
  const frames: Frame[] = [];
  const enough = Promise.withResolvers<void>();
  const sandbox = await findSandbox({ log: silentLog }, AbortSignal.timeout(10_000));
  await using decoder = startDecoder(
    { format, widthPx: 640, fps: 5, sandbox, clock: systemClock, log: silentLog },
    (frame) => {
      if (frames.push(frame) >= framesEach) enough.resolve();
    },
    AbortSignal.timeout(60_000),
  );
  // From the first visit on.
  const from = samples.findIndex((sample) => sample.keyframe && sample.at >= 20_000);
  for (const sample of samples.slice(from, from + framesEach * 3 + 30)) decoder.write(sample);
  await Promise.race([enough.promise, decoder.ended]);
  return frames.slice(0, framesEach);
}

/** For tests and measurements only: the tracks of recorded footage with the real model, as fast as it goes. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { startDecoder } from '../decoder/decoder.ts';
import { footageFolder, readFootage } from '../decoder/footage.ts';
import type { Frame } from '../decoder/frame.ts';
import { findSandbox } from '../decoder/sandbox.ts';
import { prepareDefaultModel } from './default-model.ts';
import { startDetector } from './detector.ts';
import type { TrackUpdate } from './frame-analysis.ts';
import { FrameAnalysis } from './frame-analysis.ts';
import { ObjectFilter } from './object-filter.ts';

export interface FootagePlaces {
  readonly clips: string;
  readonly modelSource: string;
}

/** Where clips and model are, or why there is nothing to try. Arguments are `$SENTRIX_SHARED` and `$SENTRIX_MODEL_SOURCE`. */
export function findFootage(shared: string | undefined, model: string | undefined): FootagePlaces | string {
  const clips = footageFolder(shared);
  const modelSource = model ?? join(import.meta.dirname, '../../.setup/model');
  if (clips === undefined) return 'no footage: set SENTRIX_SHARED';
  return existsSync(join(modelSource, 'nanodet.bin')) ? { clips, modelSource } : 'no model: run the set-up';
}

export interface FootageTracker extends AsyncDisposable {
  /** Updates of the frames of one clip, whose first picture was taken at `startAt` (UTC ms). */
  tracksOf(file: string, startAt: number): AsyncGenerator<TrackUpdate, void, void>;
}

export async function startFootageTracker({ modelSource }: FootagePlaces): Promise<FootageTracker> {
  const folder = await mkdtemp(join(tmpdir(), 'sentrix-footage-'));
  const modelFile = join(folder, 'model.onnx');
  await prepareDefaultModel({ sourceDir: modelSource, file: modelFile, width: 416, height: 256 });
  const signal = AbortSignal.timeout(60_000);
  const sandbox = await findSandbox({ log: silentLog }, signal);
  const deps = { sandbox, clock: systemClock, log: silentLog };
  const detector = startDetector({ ...deps, modelFile, children: 1 }, new AbortController().signal);
  await detector.whenReady(signal);

  async function* tracksOf(file: string, startAt: number): AsyncGenerator<TrackUpdate, void, void> {
    const { format, samples } = await readFootage(file, startAt);
    const frames: Frame[] = [];
    let more = Promise.withResolvers<void>();
    const take = (frame: Frame) => {
      frames.push(frame);
      more.resolve();
    };
    const options = { ...deps, format, widthPx: 640, fps: 5 };
    await using decoder = startDecoder(options, take, AbortSignal.timeout(120_000));
    let nextTrack = 1;
    let analysis: FrameAnalysis | undefined;
    let written = 0;
    // The last frames stay in the decoder, so the clip's last second isn't waited for.
    const lastAt = samples.at(-1)!.at - 1000;
    for (let at = startAt; at < lastAt; ) {
      while (written < samples.length && samples[written]!.at < at + 1000) decoder.write(samples[written++]!);
      const frame = frames.shift();
      if (frame === undefined) {
        more = Promise.withResolvers();
        await Promise.race([more.promise, decoder.ended]);
        if (frames.length === 0) throw await decoder.ended;
        continue;
      }
      at = frame.at;
      analysis ??= new FrameAnalysis({
        find: (one) => detector.detect('footage', one),
        filter: new ObjectFilter({}),
        width: frame.width,
        height: frame.height,
        nextTrack: () => nextTrack++,
      });
      yield await analysis.take(frame);
    }
  }

  return {
    tracksOf,
    async [Symbol.asyncDispose]() {
      await detector[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

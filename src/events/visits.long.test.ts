/** The whole way from samples to events, with the real model on real footage, as fast as it goes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { startDecoder } from '../decoder/decoder.ts';
import { footageFolder, readFootage } from '../decoder/footage.ts';
import type { Frame } from '../decoder/frame.ts';
import type { Sandbox } from '../decoder/sandbox.ts';
import { findSandbox } from '../decoder/sandbox.ts';
import { prepareDefaultModel } from '../detection/default-model.ts';
import type { Detector } from '../detection/detector.ts';
import { startDetector } from '../detection/detector.ts';
import { FrameAnalysis } from '../detection/frame-analysis.ts';
import { ObjectFilter } from '../detection/object-filter.ts';
import type { VisitEvent } from './events.ts';
import { CameraEvents } from './events.ts';

const run = promisify(execFile);
const zero = Date.UTC(2026, 10, 24, 21);
const { SENTRIX_SHARED: shared, SENTRIX_MODEL_SOURCE: source } = process.env;
const clips = footageFolder(shared);
const model = source ?? join(import.meta.dirname, '../../.setup/model');
const missing =
  clips === undefined
    ? 'no footage: set SENTRIX_SHARED'
    : !existsSync(join(model, 'nanodet.bin'))
      ? 'no model: run the set-up'
      : false;

describe('events of real footage', { skip: missing }, () => {
  let folder: string;
  let sandbox: Sandbox;
  let detector: Detector;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sentrix-visits-'));
    const file = join(folder, 'model.onnx');
    await prepareDefaultModel({ sourceDir: model, file, width: 416, height: 256 });
    const signal = AbortSignal.timeout(60_000);
    sandbox = await findSandbox({ log: silentLog }, signal);
    const options = { modelFile: file, children: 1, sandbox, clock: systemClock, log: silentLog };
    detector = startDetector(options, new AbortController().signal);
    await detector.whenReady(signal);
  });

  after(async () => {
    await detector[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function eventsOf(clip: string): Promise<VisitEvent[]> {
    const { format, samples } = await readFootage(join(clips!, clip), zero);
    const ended: VisitEvent[] = [];
    const events = new CameraEvents({ camera: 'front' }, ({ kind, event }) => {
      if (kind === 'ended') ended.push(event);
    });
    const frames: Frame[] = [];
    let more = Promise.withResolvers<void>();
    const options = { format, widthPx: 640, fps: 5, sandbox, clock: systemClock, log: silentLog };
    await using decoder = startDecoder(
      options,
      (frame) => {
        frames.push(frame);
        more.resolve();
      },
      AbortSignal.timeout(120_000),
    );
    let nextTrack = 1;
    let analysis: FrameAnalysis | undefined;
    let written = 0;
    // The last frames stay in the decoder; nothing happens in the clips' last second.
    const lastAt = samples.at(-1)!.at - 1000;
    for (let at = zero; at < lastAt; ) {
      while (written < samples.length && samples[written]!.at < at + 1000) {
        assert.equal(decoder.write(samples[written++]!), true);
      }
      const frame = frames.shift();
      if (frame === undefined) {
        more = Promise.withResolvers();
        await Promise.race([more.promise, decoder.ended]);
        assert.ok(frames.length > 0, 'the decoder ended');
        continue;
      }
      at = frame.at;
      analysis ??= new FrameAnalysis({
        find: (one) => detector.detect('front', one),
        filter: new ObjectFilter({}),
        width: frame.width,
        height: frame.height,
        nextTrack: () => nextTrack++,
      });
      events.update(await analysis.take(frame));
    }
    events.close();
    return ended;
  }

  async function score(clip: string, events: readonly VisitEvent[]): Promise<string> {
    const file = join(folder, 'events.json');
    const list = events.map(({ objects, startAt, endAt }) => ({
      class: objects.toSorted((a, b) => b.confidence - a.confidence)[0]!.class,
      start: new Date(startAt),
      end: new Date(endAt),
    }));
    await writeFile(file, JSON.stringify(list));
    const script = join(clips!, '../score.mjs');
    const args = [script, '--clip', clip, '--events', file, '--zero', new Date(zero).toISOString()];
    const { stdout } = await run(process.execPath, args);
    return stdout;
  }

  const expected = [
    { clip: 'visits-sub.mp4', visits: 3, events: 3 },
    { clip: 'visits.mp4', visits: 3, events: 3 },
    { clip: 'visits-h265.mp4', visits: 3, events: 3 },
    { clip: 'cars.mp4', visits: 4, events: 3 },
    { clip: 'empty.mp4', visits: 0, events: 0 },
  ];
  for (const { clip, visits, events } of expected)
    test(`finds each visit of ${clip} as one event and nothing else`, async (t) => {
      const found = await eventsOf(clip);
      const seconds = (at: number) => ((at - zero) / 1000).toFixed(1);
      for (const event of found) {
        const objects = event.objects.map((one) => `${one.class} ${one.confidence.toFixed(2)}`).join(', ');
        t.diagnostic(`${seconds(event.startAt)} - ${seconds(event.endAt)} s: ${objects}`);
      }
      const line = (await score(clip, found)).trim().split('\n').at(-1)!;
      t.diagnostic(line);
      assert.ok(line.startsWith(`visits found ${visits}/${visits}, false events 0`), line);
      assert.equal(found.length, events);
    });
});

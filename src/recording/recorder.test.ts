import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Sample, VideoFormat } from '../media/sample.ts';
import { GopRing } from '../streams/gop-ring.ts';
import type { OpenClip } from './recorder.ts';
import { Recorder } from './recorder.ts';

const format: VideoFormat = {
  kind: 'video',
  codec: 'h264',
  timeScale: 90_000,
  width: 640,
  height: 360,
  codecString: 'avc1.64001f',
  configuration: new Uint8Array(),
  parameterSets: [],
};

class RecordedClip implements OpenClip {
  readonly samples: Sample[] = [];
  finished = false;
  failed = false;

  write(sample: Sample): void {
    assert.equal(this.finished, false, 'a finished clip is written to');
    this.samples.push(sample);
  }

  finish(): void {
    this.finished = true;
  }
}

/** A camera with a frame each 100 ms and a keyframe each second, on a clock that the test turns. */
function setUp(options: { readonly maxClipMs?: number } = {}) {
  const clips: RecordedClip[] = [];
  const ring = new GopRing({ spanMs: 3000, maxBytes: 1 << 20, maxGopBytes: 1 << 20 });
  let now = 0;
  /** By how much the wall clock was set. */
  let wallMs = 0;
  const recorder = new Recorder({
    ring,
    open: () => {
      const clip = new RecordedClip();
      clips.push(clip);
      return clip;
    },
    preBufferMs: 3000,
    postBufferMs: 2000,
    maxClipMs: options.maxClipMs ?? 60_000,
    clock: { now: () => now + wallMs, monotonicMs: () => now },
  });
  const send = (at: number, change: Partial<Sample> = {}): void => {
    now = at;
    const sample: Sample = {
      format,
      ptsTicks: at * 90,
      dtsTicks: at * 90,
      at: at + wallMs,
      keyframe: at % 1000 === 0,
      damaged: false,
      discontinuity: false,
      data: new Uint8Array(10),
      ...change,
    };
    ring.push(sample);
    recorder.sample(sample);
  };
  const play = (from: number, to: number): void => {
    for (let at = from; at < to; at += 100) send(at);
  };
  return {
    recorder,
    clips,
    send,
    play,
    setClock: (by: number) => {
      wallMs += by;
    },
    wait: (to: number) => {
      now = to;
      recorder.tick();
    },
  };
}

const times = (clip: RecordedClip | undefined): [number | undefined, number | undefined] => [
  clip?.samples[0]?.at,
  clip?.samples.at(-1)?.at,
];

describe('recorder', () => {
  it('begins a clip with the pre-buffer and ends it after the post-buffer', () => {
    const { recorder, clips, play } = setUp();
    play(0, 10_000);
    recorder.trigger('a', 9500);
    play(10_000, 12_000);
    recorder.release('a', 11_000);
    play(12_000, 20_000);
    assert.equal(clips.length, 1);
    assert.deepEqual(times(clips[0]), [6000, 13_000]);
    assert.equal(clips[0]?.finished, true);
    assert.equal(recorder.recording, false);
  });

  it('prolongs the clip when something comes within the post-buffer', () => {
    const { recorder, clips, play } = setUp();
    play(0, 5000);
    recorder.trigger('a', 4900);
    recorder.release('a', 5000);
    play(5000, 6500);
    recorder.trigger('b', 6400);
    play(6500, 9000);
    recorder.release('b', 8900);
    play(9000, 12_000);
    assert.equal(clips.length, 1);
    assert.deepEqual(times(clips[0]), [1000, 10_900]);
  });

  it('never writes a sample into two clips', () => {
    const { recorder, clips, play } = setUp();
    play(0, 5000);
    recorder.trigger('a', 4900);
    recorder.release('a', 4900);
    play(5000, 7500);
    assert.equal(clips[0]?.finished, true);
    recorder.trigger('b', 7400);
    play(7500, 8000);
    assert.deepEqual(times(clips[0]), [1000, 6900]);
    assert.equal(clips[1]?.samples[0]?.at, 7000);
  });

  it('cuts a long clip at a keyframe and loses nothing', () => {
    const { recorder, clips, play } = setUp({ maxClipMs: 4000 });
    play(0, 1000);
    recorder.trigger('a', 900);
    play(1000, 10_000);
    assert.deepEqual(
      clips.map((clip) => times(clip)),
      [
        [0, 3900],
        [4000, 7900],
        [8000, 9900],
      ],
    );
  });

  it('waits for a keyframe where the ring has none', () => {
    const { recorder, clips, play } = setUp();
    recorder.trigger('a', 0);
    play(500, 3000);
    assert.equal(clips[0]?.samples[0]?.at, 1000);
  });

  it('finishes the clip in a jump of the stream and goes on at the next keyframe', () => {
    const { recorder, clips, play, send } = setUp();
    play(0, 2000);
    recorder.trigger('a', 1900);
    play(2000, 3000);
    send(7300, { discontinuity: true });
    play(7400, 9000);
    assert.deepEqual(
      clips.map((clip) => [...times(clip), clip.finished]),
      [
        [0, 2900, true],
        [8000, 8900, false],
      ],
    );
  });

  it('ends the post-buffer by the clock when the camera has died', () => {
    const { recorder, clips, play, wait } = setUp();
    play(0, 5000);
    recorder.trigger('a', 4900);
    recorder.release('a', 4900);
    wait(8000);
    assert.equal(clips[0]?.finished, false);
    wait(9000);
    assert.equal(clips[0]?.finished, true);
  });

  it('finishes the clip of a camera that went silent, and goes on when it is back', () => {
    const { recorder, clips, play, wait } = setUp();
    play(0, 5000);
    recorder.trigger('a', 4900);
    wait(14_000);
    assert.equal(clips[0]?.finished, false);
    wait(15_000);
    assert.equal(clips[0]?.finished, true);
    play(20_000, 21_000);
    assert.equal(clips[1]?.samples[0]?.at, 20_000);
  });

  it('gives up a clip that can not be written and tries again later', () => {
    const { recorder, clips, play, wait } = setUp();
    play(0, 2000);
    recorder.trigger('a', 1900);
    clips[0]!.failed = true;
    wait(2100);
    assert.equal(clips[0]?.finished, true);
    play(2200, 4000);
    assert.equal(clips.length, 1);
    wait(8000);
    assert.equal(clips.length, 2);
  });

  it('tries less and less often while nothing can be written', () => {
    const { recorder, clips, play, wait } = setUp();
    play(0, 2000);
    recorder.trigger('a', 1900);
    const triedAt: number[] = [];
    for (let at = 2000; at < 120_000; at += 1000) {
      play(at, at + 1000);
      const before = clips.length;
      clips.at(-1)!.failed = true;
      wait(at + 1000);
      if (clips.length > before) triedAt.push(at + 1000);
    }
    assert.deepEqual(
      triedAt.slice(1).map((at, index) => at - triedAt[index]!),
      [11_000, 21_000, 41_000],
    );
  });

  it('ends the post-buffer also when the clock was set back meanwhile', () => {
    const { recorder, clips, play, wait } = setUp();
    play(3_600_000, 3_602_000);
    recorder.trigger('a', 3_601_900);
    play(3_602_000, 3_603_000);
    recorder.release('a', 3_602_900);
    play(0, 4000);
    wait(5000);
    assert.equal(clips.length, 1);
    assert.equal(clips[0]?.finished, true);
  });

  const hour = 3_600_000;
  for (const [by, what] of [
    [hour, 'an hour on'],
    [-hour, 'an hour back'],
    [24 * hour, 'a day on'],
    [-24 * hour, 'a day back'],
  ] as const) {
    it(`loses and doubles nothing when the clock is set ${what}, in each state`, () => {
      for (const setAt of [5000, 13_000, 16_400, 40_000]) {
        const { recorder, clips, play, wait, setClock } = setUp({ maxClipMs: 30_000 });
        const playOn = (from: number, to: number): void => {
          for (let at = from; at < to; at += 1000) {
            if (at === Math.floor(setAt / 1000) * 1000) {
              play(at, setAt);
              setClock(by);
              play(setAt, at + 1000);
            } else play(at, at + 1000);
            wait(at + 1000);
          }
        };
        playOn(0, 10_000);
        const wallNow = (at: number): number => at + (at >= setAt ? by : 0);
        recorder.trigger('a', wallNow(9900));
        playOn(10_000, 16_000);
        recorder.release('a', wallNow(15_900));
        playOn(16_000, 20_000);
        assert.equal(recorder.recording, false, `set at ${setAt}: the post-buffer ended`);
        recorder.trigger('always', wallNow(19_900));
        playOn(20_000, 90_000);
        recorder.stop();
        const ticks = clips.flatMap(({ samples }) => samples.map(({ dtsTicks }) => dtsTicks));
        assert.equal(new Set(ticks).size, ticks.length, `set at ${setAt}: a picture in two clips`);
        assert.deepEqual(
          ticks,
          ticks.toSorted((a, b) => a - b),
        );
        // From the first trigger to its release, and from the second to the end: nothing is missing.
        const written = new Set(ticks.map((tick) => tick / 90));
        for (let at = 10_000; at < 90_000; at += 100)
          if (at <= 15_900 || at >= 20_000) assert.ok(written.has(at), `set at ${setAt}: ${at} is missing`);
        const longest = Math.max(...clips.map(({ samples }) => samples.at(-1)!.dtsTicks - samples[0]!.dtsTicks)) / 90;
        assert.ok(longest <= 33_000, `set at ${setAt}: a clip of ${longest} ms`);
        assert.ok(clips.length <= 7, `set at ${setAt}: ${clips.length} clips`);
      }
    });
  }

  it('makes no flood of clips of a camera whose times jump with every picture, and cuts its long clips all the same', () => {
    const { recorder, clips, send } = setUp({ maxClipMs: 60_000 });
    send(0);
    recorder.trigger('a', 0);
    for (let at = 100; at < 300_000; at += 100) send(at, { discontinuity: true });
    assert.ok(clips.length >= 5 && clips.length <= 6, `${clips.length} clips`);
    const written = clips.reduce((sum, { samples }) => sum + samples.length, 0);
    assert.ok(written >= 300, `${written} pictures`);
  });

  it('begins a new clip when the parameter sets change', () => {
    const { recorder, clips, play, send } = setUp();
    play(0, 2000);
    recorder.trigger('a', 1900);
    const other = { ...format };
    send(2000, { format: other });
    send(2100, { format: other });
    assert.deepEqual(
      clips.map((clip) => clip.samples.length),
      [20, 2],
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { aacFormat } from '../media/aac.ts';
import type { AudioFormat, Sample, VideoFormat } from '../media/sample.ts';
import { Stream } from '../streams/stream.ts';
import { HlsHub } from './hls-hub.ts';
import { mediaPlaylist } from './hls-playlist.ts';
import type { InitSegment, Segment } from './hls-segmenter.ts';
import { HlsSegmenter } from './hls-segmenter.ts';

const video: VideoFormat = {
  ...{ kind: 'video', codec: 'h264', timeScale: 90_000, width: 640, height: 360, codecString: 'avc1.64001f' },
  configuration: Uint8Array.of(1, 2, 3),
  parameterSets: [],
};
const other: VideoFormat = { ...video, width: 320 };
const aac = aacFormat(Uint8Array.of(0x12, 0x10), 44_100)!;

const startAt = 1_700_000_000_000;
/** Ten a second, a keyframe each second. */
const picture = (frame: number, change: Partial<Sample> = {}): Sample => ({
  ...{ format: video, ptsTicks: frame * 9000, dtsTicks: frame * 9000, at: startAt + frame * 100 },
  ...{ keyframe: frame % 10 === 0, damaged: false, discontinuity: false, data: new Uint8Array(100) },
  ...change,
});
const sound = (frame: number, format: AudioFormat = aac): Sample => ({
  ...{ format, ptsTicks: frame * 1024, dtsTicks: frame * 1024, at: startAt + (frame * 1024 * 1000) / 44_100 },
  ...{ keyframe: true, damaged: false, discontinuity: false, data: new Uint8Array(10) },
});

function cut(samples: readonly Sample[], expected?: AudioFormat) {
  const segments: Segment[] = [];
  const inits: InitSegment[] = [];
  const segmenter = new HlsSegmenter({
    firstSequence: 5,
    onInit: (init) => inits.push(init),
    onSegment: (segment) => segments.push(segment),
  });
  segmenter.expectSound(expected);
  for (const sample of samples) segmenter.push(sample);
  return { segments, inits };
}

/** `tfdt` of each `moof`, by track. */
function times({ bytes }: Segment): [track: number, ticks: number][] {
  const found: [number, number][] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < bytes.length; offset += view.getUint32(offset)) {
    if (view.getUint32(offset + 4) === 0x6d6f6f66)
      found.push([view.getUint32(offset + 44), Number(view.getBigUint64(offset + 60))]);
  }
  return found;
}

const frames = (from: number, to: number, change: Partial<Sample> = {}): Sample[] =>
  Array.from({ length: to - from }, (_, i) => picture(from + i, change));

describe('segments', () => {
  it('begin with keyframes, last a second or more, and follow on from each other', () => {
    const { segments, inits } = cut(frames(3, 45));
    assert.deepEqual(
      segments.map(({ sequence, durationMs, discontinuity, at }) => [
        sequence,
        durationMs,
        discontinuity,
        at - startAt,
      ]),
      [
        [5, 1000, false, 1000],
        [6, 1000, false, 2000],
        [7, 1000, false, 3000],
      ],
    );
    assert.deepEqual(segments.flatMap(times), [
      [1, 0],
      [1, 90_000],
      [1, 180_000],
    ]);
    assert.equal(inits.length, 1);
  });

  it('go on after a reconnect on one line of time, and say so', () => {
    const again = frames(1000, 1031).map((one, i) => (i === 0 ? { ...one, discontinuity: true } : one));
    const { segments } = cut([...frames(0, 15), ...again]);
    assert.deepEqual(
      segments.map(({ durationMs, discontinuity }) => [durationMs, discontinuity]),
      [
        [1000, false],
        [500, false],
        [1000, true],
        [1000, false],
        [1000, false],
      ],
    );
    assert.deepEqual(
      segments.flatMap(times).map(([, ticks]) => ticks),
      [0, 90_000, 135_000, 225_000, 315_000],
    );
  });

  it('leave out what a loss has damaged, up to the next keyframe', () => {
    const samples = frames(0, 31).map((one, i) => (i === 13 ? { ...one, damaged: true } : one));
    const { segments } = cut(samples);
    assert.deepEqual(
      segments.map(({ durationMs, discontinuity }) => [durationMs, discontinuity]),
      [
        [1000, false],
        [300, false],
        [1000, true],
      ],
    );
  });

  it('get another init segment with another format', () => {
    const { segments, inits } = cut([...frames(0, 11), ...frames(20, 31, { format: other })]);
    assert.deepEqual(
      inits.map(({ video: { width } }) => width),
      [640, 320],
    );
    assert.deepEqual(
      segments.map(({ init, discontinuity }) => [init, discontinuity]),
      [
        [5, false],
        [5, false],
        [7, true],
      ],
    );
  });

  it('carry sound in step with the picture, from the first or from when it comes', () => {
    const both = [...frames(0, 31), ...Array.from({ length: 130 }, (_, i) => sound(i))].sort((a, b) => a.at - b.at);
    const known = cut(both, aac);
    assert.deepEqual(
      known.inits.map(({ audio }) => audio),
      [aac],
    );
    for (const segment of known.segments) {
      const [[, pictureTicks], [track, soundTicks]] = times(segment) as [[number, number], [number, number]];
      assert.equal(track, 2);
      assert.ok(Math.abs(pictureTicks / 90_000 - soundTicks / 44_100) < 0.03);
    }
    const late = cut(both);
    assert.deepEqual(
      late.inits.map(({ audio }) => audio),
      [undefined, aac],
    );
    assert.deepEqual(
      late.segments.map(({ discontinuity }) => discontinuity),
      [false, true, false],
    );
  });

  it('are cut in between where a camera sends no keyframes', () => {
    const samples = frames(0, 200).map((one, i) => ({ ...one, keyframe: i === 0 }));
    assert.deepEqual(
      cut(samples).segments.map(({ durationMs }) => durationMs),
      [8000, 8000],
    );
  });
});

it('writes a media playlist whose tags stand where RFC 8216 wants them', () => {
  const one = { durationMs: 1000, at: startAt, init: 1, discontinuity: false };
  const text = mediaPlaylist(
    [
      { ...one, sequence: 7, discontinuity: true },
      { ...one, sequence: 8, init: 8, discontinuity: true },
    ],
    2,
    3,
  );
  assert.equal(
    text,
    `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z
#EXTINF:1.00000,
segment-7.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-8.mp4"
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z
#EXTINF:1.00000,
segment-8.m4s
`,
  );
});

describe('HLS of a camera', () => {
  function setUp() {
    let nowMs = 0;
    const clock = { now: () => startAt + nowMs, monotonicMs: () => nowMs };
    const stream = new Stream({
      id: 'yard' as CameraId,
      preBufferMs: 5000,
      initial: 'connecting',
      clock,
      log: silentLog,
    });
    const hub = new HlsHub({ stream: (camera) => (camera === 'yard' ? stream : undefined), clock });
    const ask = (name: string) => hub.file('yard' as CameraId, name, AbortSignal.timeout(2000));
    return { stream, hub, ask, pass: (ms: number) => (nowMs += ms) };
  }

  it('is made only once a playlist is asked for, and begins with the past', async () => {
    const { stream, hub, ask } = setUp();
    for (const sample of frames(0, 35)) stream.accept(sample);
    assert.equal(await ask('segment-1700000000.m4s'), undefined);
    assert.equal(hub.cameras, 0);
    const index = String((await ask('index.m3u8'))?.bytes);
    assert.match(index, /CODECS="avc1.64001f",RESOLUTION=640x360/);
    const media = String((await ask('media.m3u8'))?.bytes);
    assert.equal(media.match(/#EXTINF/g)?.length, 3);
    assert.ok(await ask('segment-1700000000.m4s'));
    assert.ok(await ask('init-1700000000.mp4'));
    hub.close();
  });

  it('keeps a bounded number of segments and counts discontinuities that are gone', async () => {
    const { stream, hub, ask } = setUp();
    stream.accept(picture(0));
    const first = ask('media.m3u8');
    for (let second = 0; second < 40; second++)
      for (const sample of frames(second * 10, second * 10 + 10))
        stream.accept(sample.keyframe && second % 4 === 0 ? { ...sample, discontinuity: true } : sample);
    assert.match(String((await first)?.bytes), /#EXTINF/);
    const media = String((await ask('media.m3u8'))?.bytes);
    assert.equal(media.match(/#EXTINF/g)?.length, 6);
    const shown = media.match(/#EXT-X-DISCONTINUITY\n/g)?.length ?? 0;
    const before = Number(/DISCONTINUITY-SEQUENCE:(\d+)/.exec(media)?.[1]);
    // One each four seconds; before the first of them is the picture that came alone.
    assert.equal(before + shown, 10);
    assert.equal(await ask('segment-1700000001.m4s'), undefined);
    hub.close();
  });

  it('refuses what is no camera, and what has no picture', async () => {
    const { hub, ask } = setUp();
    await assert.rejects(hub.file('nowhere' as CameraId, 'index.m3u8', AbortSignal.timeout(100)), { status: 404 });
    await assert.rejects(ask('index.m3u8'), { status: 503 });
    hub.close();
  });
});

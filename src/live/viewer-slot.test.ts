import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { g711Format } from '../media/g711.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import { Stream } from '../streams/stream.ts';
import type { ServerMessage } from '../wire/live.ts';
import { initialCreditBytes, readSampleHeader, sampleHeaderBytes } from '../wire/live.ts';
import { ViewerSlot } from './viewer-slot.ts';

const format: VideoFormat = {
  kind: 'video',
  codec: 'h264',
  timeScale: 90_000,
  width: 640,
  height: 360,
  codecString: 'avc1.64001f',
  configuration: Uint8Array.of(1, 2, 3),
  parameterSets: [],
};

const sample = (frame: number, bytes = 1000, change: Partial<Sample> = {}): Sample => ({
  format,
  ptsTicks: frame * 6000,
  dtsTicks: frame * 6000,
  at: 1_700_000_000_000 + frame * 67,
  keyframe: frame % 10 === 0,
  damaged: false,
  discontinuity: false,
  data: new Uint8Array(bytes),
  ...change,
});

function setUp() {
  const stream = new Stream({
    id: 'yard' as CameraId,
    preBufferMs: 1000,
    initial: 'connecting',
    clock: { now: () => 0, monotonicMs: () => 0 },
    log: silentLog,
  });
  const texts: ServerMessage[] = [];
  const frames: Uint8Array[] = [];
  const output = {
    text: (message: ServerMessage) => texts.push(message),
    binary: (frame: Uint8Array) => frames.push(frame),
  };
  const headers = () =>
    frames.map((frame) => readSampleHeader(new DataView(frame.buffer, frame.byteOffset, frame.byteLength))!);
  return { stream, texts, frames, headers, open: () => new ViewerSlot(3, stream, output) };
}

describe('a camera shown to a viewer', () => {
  it('begins with the format and the running GOP', () => {
    const { stream, texts, headers, open } = setUp();
    for (let frame = 0; frame < 15; frame++) stream.accept(sample(frame));
    open();
    assert.deepEqual(texts, [
      { type: 'format', slot: 3, codec: 'avc1.64001f', width: 640, height: 360, description: 'AQID' },
    ]);
    assert.deepEqual(
      headers().map(({ slot, keyframe, ptsUs }) => [slot, keyframe, ptsUs]),
      [10, 11, 12, 13, 14].map((frame) => [3, frame === 10, Math.round(frame * 66_666.666_667)]),
    );
  });

  it('tells a new format before its first sample', () => {
    const { stream, texts, open } = setUp();
    open();
    stream.accept(sample(0));
    stream.accept(sample(10, 1000, { format: { ...format, width: 320 } }));
    assert.deepEqual(
      texts.map((message) => message.type === 'format' && message.width),
      [640, 320],
    );
  });

  it('drops up to a keyframe when the viewer is slow, and says how much', () => {
    const { stream, texts, frames, headers, open } = setUp();
    const slot = open();
    const large = initialCreditBytes / 4;
    for (let frame = 0; frame < 8; frame++) stream.accept(sample(frame, large));
    assert.equal(frames.length, 3, 'a fourth would not fit with its header');
    slot.credit(initialCreditBytes);
    stream.accept(sample(8, large));
    assert.equal(frames.length, 3, 'in mid-GOP there is nothing to show');
    stream.accept(sample(10, large));
    assert.deepEqual(texts.at(-1), { type: 'gap', slot: 3, dropped: 6 });
    assert.equal(headers().at(-1)?.keyframe, true);
  });

  it('shows a keyframe that is larger than all credit', () => {
    const { stream, frames, open } = setUp();
    open();
    stream.accept(sample(0, initialCreditBytes * 2));
    assert.equal(frames[0]?.length, initialCreditBytes * 2 + sampleHeaderBytes);
  });

  it('gets nothing any more once it is closed', () => {
    const { stream, frames, open } = setUp();
    open().close();
    stream.accept(sample(0));
    assert.equal(frames.length, 0);
  });

  it('tells of sound, sends it only while it is wanted, and never what the viewer has no credit for', () => {
    const { stream, texts, headers, open } = setUp();
    const sound = g711Format('pcma', 8000, 1);
    const hear = (frame: number) =>
      stream.accept({
        ...sample(frame, 160),
        format: sound,
        ptsTicks: frame * 160,
        dtsTicks: frame * 160,
        keyframe: true,
      });
    const heard = () => headers().filter(({ kind }) => kind === 'audio').length;
    stream.accept(sample(0));
    hear(1);
    const slot = open();
    assert.deepEqual(texts[1], {
      type: 'sound',
      slot: 3,
      codec: 'alaw',
      sampleRate: 8000,
      channels: 1,
      description: '',
    });
    hear(2);
    assert.equal(heard(), 0);
    slot.listen(true);
    hear(3);
    assert.equal(heard(), 1);
    stream.accept(sample(1, initialCreditBytes - 2000));
    for (let frame = 4; frame < 20; frame++) hear(frame);
    assert.ok(heard() < 12, `${heard()}`);
    slot.credit(initialCreditBytes);
    hear(20);
    slot.listen(false);
    const before = heard();
    hear(21);
    assert.equal(heard(), before);
  });

  it('gives fragments of MP4 to whoever asks for them, on a line of time without holes', () => {
    const { stream, texts, frames } = setUp();
    for (let frame = 0; frame < 3; frame++) stream.accept(sample(frame));
    const output = {
      text: (message: ServerMessage) => texts.push(message),
      binary: (one: Uint8Array) => frames.push(one),
    };
    new ViewerSlot(3, stream, output, 'mp4');
    // The camera comes back with another clock.
    stream.accept(sample(1000, 1000, { discontinuity: true }));
    stream.accept(sample(1001));
    const format = texts.find((message) => message.type === 'format');
    assert.equal(Buffer.from(format?.init ?? '', 'base64').toString('latin1', 4, 8), 'ftyp');
    const times = frames.map((one) => {
      const view = new DataView(one.buffer, one.byteOffset + sampleHeaderBytes);
      assert.equal(Buffer.from(one).toString('latin1', sampleHeaderBytes + 4, sampleHeaderBytes + 8), 'moof');
      return Number(view.getBigUint64(60));
    });
    assert.deepEqual(times, [0, 6000, 12_000, 18_000, 24_000]);
  });
});

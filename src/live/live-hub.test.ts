import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import { Stream } from '../streams/stream.ts';
import { LiveHub } from './live-hub.ts';

const door = 'door' as CameraId;
const clock = { now: () => 1000, monotonicMs: () => 1000 };

function keyframe(): Sample {
  const format: VideoFormat = {
    kind: 'video',
    codec: 'h264',
    timeScale: 90_000,
    width: 640,
    height: 360,
    codecString: 'avc1.64001f',
    configuration: new Uint8Array(8),
    parameterSets: [],
  };
  const flags = { keyframe: true, damaged: false, discontinuity: false };
  return { format, ptsTicks: 0, dtsTicks: 0, at: 1000, ...flags, data: new Uint8Array(10) };
}

test('who looks at a camera that is started anew looks at its new stream', () => {
  const make = () => new Stream({ id: door, preBufferMs: 0, initial: 'connecting', clock, log: silentLog });
  let stream = make();
  const hub = new LiveHub({
    stream: () => stream,
    cameras: () => [],
    stateOf: () => undefined,
    converted: (one) => one,
    log: silentLog,
  });
  let frames = 0;
  let message: (data: string) => void = () => {};
  hub.attach(
    {
      send: (_, { binary }) => {
        if (binary) frames++;
      },
      close: () => {},
      bufferedAmount: 0,
      onMessage: (listener) => {
        message = listener;
      },
      onClose: () => {},
    },
    { maySee: () => true },
  );
  message(JSON.stringify({ type: 'subscribe', slot: 0, camera: door }));
  stream.accept(keyframe());
  assert.equal(frames, 1);
  const old = stream;
  stream = make();
  hub.restarted(door);
  stream.accept(keyframe());
  assert.equal(frames, 2);
  old.accept(keyframe());
  assert.equal(frames, 2);
  message(JSON.stringify({ type: 'unsubscribe', slot: 0 }));
  hub.restarted(door);
  stream.accept(keyframe());
  assert.equal(frames, 2);
});

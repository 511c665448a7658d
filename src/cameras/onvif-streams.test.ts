import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { OnvifStream } from './onvif-streams.ts';
import { proposeStreams } from './onvif-streams.ts';

const stream = (name: string, encoding: string, width: number, height: number): OnvifStream => ({
  ...{ name, encoding, width, height, fps: 15, url: new URL(`rtsp://camera.example/${name}`) },
});

it('proposes the largest H.264 and the smallest in which something can be seen', () => {
  const [large, middle, small, tiny, jpeg] = [
    stream('large', 'H264', 2560, 1440),
    stream('middle', 'h264', 1280, 720),
    stream('small', 'H264', 640, 360),
    stream('tiny', 'H264', 176, 144),
    stream('jpeg', 'JPEG', 3840, 2160),
  ];
  const proposed = proposeStreams([jpeg!, small!, large!, tiny!, middle!]);
  assert.deepEqual([proposed?.main.name, proposed?.sub?.name], ['large', 'small']);
  assert.equal(proposeStreams([large!, tiny!])?.sub, undefined);
  assert.equal(proposeStreams([jpeg!]), undefined);
  assert.equal(proposeStreams([]), undefined);
});

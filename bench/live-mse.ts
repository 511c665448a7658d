/**
 * Live view as it is usually made: the same samples as fragments of MP4 into a `MediaSource`. Takes them from the
 * running system as the dashboard does, and serves a page of its own on loopback that plays them at the live edge.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import { fragment } from '../src/media/fragment.ts';
import { initSegment } from '../src/media/init-segment.ts';
import type { VideoFormat } from '../src/media/sample.ts';
import type { ServerMessage } from '../src/wire/live.ts';
import { liveSubprotocol, readSampleHeader, sampleHeaderBytes } from '../src/wire/live.ts';
import type { System } from '../test/support/sentrix.ts';

const timeScale = 90_000;
const framesPerSecond = 15;

const page = `<!doctype html><title>MSE</title><video muted autoplay></video><script>
const video = document.querySelector('video');
const socket = new WebSocket('ws://' + location.host);
socket.binaryType = 'arraybuffer';
const waiting = [];
let buffer;
const pump = () => {
  if (buffer === undefined || buffer.updating || waiting.length === 0) return;
  buffer.appendBuffer(waiting.shift());
};
socket.onmessage = ({ data }) => {
  if (typeof data === 'string') {
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    source.onsourceopen = () => {
      buffer = source.addSourceBuffer(data);
      buffer.onupdateend = () => {
        const { buffered } = video;
        if (buffered.length > 0) {
          const end = buffered.end(buffered.length - 1);
          if (end - video.currentTime > 0.3) video.currentTime = end - 0.05;
          if (video.paused) video.play();
        }
        pump();
      };
      pump();
    };
  } else {
    waiting.push(data);
    pump();
  }
};
</script>`;

export interface MsePage {
  readonly url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param camera its id */
export async function serveMse(system: System, camera: string): Promise<MsePage> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(page));
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  const ca = await readFile(join(system.site.home, 'certs', 'ca.crt'));
  sockets.on('connection', (viewer) => relay(viewer, system, camera, ca));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One viewer: a socket of its own to the system, which begins with a keyframe as every subscription does. */
function relay(viewer: WebSocket, system: System, camera: string, ca: Buffer): void {
  const url = `${system.ready.https.replace('https', 'wss')}/api/live`;
  const live = new WebSocket(url, liveSubprotocol, {
    ca,
    headers: { cookie: system.cookie! },
    perMessageDeflate: false,
  });
  const slot = 0;
  let sequence = 0;
  const durationTicks = timeScale / framesPerSecond;
  viewer.on('close', () => live.terminate());
  live.on('error', () => viewer.terminate());
  live.on('open', () => live.send(JSON.stringify({ type: 'subscribe', slot, camera })));
  live.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) {
      const message = JSON.parse(data.toString()) as ServerMessage;
      if (message.type !== 'format') return;
      viewer.send(`video/mp4; codecs="${message.codec}"`);
      viewer.send(initSegment([formatOf(message)]));
      return;
    }
    live.send(JSON.stringify({ type: 'credit', slot, bytes: data.length }));
    const header = readSampleHeader(new DataView(data.buffer, data.byteOffset, data.byteLength));
    if (header === undefined) return;
    const sample = {
      data: data.subarray(sampleHeaderBytes),
      durationTicks,
      ptsOffsetTicks: 0,
      keyframe: header.keyframe,
    };
    viewer.send(
      fragment({ sequence: sequence + 1, trackId: 1, baseDtsTicks: sequence * durationTicks, samples: [sample] }),
    );
    sequence++;
  });
}

function formatOf(message: Extract<ServerMessage, { type: 'format' }>): VideoFormat {
  return {
    kind: 'video',
    codec: 'h264',
    codecString: message.codec,
    width: message.width,
    height: message.height,
    timeScale,
    configuration: Buffer.from(message.description, 'base64'),
    parameterSets: [],
  };
}

import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { it } from 'node:test';
import { AddressGuard } from '../base/address-guard.ts';
import { systemClock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { pullCamera } from './pull.ts';
import { Stream } from './stream.ts';

const sdp = 'v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n';

/** Answers rightly up to PLAY, and hangs up. */
function hangUpAfterPlay(socket: Socket): void {
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    const [method] = chunk.toString('latin1').split(' ');
    const cseq = /^cseq: *(\d+)/im.exec(chunk.toString('latin1'))?.[1];
    const transport = /^transport: *(.*)\r$/im.exec(chunk.toString('latin1'))?.[1];
    const fields = [
      `CSeq: ${cseq}`,
      ...(method === 'SETUP' ? ['Session: abc', `Transport: ${transport}`] : []),
      ...(method === 'DESCRIBE' ? ['Content-Type: application/sdp', `Content-Length: ${sdp.length}`] : []),
    ];
    const answer = `RTSP/1.0 200 OK\r\n${fields.join('\r\n')}\r\n\r\n${method === 'DESCRIBE' ? sdp : ''}`;
    if (method === 'PLAY') socket.end(answer);
    else socket.write(answer);
  });
}

it('keeps nothing of the connections that a camera has ended', async (context) => {
  // A camera that hung up every few seconds kept each connection, with its buffers of 4 MiB, until the system stopped.
  const server = createServer(hangUpAfterPlay).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const stream = new Stream({
    id: 'yard' as CameraId,
    preBufferMs: 1000,
    initial: 'connecting',
    clock: systemClock,
    log: silentLog,
  });
  const abort = new AbortController();
  const pulling = pullCamera(
    {
      stream,
      url: new URL(`rtsp://127.0.0.1:${(server.address() as AddressInfo).port}/live`),
      credentials: async () => undefined,
      digestSeen: async () => false,
      rememberDigest: async () => {},
      certificate: {
        pinned: async () => undefined,
        firstSeen: async () => {},
        changed: async () => {},
      },
      dial: () => new AddressGuard({ kinds: ['loopback'], allowed: [] }).dial('127.0.0.1'),
      audio: false,
      reconnectMs: 1,
      clock: systemClock,
      log: silentLog,
    },
    abort.signal,
  );
  for (let connections = 0; connections < 6; connections++) await once(server, 'connection');
  const listeners = getEventListeners(abort.signal, 'abort').length;
  abort.abort();
  await pulling;
  // The running attempt's own; never one for each that is over.
  assert.ok(listeners <= 2, `${listeners} listeners`);
});

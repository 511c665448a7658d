/**
 * Simulated cameras in a process of their own: an RTSP server (interleaved TCP, no password) that sends each client the same
 * loop of real pictures, paced. Everything that doesn't change is made once, so that the generator costs next to nothing
 * beside what is measured.
 *
 *     node bench/many-source.ts CLIP.h264 FPS        prints {"port": N}; on SIGTERM {"sent": {"/camera-1": pictures, …}}
 */
import { readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { h264Format } from '../src/media/h264.ts';
import { fromAnnexB, h264Nal, lengthPrefixed, nalType } from '../src/media/nal.ts';
import { Packetizer } from '../src/rtp/packetizer.ts';

const [file = '', rate = '15'] = process.argv.slice(2);
const fps = Number(rate);
const ticks = 90_000 / fps;

/** Frames of one picture, with the places of the numbers that change. */
interface Picture {
  readonly bytes: Buffer;
  readonly packetAt: readonly number[];
}

function load(): Picture[] {
  const pictures: Uint8Array[][] = [];
  for (const nal of fromAnnexB(readFileSync(file))) {
    if (nalType('h264', nal) === h264Nal.aud) pictures.push([]);
    else pictures.at(-1)!.push(nal);
  }
  const find = (type: number) => pictures[0]!.find((nal) => nalType('h264', nal) === type)!;
  const format = h264Format(find(h264Nal.sps), find(h264Nal.pps))!;
  const packetizer = new Packetizer({ payloadType: 96, ssrc: 7, firstSequence: 0 });
  return pictures.map((nals) => {
    const packets = packetizer.packets({
      ...{ format, ptsTicks: 0, dtsTicks: 0, at: 0, keyframe: false, damaged: false, discontinuity: false },
      data: lengthPrefixed(nals),
    });
    const packetAt: number[] = [];
    let offset = 0;
    const framed = packets.map((packet) => {
      packetAt.push(offset + 4);
      offset += 4 + packet.length;
      return Buffer.concat([Buffer.from([0x24, 0, packet.length >> 8, packet.length & 0xff]), packet]);
    });
    return { bytes: Buffer.concat(framed), packetAt };
  });
}

const pictures = load();
const sent: Record<string, number> = {};

function play(socket: Socket, path: string): () => void {
  let next = 0;
  let sequence = 0;
  const begun = performance.now() + (Object.keys(sent).length % 64) * (1000 / fps / 64);
  const step = (): void => {
    const due = Math.floor(((performance.now() - begun) * fps) / 1000);
    while (next <= due) {
      const picture = pictures[next % pictures.length]!;
      const bytes = Buffer.from(picture.bytes);
      const timestamp = (next * ticks) % 2 ** 32;
      for (const at of picture.packetAt) {
        bytes.writeUInt16BE(sequence++ & 0xffff, at + 2);
        bytes.writeUInt32BE(timestamp, at + 4);
      }
      socket.write(bytes);
      next++;
      sent[path] = (sent[path] ?? 0) + 1;
    }
  };
  const timer = setInterval(step, 1000 / fps / 4);
  return () => clearInterval(timer);
}

const sdp =
  'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=bench\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:t0\r\n';

const server = createServer((socket) => {
  let stop: (() => void) | undefined;
  let path = '';
  let buffered = '';
  socket.on('error', () => {});
  socket.on('close', () => stop?.());
  socket.on('data', (chunk) => {
    // Reports come as frames and are of no account here; requests are ASCII and whole.
    buffered += chunk.toString('latin1').replace(/^\$[\s\S]*/, '');
    for (let end = buffered.indexOf('\r\n\r\n'); end >= 0; end = buffered.indexOf('\r\n\r\n')) {
      const request = buffered.slice(0, end);
      buffered = buffered.slice(end + 4);
      const [method = '', url = ''] = request.split(' ');
      const cseq = /^cseq: *(\d+)/im.exec(request)?.[1];
      path ||= URL.parse(url)?.pathname ?? '/';
      const fields =
        method === 'DESCRIBE'
          ? `Content-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n`
          : 'Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nPublic: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n';
      socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\n${fields}\r\n${method === 'DESCRIBE' ? sdp : ''}`);
      if (method === 'PLAY') stop ??= play(socket, path);
      if (method === 'TEARDOWN') {
        stop?.();
        socket.end();
      }
    }
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
process.on('SIGTERM', () => {
  console.log(JSON.stringify({ sent }));
  process.exit(0);
});

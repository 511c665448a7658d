/** A camera for tests that answers as it is told, in this process. */
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { createServer as createTlsServer } from 'node:tls';
import type { HeaderFields, RtspRequest } from '../message.ts';
import { writeResponse } from '../message.ts';
import { MessageReader } from '../message-reader.ts';

export interface CameraConnection {
  readonly socket: Socket;
  /** Counted from 1 over all connections. */
  readonly number: number;
  answer(request: RtspRequest, status: number, fields?: HeaderFields, body?: string): void;
  frame(channel: number, payload: Uint8Array): void;
}

export interface ScriptedCamera extends AsyncDisposable {
  readonly url: URL;
  /** All requests so far, in order. */
  readonly requests: readonly RtspRequest[];
  /** What it was sent on the channels, in order. */
  readonly frames: readonly { readonly channel: number; readonly payload: Buffer }[];
  connections(): number;
  /** Resolves when `count` requests of `method` have come. */
  asked(method: string, count?: number): Promise<void>;
}

export type Script = (request: RtspRequest, connection: CameraConnection) => void;

export const h264Sdp =
  'v=0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n' +
  'm=audio 0 RTP/AVP 8\r\na=control:track2\r\n';

/** What a well-behaved camera answers; scripts fall back to it. */
export const goodManners: Script = (request, connection) => {
  switch (request.method) {
    case 'OPTIONS':
      return connection.answer(request, 200, [['Public', 'OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER']]);
    case 'DESCRIBE':
      return connection.answer(request, 200, [['Content-Type', 'application/sdp']], h264Sdp);
    case 'SETUP':
      return connection.answer(request, 200, [
        ['Session', 'abc;timeout=2'],
        ['Transport', request.headers.get('transport') ?? ''],
      ]);
    case 'TEARDOWN':
      connection.answer(request, 200);
      connection.socket.end();
      return undefined;
    default:
      return connection.answer(request, 200);
  }
};

/** @param tls makes it `rtsps` */
export async function scriptedCamera(script: Script = goodManners, tls?: TlsOptions): Promise<ScriptedCamera> {
  const requests: RtspRequest[] = [];
  const frames: { readonly channel: number; readonly payload: Buffer }[] = [];
  const sockets = new Set<Socket>();
  const watchers = new Set<() => void>();
  let connections = 0;
  const accept = (socket: Socket): void => {
    const number = ++connections;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    const connection: CameraConnection = {
      socket,
      number,
      answer: (request, status, fields = [], body) => {
        const head: HeaderFields = [['CSeq', String(request.cseq)], ...fields];
        socket.write(writeResponse(status, head, body === undefined ? undefined : Buffer.from(body, 'latin1')));
      },
      frame: (channel, payload) => {
        const head = Buffer.from([0x24, channel, payload.length >> 8, payload.length & 255]);
        socket.write(Buffer.concat([head, payload]));
      },
    };
    const reader = new MessageReader();
    socket.on('data', (chunk) => {
      reader.push(chunk);
      for (let item = reader.next(); item !== undefined; item = reader.next()) {
        if (item.kind === 'frame') frames.push({ channel: item.channel, payload: Buffer.from(item.payload) });
        if (item.kind !== 'request') continue;
        requests.push(item);
        script(item, connection);
        for (const watcher of watchers) watcher();
      }
    });
  };
  const server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`${tls === undefined ? 'rtsp' : 'rtsps'}://127.0.0.1:${port}/live`),
    requests,
    frames,
    connections: () => connections,
    asked: (method, count = 1) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (requests.filter((request) => request.method === method).length < count) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

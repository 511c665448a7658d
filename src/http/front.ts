/**
 * The listening socket. On a TLS port the first byte of a connection tells a TLS record (22) from plain HTTP, which is
 * answered by a small server of its own: a redirect for pages, 400 for the rest, never a log-in.
 *
 * The servers behind it never `listen` themselves. Node starts its check for slow headers and bodies on `listening`
 * only, so that event is sent by hand: without it, of 50 slow connections none was cut.
 */
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import { plainAddress } from './network-policy.ts';

export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  readonly server: HttpServer | HttpsServer;
  /** Takes the plain connections of a TLS port; undefined where `server` is plain itself. */
  readonly plain: HttpServer | undefined;
  readonly maxConnections: number;
  /** For one address that is not of this machine. */
  readonly maxConnectionsPerAddress: number;
  readonly firstByteMs: number;
  readonly log: Log;
}

export interface Front extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  openConnections(): number;
  /** Stops listening; connections live on until `[Symbol.asyncDispose]`. */
  stopListening(): void;
}

const tlsHandshakeRecord = 22;

export async function openFront(options: FrontOptions): Promise<Front> {
  const { server, plain, log } = options;
  const sockets = new Set<Socket>();
  const perAddress = new Map<string, number>();
  const outer = createServer({ noDelay: true, pauseOnConnect: false }, (socket) => {
    const address = plainAddress(socket.remoteAddress ?? '');
    const open = perAddress.get(address) ?? 0;
    const local = socket.remoteAddress === socket.localAddress || address.startsWith('127.') || address === '::1';
    if (!local && open >= options.maxConnectionsPerAddress) {
      socket.destroy();
      return;
    }
    perAddress.set(address, open + 1);
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      const left = perAddress.get(address)! - 1;
      if (left === 0) perAddress.delete(address);
      else perAddress.set(address, left);
    });
    if (plain === undefined) {
      server.emit('connection', socket);
      return;
    }
    peek(socket, options.firstByteMs, (first) => {
      (first === tlsHandshakeRecord ? server : plain).emit('connection', socket);
      // TLS takes what was unshifted by itself; a plain server waits for the socket to flow again.
      if (first !== tlsHandshakeRecord) socket.resume();
    });
  });
  outer.maxConnections = options.maxConnections;
  await new Promise<void>((resolve, reject) => {
    outer.once('error', reject);
    outer.listen(options.port, options.host, () => {
      outer.off('error', reject);
      resolve();
    });
  });
  outer.on('error', (error) => log.warn(describeError(error), 'listening socket failed'));
  server.emit('listening');
  plain?.emit('listening');
  const { address, port } = outer.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const stopListening = () => {
    closed ??= new Promise((resolve) => outer.close(() => resolve()));
  };
  return {
    address,
    port,
    openConnections: () => sockets.size,
    stopListening,
    async [Symbol.asyncDispose]() {
      stopListening();
      for (const inner of [server, plain]) {
        // Closing what never listened only reports that; it does stop the timer of the slow-connection check.
        inner?.close(() => {});
      }
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function peek(socket: Socket, limitMs: number, onFirst: (byte: number) => void): void {
  const drop = () => socket.destroy();
  const timer = setTimeout(drop, limitMs);
  socket.once('error', drop);
  socket.once('close', () => clearTimeout(timer));
  socket.once('data', (bytes: Buffer) => {
    clearTimeout(timer);
    socket.off('error', drop);
    socket.pause();
    socket.unshift(bytes);
    onFirst(bytes[0]!);
  });
}

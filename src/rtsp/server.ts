/**
 * The RTSP(S) server: listens, counts, and gives each connection to `ServerConnection`. It has no accounts and no cameras;
 * its owner says who may come in, where a publisher's packets go and what a player gets (`server-hooks.ts`).
 */
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { ConnectionSlots } from './connection-slots.ts';
import { addressGroup, isLoopback, plainAddress } from './peer-address.ts';
import { serverClosed } from './problems.ts';
import type { ServerConnectionLimits } from './server-connection.ts';
import { ServerConnection } from './server-connection.ts';
import type { Play, Publish, RtspAuthenticate } from './server-hooks.ts';

export interface ServerLimits extends ServerConnectionLimits {
  readonly connections: number;
  /** Connections of one address (IPv6: of one /64) that haven't shown who they are. */
  readonly strangersPerAddress: number;
}

export const serverLimits: ServerLimits = {
  connections: 256,
  strangersPerAddress: 32,
  handshakeMs: 10_000,
  idleMs: 30_000,
  silenceMs: 15_000,
  slowMs: 10_000,
  sessionTimeoutSeconds: 60,
  nonceMs: 60_000,
};

export interface RtspServerOptions<P> {
  /** Fixed for good: stored HA1s depend on it. No quotes or backslashes. */
  readonly realm: string;
  readonly authenticate: RtspAuthenticate<P>;
  readonly publish: Publish<P>;
  readonly play: Play<P>;
  /** For `listen({ secure: true })`. Asked at each listening and at `renewCertificate`. TLS 1.2 at least, whatever it says. */
  readonly tls?: { context(): SecureContextOptions };
  readonly limits?: Partial<ServerLimits>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** RTSPS. Default: whether the server was given `tls`. */
  readonly secure?: boolean;
}

export interface RtspServer extends AsyncDisposable {
  /** May be called again, for a second port; all ports share the limits. Resolves with the port. Rejects with the system's error. */
  listen(options: ListenOptions): Promise<number>;
  /** Later connections get the certificate that `tls.context()` gives now. */
  renewCertificate(): void;
}

export function createRtspServer<P>(options: RtspServerOptions<P>): RtspServer {
  return new ListeningServer(options);
}

class ListeningServer<P> implements RtspServer {
  readonly #options: RtspServerOptions<P>;
  readonly #limits: ServerLimits;
  readonly #slots: ConnectionSlots;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<ServerConnection<P>>();
  /** TLS connections whose handshake isn't done. */
  readonly #handshaking = new Set<Socket>();
  #secureContext: SecureContext | undefined;

  constructor(options: RtspServerOptions<P>) {
    this.#options = options;
    this.#limits = { ...serverLimits, ...options.limits };
    this.#slots = new ConnectionSlots(this.#limits);
  }

  async listen({ host, port, secure = this.#options.tls !== undefined }: ListenOptions): Promise<number> {
    if (secure) this.renewCertificate();
    const server = createServer({ keepAlive: true, noDelay: true }, (socket) => this.#accept(socket, secure));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
    // Such as too many open files: the next accept may work again.
    server.on('error', (error) => this.#options.log.error({ message: error.message }, 'listening failed'));
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  renewCertificate(): void {
    const { tls } = this.#options;
    if (tls === undefined) throw new Error('an RTSPS port needs the option tls');
    this.#secureContext = createSecureContext({ ...tls.context(), minVersion: 'TLSv1.2' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const socket of this.#handshaking) socket.destroy();
    for (const connection of this.#connections) connection.end(serverClosed('rtsp/shutdown'));
    await Promise.all(closed);
  }

  #accept(raw: Socket, secure: boolean): void {
    // Gone before we looked.
    raw.on('error', () => {});
    const address = plainAddress(raw.remoteAddress);
    if (address === '') {
      raw.destroy();
      return;
    }
    let connection: ServerConnection<P> | undefined;
    const evict = (): void => {
      slot?.release();
      if (connection !== undefined) connection.end(serverClosed('rtsp/closed'));
      else raw.destroy();
    };
    const slot = this.#slots.take(addressGroup(address), evict);
    if (slot === undefined) {
      this.#options.log.warn({ address }, 'connection refused: all places are taken');
      raw.destroy();
      return;
    }
    raw.once('close', () => slot.release());
    const start = (socket: Socket): void => {
      connection = this.#start(socket, address, secure, () => slot.known());
    };
    if (secure) this.#handshake(raw, start);
    else start(raw);
  }

  /** TLS on an accepted socket, within the time for a handshake. */
  #handshake(raw: Socket, start: (socket: Socket) => void): void {
    const socket = new TLSSocket(raw, {
      isServer: true,
      ...(this.#secureContext && { secureContext: this.#secureContext }),
    });
    const timer = setTimeout(() => raw.destroy(), this.#limits.handshakeMs);
    this.#handshaking.add(raw);
    const done = (): void => {
      clearTimeout(timer);
      this.#handshaking.delete(raw);
    };
    socket.on('error', () => raw.destroy());
    socket.once('close', () => raw.destroy());
    raw.once('close', done);
    socket.once('secure', () => {
      done();
      start(socket);
    });
  }

  #start(socket: Socket, address: string, secure: boolean, onKnown: () => void): ServerConnection<P> {
    const { realm, authenticate, publish, play, clock, log } = this.#options;
    const connection = new ServerConnection({
      socket,
      address,
      secure: secure || isLoopback(address),
      realm,
      authenticate,
      publish,
      play,
      limits: this.#limits,
      clock,
      log,
      onKnown,
    });
    this.#connections.add(connection);
    void connection.ended.then(() => this.#connections.delete(connection));
    return connection;
  }
}

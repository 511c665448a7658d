/**
 * The HTTPS server: joins listening socket, gate, Fastify, pages and live sockets. A message passes
 *
 *     front (connection limits, TLS or plain) → gate (network, Host, Origin, path) → route → rate limit →
 *     authentication → authorisation → validation → handler
 *
 * and every answer, of whichever of them, carries the security headers.
 */

import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { createServer as createTlsServer } from 'node:https';
import { hostname } from 'node:os';
import type { SecureContextOptions } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { pause } from '../base/wait.ts';
import { hostAddresses } from '../tls/certificates.ts';
import { answerPlainly } from './answers.ts';
import { createApplication } from './application.ts';
import { loadAssets } from './assets.ts';
import type { Front } from './front.ts';
import { openFront } from './front.ts';
import type { Verdict, Visit } from './gate/gate.ts';
import { createGate } from './gate/gate.ts';
import { securityHeaders, strictTransport } from './gate/headers.ts';
import { corsHeaders, preflightHeaders } from './gate/origins.ts';
import { LiveSockets } from './live-sockets.ts';
import type { Parts } from './parts.ts';
import { createPlainServer } from './plain.ts';
import type { Route } from './route.ts';
import { discoveryRoutes, hlsPortRoutes, routeTable } from './routes.ts';

export interface HttpOptions {
  /** `network.hosts`: further names and addresses that people reach this server by. */
  readonly hosts: readonly string[];
  readonly allowedNetworks: readonly string[];
  readonly blockExternal: boolean;
  readonly trustedProxies: readonly string[];
  readonly trustedOrigins: readonly string[];
  /** IANA name of the zone of bare dates. */
  readonly timezone: string;
  /** Built dashboard (`web/dist`). */
  readonly dashboard: string;
  /** `paths`: camera discovery alone, for `network.api_port`; `hls`: HLS alone. Default `full`. */
  readonly surface?: 'full' | 'paths' | 'hls';
  /** For tests; in ms. */
  readonly timeouts?: Partial<Timeouts>;
}

export interface Timeouts {
  readonly firstByteMs: number;
  readonly headersMs: number;
  /** The whole request, body included. */
  readonly requestMs: number;
  readonly keepAliveMs: number;
  /** No byte in either direction, such as a client that doesn't read. */
  readonly idleMs: number;
  readonly checkEveryMs: number;
  readonly pingMs: number;
  /** What running answers get when the server stops. */
  readonly graceMs: number;
}

const defaultTimeouts: Timeouts = {
  firstByteMs: 10_000,
  headersMs: 15_000,
  requestMs: 30_000,
  keepAliveMs: 60_000,
  idleMs: 60_000,
  checkEveryMs: 3_000,
  pingMs: 20_000,
  graceMs: 1_500,
};

export interface StartHttpOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** What `tlsOptions` of `src/tls` gives; undefined for plain HTTP behind something that does TLS. */
  readonly tls: SecureContextOptions | undefined;
  readonly parts: Parts;
  readonly options: HttpOptions;
  readonly log: Log;
  readonly clock: Clock;
}

export interface HttpServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** `https://127.0.0.1:8080`: with the numeric address that it listens on. */
  readonly url: string;
  /** Every address that answers. */
  readonly routes: readonly Pick<Route, 'method' | 'url' | 'access'>[];
  /** New connections get this certificate; running ones go on. */
  reloadTls(tls: SecureContextOptions): void;
}

export async function startHttp(start: StartHttpOptions): Promise<HttpServer> {
  const { parts, options, log } = start;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const label = hostname().toLowerCase().split('.')[0]!;
  const gate = createGate({ ...options, hosts: [`${label}.local`, ...hostAddresses(), ...options.hosts] });
  const routes = await routesOf(start);
  const visits = new WeakMap<IncomingMessage, Visit>();
  const serverOptions = httpOptions(timeouts);
  let server: Server | TlsServer | undefined;
  const app = await createApplication({
    parts,
    routes,
    visits,
    log,
    makeServer: (handler) => {
      const pass = (request: IncomingMessage, response: ServerResponse) => {
        if (enter(gate(request), request, response, visits, parts)) handler(request, response);
      };
      server =
        start.tls === undefined
          ? createServer(serverOptions, pass)
          : createTlsServer({ ...serverOptions, ...start.tls, handshakeTimeout: timeouts.headersMs }, pass);
      server.setTimeout(timeouts.idleMs);
      server.maxHeadersCount = 100;
      return server as Server;
    },
  });
  if (server === undefined) throw new Error('the application made no server');
  const inner = server;
  inner.on('tlsClientError', (_error, socket) => socket.destroy());
  const sockets =
    (options.surface ?? 'full') === 'full' ? new LiveSockets({ parts, gate, log, pingMs: timeouts.pingMs }) : undefined;
  inner.on('upgrade', (request, socket, head) => {
    if (sockets === undefined) socket.destroy();
    else sockets.upgrade(request, socket, head);
  });
  const plain = start.tls === undefined ? undefined : createPlainServer({ serverOptions, gate });
  const front = await openFront({
    host: start.host,
    port: start.port,
    server: inner,
    plain,
    maxConnections: 2048,
    maxConnectionsPerAddress: 256,
    firstByteMs: timeouts.firstByteMs,
    log,
  });
  const shown = front.address.includes(':') ? `[${front.address}]` : front.address;
  return {
    address: front.address,
    port: front.port,
    url: `${start.tls === undefined ? 'http' : 'https'}://${shown}:${front.port}`,
    routes,
    reloadTls(tls) {
      if (!('setSecureContext' in inner)) throw new Error('this server was started without TLS');
      inner.setSecureContext(tls);
    },
    async [Symbol.asyncDispose]() {
      front.stopListening();
      await sockets?.[Symbol.asyncDispose]();
      await drained(inner, front, timeouts.graceMs);
      await front[Symbol.asyncDispose]();
      await app.close();
    },
  };
}

async function routesOf({ parts, options, clock }: StartHttpOptions): Promise<readonly Route[]> {
  switch (options.surface) {
    case 'paths':
      return discoveryRoutes(parts);
    case 'hls':
      return hlsPortRoutes(parts);
    default:
      return routeTable(parts, { timezone: options.timezone, clock, assets: await loadAssets(options.dashboard) });
  }
}

function httpOptions(timeouts: Timeouts): ServerOptions {
  return {
    maxHeaderSize: 16 * 1024,
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: timeouts.checkEveryMs,
    // The gate looks itself: Node's own refusal has neither a body nor our headers.
    requireHostHeader: false,
    insecureHTTPParser: false,
    noDelay: true,
  };
}

/** Passes a message on to routing, or answers it. @returns whether it was passed on. */
function enter(
  verdict: Verdict,
  request: IncomingMessage,
  response: ServerResponse,
  visits: WeakMap<IncomingMessage, Visit>,
  parts: Pick<Parts, 'audit'>,
): boolean {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  const secure = verdict.ok ? verdict.visit.secure : (request.socket as { encrypted?: boolean }).encrypted === true;
  const transport = strictTransport(verdict.ok ? verdict.visit.host.name : verdict.refusal.hostName);
  if (secure && transport !== undefined) response.setHeader('strict-transport-security', transport);
  if (!verdict.ok) {
    const { status, code, detail, address } = verdict.refusal;
    parts.audit.refused({ address, kind: code });
    answerPlainly(response, status, { detail, code });
    return false;
  }
  const { origin } = verdict.visit;
  const mayRead = origin === 'allowed' || origin === 'trusted';
  if (mayRead)
    for (const [name, value] of Object.entries(corsHeaders(request.headers.origin!))) response.setHeader(name, value);
  if (mayRead && request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
    response.writeHead(204, preflightHeaders);
    response.end();
    return false;
  }
  visits.set(request, verdict.visit);
  return true;
}

/** Waits until no request is running any more, but not longer than `limitMs`. */
async function drained(server: Server | TlsServer, front: Front, limitMs: number): Promise<void> {
  const signal = AbortSignal.timeout(limitMs);
  server.closeIdleConnections();
  while (!signal.aborted && front.openConnections() > 0) {
    await pause(20, signal);
    server.closeIdleConnections();
  }
}

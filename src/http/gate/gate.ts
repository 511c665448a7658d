/**
 * The checks that come before routing, for requests and WebSocket upgrades alike, in the order of the conventions (15):
 * network policy → Host → Origin and Sec-Fetch → malformed path. They look at the raw message, so nothing that a router
 * decodes or normalises can get around them. None of them counts against anybody's attempts: a foreign page must not be
 * able to use up the owner's.
 */
import type { IncomingMessage } from 'node:http';
import { networkPolicy } from '../network-policy.ts';
import { clientAddress } from './client-address.ts';
import type { OwnHost } from './hosts.ts';
import { hostList } from './hosts.ts';
import type { Origin } from './origins.ts';
import { originList } from './origins.ts';
import { targetFault } from './target.ts';

/** What is known of a request before anybody is. */
export interface Visit {
  readonly address: string;
  readonly secure: boolean;
  readonly onLoopback: boolean;
  readonly host: OwnHost;
  readonly origin: Exclude<Origin, 'foreign'>;
  /** Sent by a browser's own code (it sets Sec-Fetch headers and scripts can't). */
  readonly byBrowser: boolean;
}

export interface GateRefusal {
  readonly status: 400 | 403;
  readonly code: 'http/network' | 'http/host' | 'http/origin' | 'http/bad-request' | 'http/bad-path';
  readonly detail: string;
  readonly address: string;
  readonly hostName: string | undefined;
}

export type Verdict =
  | { readonly ok: true; readonly visit: Visit }
  | { readonly ok: false; readonly refusal: GateRefusal };

export interface GateOptions {
  readonly allowedNetworks: readonly string[];
  readonly blockExternal: boolean;
  readonly trustedProxies: readonly string[];
  readonly trustedOrigins: readonly string[];
  /** Names and addresses of this machine and `network.hosts`. */
  readonly hosts: readonly string[];
}

/** Doubled, these would be read differently by whoever stands before us. */
const singleHeaders = new Set([
  'host',
  'authorization',
  'cookie',
  'origin',
  'content-length',
  'content-type',
  'transfer-encoding',
  'range',
  'if-range',
]);

export function createGate(options: GateOptions): (request: IncomingMessage) => Verdict {
  const client = clientAddress(options.trustedProxies);
  const admits = networkPolicy(options);
  const hosts = hostList(options.hosts);
  const origins = originList({ names: hosts.names, trusted: options.trustedOrigins });
  return (request) => {
    const { address, secure, onLoopback } = client(request);
    const host = hosts.match(request.headers.host, request.socket.localAddress);
    const refuse = (status: 400 | 403, code: GateRefusal['code'], detail: string): Verdict => ({
      ok: false,
      refusal: { status, code, detail, address, hostName: host?.name },
    });
    if (!admits(address, onLoopback)) return refuse(403, 'http/network', 'this address is in no allowed network');
    // The parser takes `HTTP/2.0` and `HTTP/0.9` in a request line for versions that it speaks.
    if (request.httpVersionMajor !== 1)
      return refuse(400, 'http/bad-request', 'this version of HTTP is not spoken here');
    if (hasDoubledHeader(request.rawHeaders)) return refuse(400, 'http/bad-request', 'a header is there twice');
    if (request.headers.host === undefined) return refuse(400, 'http/bad-request', 'the Host header is missing');
    if (host === undefined) return refuse(403, 'http/host', 'this server has no such host name');
    const origin = origins.classify(request, ownOrigin(secure, host));
    if (origin === 'foreign') return refuse(403, 'http/origin', 'requests from pages of other sites are refused');
    const fault = targetFault(request.url ?? '');
    if (fault === 'bad-path') return refuse(403, 'http/bad-path', 'no recording has such a path');
    if (fault === 'bad-request') return refuse(400, 'http/bad-request', 'the request target is malformed');
    const byBrowser =
      request.headers['sec-fetch-mode'] !== undefined || request.headers['sec-fetch-site'] !== undefined;
    return { ok: true, visit: { address, secure, onLoopback, host, origin, byBrowser } };
  };
}

/** Of a page of ours that this request came to, as a browser writes it: the scheme's own port left out (RFC 6454 §6.2). */
export function ownOrigin(secure: boolean, host: OwnHost): string {
  const isDefault = host.port === undefined || host.port === (secure ? 443 : 80);
  return `${secure ? 'https' : 'http'}://${host.name}${isDefault ? '' : `:${host.port}`}`;
}

function hasDoubledHeader(rawHeaders: readonly string[]): boolean {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    if (!singleHeaders.has(name)) continue;
    if (seen.has(name)) return true;
    seen.add(name);
  }
  return false;
}

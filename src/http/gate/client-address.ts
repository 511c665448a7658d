/**
 * Who is at the other end. Forwarded headers count only from `network.trusted_proxies`, and then the last address that
 * no trusted proxy wrote: everything before it the client could have made up.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { addressList, plainAddress } from '../network-policy.ts';

export interface Client {
  readonly address: string;
  readonly secure: boolean;
  /** It is certain that the client is on this machine: no proxy is configured and none has left its mark. */
  readonly onLoopback: boolean;
}

const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

export function clientAddress(trustedProxies: readonly string[]): (request: IncomingMessage) => Client {
  const isTrusted = addressList(trustedProxies);
  const isLoopback = addressList(['127.0.0.0/8', '::1/128']);
  return (request) => {
    const peer = plainAddress(request.socket.remoteAddress ?? '');
    const encrypted = (request.socket as TLSSocket).encrypted === true;
    if (!isTrusted(peer)) {
      const direct =
        trustedProxies.length === 0 && forwardingHeaders.every((name) => request.headers[name] === undefined);
      return { address: peer, secure: encrypted, onLoopback: direct && isLoopback(peer) };
    }
    const hops = headerText(request, 'x-forwarded-for')
      .split(',')
      .map((hop) => plainAddress(hop.trim()));
    const client = hops.findLast((hop) => !isTrusted(hop));
    const proto = headerText(request, 'x-forwarded-proto').split(',').at(-1)!.trim();
    return {
      // What is no address leaves the proxy's own: it is then the one who is limited and logged.
      address: client !== undefined && isIP(client) !== 0 ? client : peer,
      secure: encrypted || proto === 'https',
      onLoopback: false,
    };
  };
}

function headerText(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

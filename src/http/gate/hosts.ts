/**
 * Which Host headers are ours. Another name that resolves to this machine is DNS rebinding: a page of that name would
 * be same-origin with us. A name that isn't listed is refused on pages and API alike.
 */
import { isIPv6 } from 'node:net';
import { plainAddress } from '../network-policy.ts';

export interface HostList {
  /** @returns the host as we write it ourselves, without the port, or undefined where it is none of ours. */
  match(host: string | undefined, localAddress: string | undefined): OwnHost | undefined;
  readonly names: ReadonlySet<string>;
}

export interface OwnHost {
  /** Name or address; IPv6 in brackets. */
  readonly name: string;
  /** As it was given; undefined for the scheme's own. */
  readonly port: number | undefined;
}

const fixed = ['localhost', '127.0.0.1', '[::1]', 'surveillance.local'];
const hostPattern = /^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::(\d{1,5}))?$/;

/** @param hosts the host's own name, addresses and `network.hosts`. */
export function hostList(hosts: readonly string[]): HostList {
  const names = new Set([...fixed, ...hosts.map((host) => bracketed(host.toLowerCase()))]);
  return {
    names,
    match(host, localAddress) {
      const parts = hostPattern.exec(host ?? '');
      if (parts === null) return undefined;
      const port = parts[2] === undefined ? undefined : Number(parts[2]);
      if (port !== undefined && (port === 0 || port > 65535)) return undefined;
      const asked = parts[1]!.toLowerCase();
      const name = asked.startsWith('[') ? tryBracketed(asked.slice(1, -1)) : asked;
      // The address that the connection came to is ours by itself, and numbers can't be rebound.
      const arrivedAt = localAddress === undefined ? undefined : bracketed(plainAddress(localAddress));
      return name !== undefined && (names.has(name) || name === arrivedAt) ? { name, port } : undefined;
    },
  };
}

function bracketed(host: string): string {
  return isIPv6(host) ? `[${plainAddress(host)}]` : host;
}

function tryBracketed(address: string): string | undefined {
  return isIPv6(address) ? `[${plainAddress(address)}]` : undefined;
}

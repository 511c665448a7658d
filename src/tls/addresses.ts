/** Names and addresses that a certificate can stand for, and the ranges that the local CA may speak for at all. */
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

export interface Range {
  readonly address: string;
  /** Length of the prefix in bits. */
  readonly prefix: number;
}

/** Loopback, private, link-local and carrier-grade (Tailscale) ranges: nobody on the Internet is one of these. */
export const privateRanges: readonly Range[] = [
  { address: '127.0.0.0', prefix: 8 },
  { address: '10.0.0.0', prefix: 8 },
  { address: '172.16.0.0', prefix: 12 },
  { address: '192.168.0.0', prefix: 16 },
  { address: '169.254.0.0', prefix: 16 },
  { address: '100.64.0.0', prefix: 10 },
  { address: '::1', prefix: 128 },
  { address: 'fc00::', prefix: 7 },
  { address: 'fe80::', prefix: 10 },
];

const privateList = new BlockList();
for (const { address, prefix } of privateRanges)
  privateList.addSubnet(address, prefix, isIPv4(address) ? 'ipv4' : 'ipv6');

export function isPrivateAddress(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && privateList.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** The 4 or 16 bytes of an address, as certificates carry it (RFC 5280 §4.2.1.6). */
export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (!isIPv6(address)) throw new TypeError('not an IP address');
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const word = (high: string, low: string) => ((Number(high) << 8) | Number(low)).toString(16);
    return `${word(a, b)}:${word(c, d)}`;
  });
  const [head = '', tail] = plain.split('::');
  const words = (text: string | undefined) => (text === undefined || text === '' ? [] : text.split(':'));
  const left = words(head);
  const right = words(tail);
  const zeros = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill('0');
  const bytes = Buffer.alloc(16);
  for (const [index, word] of [...left, ...zeros, ...right].entries())
    bytes.writeUInt16BE(Number.parseInt(word, 16), index * 2);
  return bytes;
}

/** The mask of a prefix as bytes: 12 bits of 4 bytes are `ff f0 00 00`. */
export function maskBytes(prefix: number, length: 4 | 16): Buffer {
  const mask = Buffer.alloc(length);
  for (let bit = 0; bit < prefix; bit++) mask[bit >> 3]! |= 0x80 >> (bit & 7);
  return mask;
}

const dnsName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

export function isDnsName(name: string): boolean {
  return isIP(name) === 0 && dnsName.test(name);
}

/**
 * What a certificate of this machine is for: the fixed names, the host's `.local` name, its own private addresses and
 * what the configuration adds. Sorted and without doubles, so that two lists can be compared.
 */
export function certificateNames(options: {
  readonly hostname: string;
  readonly addresses: readonly string[];
  readonly hosts: readonly string[];
}): string[] {
  const label = options.hostname.toLowerCase().split('.')[0]!;
  const own = isDnsName(label) && label !== 'localhost' ? [`${label}.local`] : [];
  const addresses = options.addresses.filter((address) => isPrivateAddress(address));
  const hosts = options.hosts.map((host) => host.toLowerCase()).filter((host) => isIP(host) !== 0 || isDnsName(host));
  const all = ['surveillance.local', 'localhost', '127.0.0.1', '::1', ...own, ...addresses, ...hosts];
  return [...new Set(all.map((name) => (isIPv6(name) ? canonicalIPv6(name) : name)))].sort();
}

/** One spelling for one address. */
export function canonicalIPv6(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

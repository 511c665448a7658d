/**
 * What kind of place an IP address is. An IPv4 address inside an IPv6 one counts as what it stands for, in every form that
 * some network on the way would take apart again: mapped, compatible, translated (NAT64) and 6to4.
 */
import { isIP } from 'node:net';

export type AddressKind =
  /** This machine: RFC 1122 §3.2.1.3, RFC 4291 §2.5.3; and "this network", which Linux takes for itself. */
  | 'loopback'
  /** RFC 3927, RFC 4291 §2.5.6. */
  | 'link-local'
  /** Where a cloud's machines ask for their own credentials. */
  | 'metadata'
  /**
   * A home's or a site's own networks: RFC 1918, RFC 4193, and RFC 6598, which Tailscale uses. So are the ranges for
   * documentation (RFC 5737, RFC 3849): nobody on the Internet has them, and who uses them does so in a laboratory.
   */
  | 'private'
  | 'public'
  /** Multicast, broadcast, and what means a tunnel whose other end can't be known. */
  | 'special';

/** First matching prefix wins, so an exception stands before its network. */
const kinds4: readonly (readonly [network: number, bits: number, kind: AddressKind])[] = [
  [ipv4('169.254.0.0'), 16, 'link-local'],
  [ipv4('0.0.0.0'), 8, 'loopback'],
  [ipv4('127.0.0.0'), 8, 'loopback'],
  [ipv4('10.0.0.0'), 8, 'private'],
  [ipv4('172.16.0.0'), 12, 'private'],
  [ipv4('192.168.0.0'), 16, 'private'],
  [ipv4('100.64.0.0'), 10, 'private'],
  [ipv4('192.0.0.0'), 24, 'special'],
  [ipv4('192.0.2.0'), 24, 'private'],
  [ipv4('198.51.100.0'), 24, 'private'],
  [ipv4('203.0.113.0'), 24, 'private'],
  [ipv4('192.88.99.0'), 24, 'special'],
  [ipv4('224.0.0.0'), 3, 'special'],
];

/** Amazon, Azure, Google and others; Amazon's for containers; Azure's wire server; Alibaba; Oracle. */
const metadata4 = new Set(
  ['169.254.169.254', '169.254.170.2', '169.254.170.23', '168.63.129.16', '100.100.100.200', '192.0.0.192'].map(ipv4),
);

/** @returns undefined for what is no IP address. A zone (`%eth0`) is looked past. */
export function addressKind(address: string): AddressKind | undefined {
  const bare = address.replace(/%.*$/, '');
  switch (isIP(bare)) {
    case 4:
      return kind4(ipv4(bare));
    case 6:
      return kind6(ipv6(bare));
    default:
      return undefined;
  }
}

function kind4(address: number): AddressKind {
  if (metadata4.has(address)) return 'metadata';
  for (const [network, bits, kind] of kinds4) if ((address ^ network) >>> (32 - bits) === 0) return kind;
  return 'public';
}

/** @param words the eight groups */
function kind6(words: readonly number[]): AddressKind {
  const [first, second, third] = words as [number, number, number];
  const last = ((words[6]! << 16) | words[7]!) >>> 0;
  if (words.slice(0, 5).every((word) => word === 0)) {
    if (words[5] === 0xffff) return kind4(last); // RFC 4291 §2.5.5.2
    // `::` and `::1`; what else lies here are IPv4-compatible addresses (§2.5.5.1).
    if (words[5] === 0) return last <= 1 ? 'loopback' : kind4(last);
  }
  // IPv4-translated, RFC 2765 §2.1.
  if (words.slice(0, 4).every((word) => word === 0) && words[4] === 0xffff && words[5] === 0) return kind4(last);
  if (first === 0x64 && second === 0xff9b) {
    // NAT64, RFC 6052 §2.1; a site's own prefix (RFC 8215) puts the address where we can't know.
    return words.slice(2, 6).every((word) => word === 0) ? kind4(last) : 'special';
  }
  if (first === 0x2002) return kind4(((second << 16) | third) >>> 0); // 6to4, RFC 3056 §2
  if (first === 0x2001 && second <= 0x1ff) return 'special'; // Teredo, ORCHID and others, RFC 2928
  if (first === 0x2001 && second === 0xdb8) return 'private';
  // fd00:ec2::254, Amazon; fd20:ce::254, Google.
  if (last === 0x254 && words.slice(2, 6).every((word) => word === 0)) {
    if ((first === 0xfd00 && second === 0xec2) || (first === 0xfd20 && second === 0xce)) return 'metadata';
  }
  if (first >> 9 === 0xfc >> 1) return 'private';
  if (first >> 6 === 0xfe80 >> 6) return 'link-local';
  if (first >> 6 === 0xfec0 >> 6) return 'private'; // site-local, RFC 3879
  return first >> 13 === 1 ? 'public' : 'special';
}

function ipv4(address: string): number {
  return address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

/** The eight groups of a valid IPv6 address (RFC 4291 §2.2). */
function ipv6(address: string): number[] {
  // The URL parser writes the dotted form as two groups.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return groups(head);
  const [before, after] = [groups(head), groups(tail)];
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

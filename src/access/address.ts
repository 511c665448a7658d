/** The key by which an address is counted. */
import { isIPv4, isIPv6 } from 'node:net';

/**
 * IPv4 as it is, also where it comes mapped into IPv6; of IPv6 the /64, for that is what one household has. Text that
 * is no address is one key for all such.
 */
export function addressKey(address: string): string {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (isIPv4(plain)) return plain;
  if (!isIPv6(plain)) return 'unknown';
  const groups = expand(plain);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.');
  if (groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1) return '::1';
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight groups of a valid IPv6 address (RFC 4291 §2.2). */
function expand(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text =
    dotted === null
      ? address
      : dotted[1]! +
        ((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16) +
        ':' +
        ((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16);
  const [head, tail] = text.split('::');
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  if (tail === undefined) return numbers(head!);
  const before = numbers(head!);
  const after = numbers(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

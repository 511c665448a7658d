/** The host and the user name of a source's URL. */
import { BlockList, isIP } from 'node:net';

/** Ranges in which no camera is: link-local (metadata services), unspecified, multicast and broadcast. */
function forbiddenRanges(): BlockList {
  const list = new BlockList();
  list.addSubnet('0.0.0.0', 8);
  list.addSubnet('169.254.0.0', 16);
  list.addSubnet('224.0.0.0', 3);
  list.addAddress('100.100.100.200'); // Alibaba Cloud's metadata service
  list.addAddress('::', 'ipv6');
  list.addSubnet('fe80::', 10, 'ipv6');
  list.addSubnet('ff00::', 8, 'ipv6');
  list.addAddress('fd00:ec2::254', 'ipv6'); // Amazon's metadata service
  return list;
}

let ranges: BlockList | undefined;

/** Whether a camera may be at this address; IPv4 inside IPv6 counts as what it stands for. */
export function isCameraAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  ranges ??= forbiddenRanges();
  return !ranges.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** A DNS name (RFC 1123 §2.1; `_` as home routers hand it out) whose last label can't be read as a number (inet_aton). */
export function isHostName(host: string): boolean {
  if (host.length > 253) return false;
  const labels = host.replace(/\.$/, '').split('.');
  const last = labels.at(-1)!;
  return (
    labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label)) &&
    !/^(?:\d+|0x[0-9a-f]*)$/i.test(last)
  );
}

/**
 * @param hostname as `URL` has it
 * @param written the URL as it was written: of `http` URLs, `URL` makes an address of any number
 */
export function isRealHost(hostname: string, written: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) === 0) return isHostName(host) && !/^metadata(?:\.|$)/i.test(host);
  const authority = /^[a-z]+:\/\/(?:[^/?]*@)?([^/?]*)/i.exec(written)?.[1] ?? '';
  return isCameraAddress(host) && (isIP(host) === 6 || authority.replace(/:\d*$/, '') === host);
}

/** Percent-decoded; undefined where the URL names none. */
export function tryUserName(url: URL): string | undefined | { readonly allowed: string } {
  if (url.username === '') return undefined;
  let username: string;
  try {
    username = decodeURIComponent(url.username);
  } catch {
    return { allowed: 'with a user name in UTF-8' };
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x1f\x7f:]/.test(username)) return { allowed: 'with a user name without colons or control characters' };
  return username;
}

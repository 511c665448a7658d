/**
 * Which addresses a camera may have: RTSP to a real host, and nothing that a resolver, a shell or a cloud's metadata
 * service would take for something else. Passwords belong into the credential store, so a URL with one is refused.
 */
import { BlockList, isIP } from 'node:net';

export interface CameraSource {
  /** Without user and password. */
  readonly url: string;
  /** Percent-decoded; `undefined` where the URL names none. */
  readonly username: string | undefined;
}

export interface BadSource {
  readonly allowed: string;
  readonly hint?: string;
}

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

const wanted = 'rtsp://HOST[:PORT]/PATH or rtsps://…';

/** @returns what is allowed instead, where `text` is no source. Never throws. */
export function tryCameraSource(text: string): CameraSource | BadSource {
  if (text.length > 2048) return { allowed: `${wanted} of at most 2048 characters` };
  if (/[^\x21-\x7e]|["'`\\<>^{|}]/.test(text))
    return {
      allowed: `${wanted} without spaces, quotes, backslashes, control or non-ASCII characters`,
      hint: 'write such characters as %XX',
    };
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'ffmpeg')
    return {
      allowed: wanted,
      hint: 'sources by ffmpeg are not available yet; let that program publish to a path of ours',
    };
  if (scheme === 'http' || scheme === 'https' || scheme === 'onvif')
    return { allowed: wanted, hint: "look in the camera's manual for its RTSP address" };
  if (scheme !== 'rtsp' && scheme !== 'rtsps') return { allowed: wanted };
  if (!/^rtsps?:\/\/[^/]/i.test(text)) return { allowed: wanted };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { allowed: wanted };
  }
  if (url.password !== '' || carriesPassword(url))
    return {
      allowed: `${wanted} without a password`,
      hint: 'take the password out of the URL and store it with `sentrix camera add NAME --source URL --password-stdin`',
    };
  if (url.hash !== '') return { allowed: `${wanted} without #` };
  if (url.port === '0') return { allowed: `${wanted} with a port of 1 to 65535` };
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const real = isIP(host) !== 0 ? isCameraAddress(host) : isHostName(host) && !/^metadata(?:\.|$)/i.test(host);
  if (!real)
    return {
      allowed: `${wanted}, the host a name or the address of a camera (no link-local, multicast or metadata address)`,
    };
  let username: string | undefined;
  if (url.username !== '') {
    try {
      username = decodeURIComponent(url.username);
    } catch {
      return { allowed: `${wanted} with a user name in UTF-8` };
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    if (/[\x00-\x1f\x7f:]/.test(username))
      return { allowed: `${wanted} with a user name without colons or control characters` };
    url.username = '';
  }
  return { url: url.href, username };
}

/** Cheap cameras take them in the query or the path: `/user=admin&password=…`. */
function carriesPassword(url: URL): boolean {
  return /(?:^|[?&/;_])(?:password|passwd|passwort|pass|pwd|secret|token)=[^&;_/]/i.test(
    `${url.pathname}${url.search}`,
  );
}

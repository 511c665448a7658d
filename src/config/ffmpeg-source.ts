/**
 * Sources that ffmpeg reads, after `ffmpeg:` — an HTTP or RTMP address, a file, a capture device. Taken apart here, so that
 * nothing of the text ever reaches a command line but an address that was checked or a path that was allowed.
 */
import { isAbsolute, normalize } from 'node:path';
import type { BadSource } from './bad-source.ts';
import { isRealHost, tryUserName } from './source-host.ts';

export type FfmpegSource =
  /** Without user and password. MJPEG, or anything else that is a picture and never ends. */
  | { readonly kind: 'http'; readonly url: URL }
  | { readonly kind: 'rtmp'; readonly url: URL }
  /** Played in real time, again and again. Absolute, without `..`. */
  | { readonly kind: 'file'; readonly path: string }
  /** A V4L2 device. */
  | { readonly kind: 'device'; readonly path: string };

const wanted = 'ffmpeg:http://…, ffmpeg:https://…, ffmpeg:rtmp://…, ffmpeg:/FILE or ffmpeg:/dev/videoN';

/** @param text what stands behind `ffmpeg:`; printable ASCII, without quotes and the like */
export function tryFfmpegSource(
  text: string,
): { readonly source: FfmpegSource; readonly username: string | undefined } | BadSource {
  if (text.startsWith('/')) return pathSource(text);
  const scheme = /^([a-z]+):\/\/[^/]/i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'rtmp') {
    const isRtsp = scheme === 'rtsp' || scheme === 'rtsps';
    return { allowed: wanted, ...(isRtsp ? { hint: 'write RTSP addresses without `ffmpeg:`' } : {}) };
  }
  const url = URL.parse(text);
  if (url === null) return { allowed: wanted };
  if (url.hash !== '') return { allowed: `${wanted}, without #` };
  if (!isRealHost(url.hostname, text))
    return { allowed: `${wanted}, the host a name or the address of a camera (no link-local, multicast or metadata)` };
  const username = tryUserName(url);
  if (typeof username === 'object') return { allowed: `${wanted}, ${username.allowed}` };
  if (username !== undefined && scheme === 'rtmp') return { allowed: 'an rtmp:// address without a user' };
  url.username = '';
  return { source: { kind: scheme === 'rtmp' ? 'rtmp' : 'http', url }, username };
}

function pathSource(text: string): { readonly source: FfmpegSource; readonly username: undefined } | BadSource {
  if (!isAbsolute(text) || normalize(text) !== text || text.endsWith('/') || text.startsWith('/proc/'))
    return { allowed: `${wanted}; an absolute path without "." and ".."` };
  if (/^\/dev\/video\d{1,3}$/.test(text)) return { source: { kind: 'device', path: text }, username: undefined };
  if (text.startsWith('/dev/') || text.startsWith('/sys/')) return { allowed: wanted };
  return { source: { kind: 'file', path: text }, username: undefined };
}

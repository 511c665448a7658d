/**
 * Which addresses a camera may have: RTSP to a real host, and nothing that a resolver, a shell or a cloud's metadata
 * service would take for something else. Passwords belong into the credential store, so a URL with one is refused.
 */
import type { BadSource } from './bad-source.ts';
import { tryFfmpegSource } from './ffmpeg-source.ts';
import { isRealHost, tryUserName } from './source-host.ts';

export interface CameraSource {
  /** Without user and password; begins with `ffmpeg:` where ffmpeg reads it. */
  readonly url: string;
  /** Percent-decoded; `undefined` where the URL names none. */
  readonly username: string | undefined;
}

const wanted = 'rtsp://HOST[:PORT]/PATH or rtsps://…';
const passwordHint =
  'take the password out of the URL and store it with `sentrix camera add NAME --source URL --password-stdin`';

/** @returns what is allowed instead, where `text` is no source. Never throws. */
export function tryCameraSource(text: string): CameraSource | BadSource {
  if (text.length > 2048) return { allowed: `${wanted} of at most 2048 characters` };
  if (/[^\x21-\x7e]|["'`\\<>^{|}]/.test(text))
    return {
      allowed: `${wanted} without spaces, quotes, backslashes, control or non-ASCII characters`,
      hint: 'write such characters as %XX',
    };
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'ffmpeg') return byFfmpeg(text.slice('ffmpeg:'.length));
  if (scheme === 'http' || scheme === 'https' || scheme === 'onvif')
    return {
      allowed: wanted,
      hint: "look in the camera's manual for its RTSP address; where it has none, write ffmpeg: before this one",
    };
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
      hint: passwordHint,
    };
  if (url.hash !== '') return { allowed: `${wanted} without #` };
  if (url.port === '0') return { allowed: `${wanted} with a port of 1 to 65535` };
  if (!isRealHost(url.hostname, text))
    return {
      allowed: `${wanted}, the host a name or the address of a camera (no link-local, multicast or metadata address)`,
    };
  const username = tryUserName(url);
  if (typeof username === 'object') return { allowed: `${wanted} ${username.allowed}` };
  url.username = '';
  return { url: url.href, username };
}

function byFfmpeg(text: string): CameraSource | BadSource {
  const url = URL.parse(text);
  if (url !== null && (url.password !== '' || carriesPassword(url)))
    return { allowed: 'an address without a password', hint: passwordHint };
  const parsed = tryFfmpegSource(text);
  if ('allowed' in parsed) return parsed;
  const { source, username } = parsed;
  return { url: `ffmpeg:${'url' in source ? source.url.href : source.path}`, username };
}

/** Cheap cameras take them in the query or the path: `/user=admin&password=…`. */
function carriesPassword(url: URL): boolean {
  return /(?:^|[?&/;_])(?:password|passwd|passwort|pass|pwd|secret|token)=[^&;_/]/i.test(
    `${url.pathname}${url.search}`,
  );
}

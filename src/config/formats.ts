/** Checks of text values by the `format` that the schema names. Each gives the value to use, or what is allowed. */
import { isIP } from 'node:net';
import { isAbsolute, join, resolve } from 'node:path';
import { isCameraId } from '../base/ids.ts';
import type { BadSource } from './bad-source.ts';
import { tryCameraSource } from './camera-source.ts';
import { isHostName } from './source-host.ts';

export interface FormatContext {
  /** Absolute; relative paths start here. */
  readonly directory: string;
  /** Absolute; what `~` stands for. */
  readonly userHome: string;
}

export type FormatResult = { readonly value: string } | BadSource;

const controls = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;
const secretMend =
  'take the password out of the URL; it comes from the credentials directory of systemd or a sealed file';

function when(holds: boolean, value: string, allowed: string): FormatResult {
  return holds ? { value } : { allowed };
}

/** Letters, digits, `-`, `_`, `.`, and `/` between parts, none of them dots only. */
export function isCameraPath(text: string): boolean {
  return text.length <= 200 && text.split('/').every((part) => /^[A-Za-z0-9_.-]+$/.test(part) && !/^\.+$/.test(part));
}

function isNetwork(text: string): boolean {
  const [address, prefix, ...rest] = text.split('/');
  const family = isIP(address!);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

function tryUrl(text: string): URL | undefined {
  return /[\s\p{Cc}]/u.test(text) ? undefined : (URL.parse(text) ?? undefined);
}

/** A URL of a service: never with a password, whether as such or in its query. */
function connection(text: string, schemes: readonly string[]): FormatResult {
  const url = tryUrl(text);
  const allowed = schemes.map((scheme) => `${scheme}://…`).join(', ');
  if (url === undefined || !schemes.includes(url.protocol.slice(0, -1))) return { allowed };
  const inQuery = [...url.searchParams.keys()].some((key) => /pass|pwd|secret|token|key/i.test(key));
  if (url.password !== '' || inQuery) return { allowed: `${allowed} without a password`, hint: secretMend };
  return { value: text };
}

const connectionSchemes = [
  'postgres',
  'postgresql',
  'redis',
  'rediss',
  'https',
  'http',
  'smtp',
  'smtps',
  'mqtt',
  'mqtts',
  'file',
];

export function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function expandPath(text: string, context: FormatContext): FormatResult {
  if (controls.test(text)) return { allowed: 'a path without control characters' };
  if (text === '~' || text.startsWith('~/')) return { value: join(context.userHome, text.slice(1)) };
  if (text.startsWith('~')) return { allowed: 'an absolute path, a path relative to the configuration file, or ~/…' };
  return { value: isAbsolute(text) ? resolve(text) : resolve(context.directory, text) };
}

const formats: Readonly<Record<string, (text: string, context: FormatContext) => FormatResult>> = {
  'bind-address': (text) =>
    when(isIP(text) !== 0 || text === 'localhost', text === 'localhost' ? '127.0.0.1' : text, 'an IP address'),
  'camera-path': (text) =>
    when(isCameraPath(text), text, 'a path of letters, digits, "-", "_" and ".", with "/" between its parts'),
  'camera-source': (text) => {
    const source = tryCameraSource(text);
    return 'allowed' in source ? source : { value: text };
  },
  cidr: (text) => when(isNetwork(text), text, 'an IP address or network, such as 192.168.0.0/16'),
  host: (text) =>
    when(isIP(text) !== 0 || isHostName(text), text.toLowerCase(), 'a host name or IP address, without port'),
  origin: (text) =>
    when(tryUrl(text)?.origin === text && /^https?:/.test(text), text, 'an origin, such as https://panel.example:8443'),
  'https-url': (text) => connection(text, ['https', 'http']),
  connection: (text) => (text.startsWith('/') ? { value: text } : connection(text, connectionSchemes)),
  'age-recipient': (text) =>
    when(/^age1(?:pq1)?[02-9ac-hj-np-z]{50,4000}$/.test(text), text, 'an age recipient (age1…)'),
  class: (text) =>
    when(/^[A-Za-z][A-Za-z0-9 _-]{0,63}$/.test(text), text.toLowerCase(), 'the name of a class, such as person or car'),
  provider: (text) => when(/^[a-z]{1,20}$/.test(text), text, 'the name of an execution provider, such as cpu or cuda'),
  name: (text) =>
    when(
      text.trim() === text && text.length <= 200 && !controls.test(text),
      text,
      'up to 200 characters, no control characters, no space at the ends',
    ),
  slug: (text) => when(isCameraId(text), text, 'up to 64 of a-z, 0-9 and inner "-"'),
  timezone: (text) => when(isTimeZone(text), text, 'an IANA time zone, such as Europe/Zurich'),
  'time-of-day': (text) =>
    when(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/.test(text), text, 'a time as "HH:MM", in quotes'),
  path: expandPath,
};

/** An empty text means "not set" wherever the schema allows one, so no format sees it. */
export function applyFormat(format: string, text: string, context: FormatContext): FormatResult {
  const check = formats[format];
  if (check === undefined) throw new Error(`the schema names an unknown format: ${format}`);
  return check(text, context);
}

/**
 * URLs on the request line. A camera's word never moves us to another host: what it names as base or control gives path
 * and query only, and the authority stays the configured one, which is right for cameras behind an address translation too.
 */

/** What the request line and Digest's `uri` carry: no user, no password, no fragment, a path at least. */
export function requestUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname === '' ? '/' : url.pathname}${url.search}`;
}

const absolute = /^[a-z][a-z0-9+.-]*:\/\//i;
/** Nothing that could break a request line, and no spaces. */
const usable = /^[\x21-\x7e\xa1-\xff]{1,2048}$/;

/** Path and query of an absolute URL or of a path, undefined if there is nothing usable in it. */
function pathOf(text: string): string | undefined {
  if (!usable.test(text)) return undefined;
  if (!absolute.test(text)) return text.startsWith('/') ? text : `/${text}`;
  const rest = text.slice(text.indexOf('//') + 2);
  const slash = rest.search(/[/?]/);
  if (slash === -1) return '/';
  return rest[slash] === '?' ? `/${rest.slice(slash)}` : rest.slice(slash);
}

function authorityOf(url: string): string {
  return /^[a-z]+:\/\/[^/?]*/.exec(url)?.[0] ?? url;
}

/**
 * The base that controls are relative to (RFC 2326 C.1.1): Content-Base, else Content-Location, else the request's URL.
 * @param requested as `requestUrl` makes it
 */
export function baseUrl(
  requested: string,
  contentBase: string | undefined,
  contentLocation: string | undefined,
): string {
  for (const candidate of [contentBase, contentLocation]) {
    if (candidate === undefined || candidate === '') continue;
    const path = pathOf(candidate);
    if (path !== undefined) return authorityOf(requested) + path;
  }
  return requested;
}

/**
 * A control as cameras mean it: appended to the base, behind a query too (`…?channel=1/trackID=0`), which RFC 3986 would
 * resolve otherwise; all other clients append. Undefined if it can't stand on a request line.
 * @param base as `baseUrl` makes it
 */
export function controlUrl(base: string, control: string): string | undefined {
  if (control === '' || control === '*') return base;
  if (!usable.test(control)) return undefined;
  if (absolute.test(control)) return authorityOf(base) + (pathOf(control) ?? '/');
  return `${base.replace(/\/$/, '')}/${control.replace(/^\//, '')}`;
}

/** Where a redirect leads, or undefined unless it is a URL on the same scheme, host and port. */
export function redirectTarget(from: URL, location: string | undefined): URL | undefined {
  if (location === undefined || !usable.test(location)) return undefined;
  let target: URL;
  try {
    target = new URL(location, from);
  } catch {
    return undefined;
  }
  if (target.protocol !== from.protocol || target.hostname !== from.hostname) return undefined;
  if (effectivePort(target) !== effectivePort(from)) return undefined;
  target.username = '';
  target.password = '';
  target.hash = '';
  return target;
}

/** 554 for rtsp, 322 for rtsps, as registered and as everybody takes them. */
export function effectivePort(url: URL): number {
  return url.port !== '' ? Number(url.port) : url.protocol === 'rtsps:' ? 322 : 554;
}

/** Host for connecting: IPv6 without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

const pathPart = /^(?!\.+$)[A-Za-z0-9._-]+$/;

/**
 * The path of a request to us, without slashes at its ends, or undefined if it isn't of our alphabet: parts of letters,
 * digits, `-`, `_`, `.`, none of dots only. Host, query and credentials in it mean nothing here.
 */
export function requestedPath(uri: string): string | undefined {
  const path = pathOf(uri)?.split('?', 1)[0];
  if (path === undefined || path.length > 256) return undefined;
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '');
  return trimmed.split('/').every((part) => pathPart.test(part)) ? trimmed : undefined;
}

/** Do two forms (absolute, path only, with or without a slash at the end) name the same resource, whatever the host? */
export function sameResource(a: string, b: string): boolean {
  if (a === b) return true;
  const [first, second] = [pathOf(a), pathOf(b)];
  return first !== undefined && second !== undefined && first.replace(/\/$/, '') === second.replace(/\/$/, '');
}

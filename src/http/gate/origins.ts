/**
 * Who made the browser ask (CSRF, CORS). A page of another site can send requests here with our cookie on them, and a
 * page on another port of this host counts as the same site to the cookie's SameSite rule. So:
 *
 * - *own*: our page, or no browser at all (no Origin, no Sec-Fetch-Site): cookie, Basic and token count;
 * - *trusted* (`network.trusted_origins`): the same;
 * - *allowed* (the CORS list): Basic and token count, the cookie never does, and nothing that sets one is done;
 * - *foreign*: refused, except plain navigation to a page.
 */
import type { IncomingMessage } from 'node:http';

export type Origin = 'own' | 'trusted' | 'allowed' | 'navigation' | 'foreign';

export interface OriginList {
  /** @param own scheme and host of this request, such as `https://localhost:8080`. */
  classify(request: IncomingMessage, own: string): Origin;
}

export interface OriginOptions {
  /** This machine's names and addresses, IPv6 in brackets. */
  readonly names: ReadonlySet<string>;
  /** `network.trusted_origins`: full origins. */
  readonly trusted: readonly string[];
}

const corsPorts = [8080, 3000];
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

export function originList(options: OriginOptions): OriginList {
  const trusted = new Set(options.trusted.map((origin) => tryOrigin(origin) ?? origin));
  const allowed = new Set<string>();
  for (const name of options.names)
    for (const scheme of ['http', 'https']) for (const port of corsPorts) allowed.add(`${scheme}://${name}:${port}`);
  return {
    classify(request, own) {
      const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = request.headers;
      const sameSite = site === undefined || site === 'same-origin' || site === 'none';
      if (origin !== undefined) {
        if (origin === own) return sameSite ? 'own' : 'foreign';
        if (trusted.has(origin)) return 'trusted';
        return allowed.has(origin) ? 'allowed' : 'foreign';
      }
      if (sameSite) return 'own';
      // A link from elsewhere: the address bar changes and the page is ours. SameSite=Strict keeps the cookie at home.
      const navigates = mode === 'navigate' && destination === 'document' && safeMethods.has(request.method ?? '');
      return navigates ? 'navigation' : 'foreign';
    },
  };
}

/** The headers that allow a page of `origin` to read the answer; never a wildcard. */
export function corsHeaders(origin: string): Readonly<Record<string, string>> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'Retry-After, Content-Range, Accept-Ranges, ETag',
  };
}

export const preflightHeaders: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, POST, DELETE, PUT',
  'access-control-allow-headers': 'Content-Type, Authorization, Cookie',
  'access-control-max-age': '3600',
};

function tryOrigin(text: string): string | undefined {
  try {
    return new URL(text).origin;
  } catch {
    return undefined;
  }
}

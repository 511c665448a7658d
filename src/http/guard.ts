/**
 * Who is asking and whether they may: rate limit → authentication → authorisation, before any body is read. The one
 * place in HTTP that turns credentials into a principal; what a principal may do is `Access.authorize`.
 */
import type { IncomingMessage } from 'node:http';
import { isCameraId } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import { Secret } from '../base/secret.ts';
import { readSessionCookie } from './cookie.ts';
import type { Visit } from './gate/gate.ts';
import type { Access, CameraScope, Outcome, Principal, Proven, Refusal } from './parts.ts';
import type { AccessRule, Route } from './route.ts';

export interface Admission {
  readonly principal: Principal | undefined;
  readonly cameras: CameraScope;
  readonly sessionCookie: Secret | undefined;
}

const nobody: CameraScope = new Set();

export async function admit(
  route: Route,
  asked: {
    readonly request: IncomingMessage;
    readonly visit: Visit;
    readonly query: unknown;
    readonly params: unknown;
  },
  access: Access,
): Promise<Admission> {
  const { request, visit } = asked;
  const sessionCookie = readSessionCookie(request.headers.cookie);
  if (route.callers === 'own-page' && visit.origin !== 'own' && visit.origin !== 'trusted')
    throw new Problem('http/origin', 'only a page of this server may do that', { status: 403 });
  if (route.access === 'open') {
    if (route.limit === 'default') count(access, visit, route.url);
    return { principal: undefined, cameras: nobody, sessionCookie };
  }
  const principal = await authenticate(route, request, visit, sessionCookie, access);
  const known = access.limitKnown(principal);
  if (!known.ok)
    throw new Problem('access/rate-limited', 'too many requests of this account; wait and try again', {
      status: 429,
      retryAfterSeconds: known.retryAfterSeconds,
    });
  const cameras = authorizeRoute(access, principal, route.access, asked);
  return { principal, cameras, sessionCookie };
}

/** A cookie counts for our own pages and for programs only, whatever site the browser thinks is the same. */
export function cookieCounts(visit: Visit): boolean {
  return visit.origin === 'own' || visit.origin === 'trusted';
}

/** By Authorization where there is one, else by the session's cookie. @throws Problem 401, 429 or 503 */
export async function authenticate(
  route: Pick<Route, 'url' | 'limit'>,
  request: IncomingMessage,
  visit: Visit,
  sessionCookie: Secret | undefined,
  access: Access,
): Promise<Principal> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = parseBearer(authorization);
    if (token !== undefined) {
      const principal = await access.tokens.principal(token);
      if (principal !== undefined) return principal;
    }
    const given = parseBasic(authorization);
    if (given === undefined) {
      count(access, visit, route.url);
      throw unauthenticated();
    }
    const result = await access.principalOfBasic({ ...given, address: visit.address });
    if (!result.ok) throw refusalProblem(result);
    return result.principal;
  }
  const principal =
    sessionCookie !== undefined && cookieCounts(visit) ? await access.principalOfSession(sessionCookie) : undefined;
  if (principal !== undefined) return principal;
  if (route.limit !== 'challenge' || sessionCookie !== undefined) count(access, visit, route.url);
  throw unauthenticated();
}

function authorizeRoute(
  access: Access,
  principal: Principal,
  rule: Exclude<AccessRule, 'open'>,
  asked: { readonly query: unknown; readonly params: unknown },
): CameraScope {
  const allowed = decided(access.authorize(principal, rule.action));
  if (rule.camera === undefined) return allowed;
  const named = (asked[rule.camera.in] as Readonly<Record<string, unknown>>)[rule.camera.name];
  // What is no id at all is left to the validation, which comes next.
  if (typeof named !== 'string' || !isCameraId(named)) return allowed;
  return decided(access.authorize(principal, rule.action, named));
}

/** @throws Problem 401, 403 or 404. */
export function decided(decision: ReturnType<Access['authorize']>): CameraScope {
  if (decision.allowed) return decision.cameras;
  if (decision.status === 401) throw unauthenticated();
  if (decision.status === 404) throw notFound();
  throw new Problem('access/forbidden', 'this account may not do that', { status: 403 });
}

export function notFound(): Problem {
  return new Problem('http/not-found', 'there is nothing here', { status: 404 });
}

export function unauthenticated(): Problem {
  return new Problem('access/unauthenticated', 'authentication is required', { status: 401 });
}

/** Who asks, with the password that was given once more, for what a session alone may not do. */
export function proven(principal: Principal, password: string, visit: Pick<Visit, 'address'>): Proven {
  return { principal, password: new Secret(password), address: visit.address };
}

/** What came of it. @throws Problem as a log-in does, where the password was refused */
export function granted<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw refusalProblem(outcome);
  return outcome.value;
}

/** One text for unknown user, wrong password and locked account. */
export function refusalProblem(refusal: Refusal): Problem {
  const retry = refusal.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: refusal.retryAfterSeconds };
  switch (refusal.status) {
    case 401:
      return new Problem('access/invalid-credentials', 'Invalid credentials or account locked', { status: 401 });
    case 429:
      return new Problem('access/rate-limited', 'too many tries; wait and try again', { status: 429, ...retry });
    case 503:
      return new Problem('access/busy', 'too many log-ins at once; try again', {
        status: 503,
        retryAfterSeconds: 1,
        ...retry,
      });
    default:
      return refusal.status satisfies never;
  }
}

/** Counts a request without good credentials. @throws Problem 429. */
export function count(access: Access, visit: Visit, endpoint: string): void {
  const verdict = access.limit(visit.address, endpoint);
  if (!verdict.ok)
    throw new Problem('access/rate-limited', 'too many requests without credentials; wait and try again', {
      status: 429,
      retryAfterSeconds: verdict.retryAfterSeconds,
    });
}

/** RFC 6750 §2.1. @returns undefined for another scheme and for what is malformed. */
export function parseBearer(header: string): Secret | undefined {
  const match = /^bearer +([A-Za-z0-9_-]{1,128})$/i.exec(header);
  return match === null ? undefined : new Secret(match[1]!);
}

/** RFC 7617. @returns undefined for another scheme and for what is malformed. */
export function parseBasic(header: string): { readonly username: string; readonly password: Secret } | undefined {
  const match = /^basic +([A-Za-z0-9+/]{1,4096}={0,2})$/i.exec(header);
  if (match === null) return undefined;
  const text = tryUtf8(Buffer.from(match[1]!, 'base64'));
  const colon = text?.indexOf(':') ?? -1;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 7617 §2 forbids them in both parts
  if (text === undefined || colon < 1 || /[\x00-\x1f\x7f]/.test(text)) return undefined;
  const username = text.slice(0, colon);
  const password = text.slice(colon + 1);
  return username.length > 256 || password.length === 0 || password.length > 1024
    ? undefined
    : { username, password: new Secret(password) };
}

function tryUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * RFC 9110 §11.6.1. Programs are asked for Basic; to a browser's own code it goes under a scheme that no browser knows,
 * so that no dialog pops up and no password is remembered for other sites to ride on (conventions, 18).
 */
export function challenge(visit: Visit | undefined): string {
  return visit?.byBrowser === false ? 'Basic realm="SentriX", charset="UTF-8"' : 'SentriX realm="SentriX"';
}

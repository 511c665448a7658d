/**
 * A route as a value: method, address, who may, the schemas, what it does. All routes lie in one table, from which
 * registration, the OpenAPI document and the tests are made. One without an access rule doesn't start.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TObject, TSchema } from 'typebox';
import type { Secret } from '../base/secret.ts';
import type { Visit } from './gate/gate.ts';
import type { CameraScope, Principal, RouteAction } from './parts.ts';

export type AccessRule =
  /** For everybody that the gate lets in. */
  | 'open'
  | {
      readonly action: RouteAction;
      /** Where the request names the one camera it is about: without a grant for it, it doesn't exist (404). */
      readonly camera?: { readonly in: 'query' | 'params'; readonly name: string };
    };

/** Which count of requests without good credentials a route is under. */
export type LimitRule =
  /** By address and route. */
  | 'default'
  /** The same, but a request that brings no credentials at all isn't counted: players ask so first, for each file. */
  | 'challenge'
  /** The handler's own: `Access.verify` and `login` count for themselves. */
  | 'own'
  /** Health, pages and their files. */
  | 'none';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface RouteSchemas {
  readonly query?: TObject;
  readonly params?: TObject;
  readonly body?: TSchema;
}

type Part<S extends RouteSchemas, Key extends keyof RouteSchemas> = S[Key] extends TSchema ? Static<S[Key]> : undefined;

export interface Call<Rule extends AccessRule = AccessRule, S extends RouteSchemas = RouteSchemas> {
  /** Who asks. */
  readonly principal: Rule extends 'open' ? undefined : Principal;
  /** What `authorize` lets them see by this action; every read takes it. */
  readonly cameras: CameraScope;
  readonly query: Part<S, 'query'>;
  readonly params: Part<S, 'params'>;
  readonly body: Part<S, 'body'>;
  readonly visit: Visit;
  /** The session's cookie, whether it is good or not. */
  readonly sessionCookie: Secret | undefined;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface Route {
  readonly method: Method;
  /** As find-my-way writes it: `:name` and a last `*`. */
  readonly url: string;
  /** What it is for: the OpenAPI document's summary. */
  readonly summary: string;
  readonly access: AccessRule;
  readonly limit: LimitRule;
  /** Done with the cookie of a page that isn't ours? `own-page` refuses allowed origins too: it sets a cookie. */
  readonly callers: 'any' | 'own-page';
  readonly schema: RouteSchemas & { readonly answer?: TSchema };
  /** Not in the OpenAPI document: pages and their files. */
  readonly hidden: boolean;
  readonly handler: (call: Call) => unknown;
}

export function route<const Rule extends AccessRule, S extends RouteSchemas>(definition: {
  readonly method: Method;
  readonly url: string;
  readonly summary: string;
  readonly access: Rule;
  readonly limit?: LimitRule;
  readonly callers?: 'any' | 'own-page';
  readonly schema?: S & { readonly answer?: TSchema };
  readonly hidden?: boolean;
  readonly handler: (call: Call<Rule, S>) => unknown;
}): Route {
  return {
    limit: 'default',
    callers: 'any',
    hidden: false,
    ...definition,
    schema: definition.schema ?? {},
    // The registration hands each handler what its own schemas let through.
    handler: definition.handler as unknown as Route['handler'],
  };
}

/** @throws Error (a bug, at start) for a route whose access rule is missing or names no action, and for doubles. */
export function checkRoutes(routes: readonly Route[]): void {
  const seen = new Set<string>();
  for (const { method, url, access } of routes) {
    const name = `${method} ${url}`;
    const rule: unknown = access;
    const declared =
      rule === 'open' ||
      (typeof rule === 'object' && rule !== null && 'action' in rule && typeof rule.action === 'string');
    if (!declared) throw new Error(`${name} has no access rule`);
    if (seen.has(name)) throw new Error(`${name} is there twice`);
    seen.add(name);
  }
}

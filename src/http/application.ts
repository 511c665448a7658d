/** Fastify with the route table on it: what happens between the gate and a handler, once for all routes. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Fastify from 'fastify';
import type { Log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import { answerBrokenMessage, failed } from './answers.ts';
import type { Visit } from './gate/gate.ts';
import type { Admission } from './guard.ts';
import { admit, challenge, cookieCounts, notFound } from './guard.ts';
import type { Parts } from './parts.ts';
import type { Route } from './route.ts';
import { checkRoutes } from './route.ts';
import { bodyValidator, noParameters, textValidator } from './validation.ts';

export interface ApplicationDeps {
  readonly parts: Pick<Parts, 'access' | 'audit'>;
  readonly routes: readonly Route[];
  /** What the gate found out about a request that it let through. */
  readonly visits: WeakMap<IncomingMessage, Visit>;
  readonly log: Log;
  readonly makeServer: (handler: (request: IncomingMessage, response: ServerResponse) => void) => Server;
}

export const maxBodyBytes = 64 * 1024;

/** Registers all routes. @throws Error at start for a route without an access rule. */
export async function createApplication(deps: ApplicationDeps): Promise<FastifyInstance> {
  const { parts, log, visits } = deps;
  checkRoutes(deps.routes);
  const app = Fastify({
    serverFactory: (handler) => deps.makeServer(handler as unknown as Parameters<ApplicationDeps['makeServer']>[0]),
    bodyLimit: maxBodyBytes,
    // HEAD is the same route: Fastify's own HEAD routes would put content-length 0 on an answer without a body.
    exposeHeadRoutes: false,
    clientErrorHandler: (error, socket) => answerBrokenMessage(error, socket),
    frameworkErrors: (error, request, reply) => fail(error, request, reply),
    routerOptions: {
      caseSensitive: true,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
      maxParamLength: 512,
    },
  });
  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const visit = visits.get(request.raw);
    const { status, headers, body } = failed(error, log);
    if (status === 401) reply.header('www-authenticate', challenge(visit));
    if (visit !== undefined && (status === 401 || status === 403 || status === 429))
      parts.audit.refused({ address: visit.address, kind: body.code });
    // A body that nobody will read must not be waited for.
    if (hasUnreadBody(request.raw)) reply.header('connection', 'close');
    return reply
      .code(status)
      .headers(headers)
      .type('application/json; charset=utf-8')
      .serializer(JSON.stringify)
      .send(body);
  };
  app.setErrorHandler((error, request, reply) => fail(error, request, reply));
  app.setNotFoundHandler((request, reply) => fail(notFound(), request, reply));
  acceptOnlyJson(app);
  const known = new WeakSet<object>();
  // Whoever registers past the table, here or in a plugin, is stopped at start.
  app.addHook('onRoute', ({ config, method, url }) => {
    if (config === undefined || !known.has(config))
      throw new Error(`${String(method)} ${url} is not in the route table`);
  });
  for (const one of deps.routes) {
    const config = {};
    known.add(config);
    register(app, one, config, deps);
  }
  await app.ready();
  return app;
}

function register(app: FastifyInstance, one: Route, config: object, { parts, visits }: ApplicationDeps): void {
  const admissions = new WeakMap<FastifyRequest, Admission>();
  const query = one.schema.query === undefined ? noParameters : textValidator(one.schema.query);
  const params = one.schema.params === undefined ? undefined : textValidator(one.schema.params);
  const body = one.schema.body === undefined ? undefined : bodyValidator(one.schema.body);
  app.route({
    method: one.method === 'GET' ? ['GET', 'HEAD'] : one.method,
    url: one.url,
    config,
    ...(one.schema.answer === undefined ? {} : { schema: { response: { '2xx': one.schema.answer } } }),
    onRequest: async (request) => {
      const visit = visits.get(request.raw);
      // Can't be: the gate comes before routing. If it ever could, nobody is let in.
      if (visit === undefined) throw new Error('a request came past the gate');
      const asked = { request: request.raw, visit, query: request.query, params: request.params };
      admissions.set(request, await admit(one, asked, parts.access));
      const encoding = request.headers['content-encoding'];
      if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
        throw new Problem('http/media-type', 'compressed bodies are not taken', { status: 415 });
    },
    handler: async (request, reply) => {
      const visit = visits.get(request.raw)!;
      const admission = admissions.get(request)!;
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      return one.handler({
        principal: admission.principal as never,
        cameras: admission.cameras,
        sessionCookie: cookieCounts(visit) ? admission.sessionCookie : undefined,
        query: query(request.query) as never,
        params: params?.(request.params) as never,
        body: body?.(request.body) as never,
        visit,
        signal: gone.signal,
        request,
        reply,
      });
    },
  });
}

/** No text/plain, no forms, no guesses: what a page of another site can send without asking first is not read. */
function acceptOnlyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    if (bytes.length === 0) return done(null, undefined);
    const refused = new Problem('http/bad-request', 'the body is no JSON', { status: 400 });
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return done(refused);
    }
    // The result is delivered in this same call: the default parser is synchronous.
    return parse(request, text, (error, value) => done(error === null ? null : refused, value));
  });
}

function hasUnreadBody(request: IncomingMessage): boolean {
  const { 'transfer-encoding': encoding, 'content-length': length } = request.headers;
  return !request.complete && (encoding !== undefined || Number(length ?? 0) > 0);
}

/** How failures leave: `{"detail", "code"}`, nothing of the inside, headers that belong to the status. */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError } from 'fastify';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import { securityHeaders } from './gate/headers.ts';
import type { HttpProblemCode } from './problems.ts';

export interface Failed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly detail: string;
    readonly code: string;
    readonly hint?: string;
    readonly request_id?: string;
  };
}

/** Fastify's own refusals that a client can bring about, in our words. */
const frameworkCodes: Readonly<
  Record<string, { readonly status: number; readonly code: HttpProblemCode; readonly detail: string }>
> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { status: 415, code: 'http/media-type', detail: 'the body must be application/json' },
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, code: 'http/too-large', detail: 'the body is larger than 64 KiB' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'http/bad-request',
    detail: 'the body has another length than announced',
  },
  FST_ERR_BAD_URL: { status: 400, code: 'http/bad-request', detail: 'the request target is malformed' },
  FST_ERR_MAX_PARAM_LENGTH: { status: 404, code: 'http/not-found', detail: 'there is nothing here' },
};

export function failed(error: unknown, log: Log): Failed {
  if (error instanceof Problem && error.status < 500) return problemAnswer(error);
  const known = frameworkCodes[(error as Partial<FastifyError> | null)?.code ?? ''];
  if (known !== undefined)
    return { status: known.status, headers: {}, body: { detail: known.detail, code: known.code } };
  const requestId = randomBytes(6).toString('hex');
  log.error(
    { requestId, ...describeError(error), stack: error instanceof Error ? error.stack : undefined },
    'request failed',
  );
  if (error instanceof Problem) {
    const answer = problemAnswer(error);
    return { ...answer, body: { ...answer.body, request_id: requestId } };
  }
  return {
    status: 500,
    headers: {},
    body: { detail: 'the server failed to answer; its log says why', code: 'http/internal', request_id: requestId },
  };
}

function problemAnswer(problem: Problem): Failed {
  const { status, detail, code, hint, retryAfterSeconds } = problem;
  return {
    status,
    headers:
      retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) },
    body: { detail, code, ...(hint === undefined ? {} : { hint }) },
  };
}

/** Answers without Fastify: what the gate refuses. The connection goes where a body might still be coming. */
export function answerPlainly(
  response: ServerResponse,
  status: number,
  body: { readonly detail: string; readonly code: string },
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  const { headers: asked, method } = response.req;
  const hasBody = asked['transfer-encoding'] !== undefined || Number(asked['content-length'] ?? 0) > 0;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
    ...(hasBody ? { connection: 'close' } : {}),
  });
  response.end(method === 'HEAD' ? undefined : text);
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
};

/** Answers on a bare socket, where there is no response object: broken messages and refused upgrades. Closes it. */
export function answerSocket(
  socket: Socket,
  status: number,
  body: { readonly detail: string; readonly code: string },
  headers: Readonly<Record<string, string>> = {},
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const text = JSON.stringify(body);
  const all = {
    ...securityHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${reasons[status] ?? 'Error'}\r\n${lines.join('')}\r\n${text}`, () =>
    socket.destroySoon(),
  );
}

/** What Node's parser makes of a message it can't read, or that came too slowly. */
export function answerBrokenMessage(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  if (error.code === 'HPE_HEADER_OVERFLOW')
    answerSocket(socket, 431, { detail: 'the header is larger than 16 KiB', code: 'http/too-large' });
  else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    answerSocket(socket, 408, { detail: 'the request took too long to arrive', code: 'http/timeout' });
  else answerSocket(socket, 400, { detail: 'the request is malformed', code: 'http/bad-request' });
}

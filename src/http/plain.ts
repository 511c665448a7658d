/**
 * Plain HTTP on a TLS port. A page is redirected to the same page over TLS, by a host name from our own list; all else
 * is refused. Nothing of the request is looked at but Host and path: a password that came this way was in the open and
 * must not be seen to work.
 */

import type { IncomingMessage, Server, ServerOptions } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { answerBrokenMessage, answerPlainly, answerSocket } from './answers.ts';
import type { Verdict } from './gate/gate.ts';
import { securityHeaders } from './gate/headers.ts';
import { isPage } from './routes/pages.ts';

const refusal = { detail: 'this port speaks TLS: use https', code: 'http/plain' } as const;

export function createPlainServer(deps: {
  readonly serverOptions: ServerOptions;
  readonly gate: (request: IncomingMessage) => Verdict;
}): Server {
  const server = createServer({ ...deps.serverOptions, keepAlive: false }, (request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    response.setHeader('connection', 'close');
    const verdict = deps.gate(request);
    const path = (request.url ?? '').replace(/\?.*$/, '');
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const bare = request.headers.authorization === undefined;
    if (!verdict.ok || !reads || !bare || !isPage(path)) {
      answerPlainly(response, 400, refusal);
      return;
    }
    const { name, port } = verdict.visit.host;
    response.writeHead(308, {
      location: `https://${name}${port === undefined ? '' : `:${port}`}${path}`,
      'content-length': 0,
    });
    response.end();
  });
  server.on('clientError', answerBrokenMessage);
  server.on('upgrade', (_request, socket) => answerSocket(socket as Socket, 400, refusal));
  return server;
}

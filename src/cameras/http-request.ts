/**
 * One HTTP request to a camera, with the manners of the RTSP client: guarded address, certificate checked before a byte is
 * sent, Basic never after Digest, no redirect followed, a limit for everything up to the answer's head.
 */
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as httpRequest } from 'node:http';
import type { Dial } from '../base/address-guard.ts';
import { Problem } from '../base/problem.ts';
import type { Secret } from '../base/secret.ts';
import { ClientAuthorization } from '../rtsp/client-authorization.ts';
import { connectCamera } from '../rtsp/client-connect.ts';
import { MessageHeaders } from '../rtsp/message.ts';
import { redirected, unauthorized, unreachable } from '../rtsp/problems.ts';

export interface HttpCamera {
  /** `http:` or `https:`. */
  readonly url: URL;
  /** Of the URL's host. @throws Problem where we don't connect to it */
  readonly dial: (host: string) => Dial;
  readonly credentials?: { readonly username: string; readonly password: Secret } | undefined;
  readonly digestSeen: boolean;
  readonly digestOffered?: () => void;
  /** The last word on a certificate, as in `CameraTls`. */
  readonly accept: (fingerprint: string, trusted: boolean) => boolean;
  /** For connecting, and for each answer's head. */
  readonly limitMs: number;
}

export interface HttpQuestion {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * The answer of a camera that took our credentials, its body still to be read; a status of 300 and above is thrown.
 * @param signal ends the request and later the body
 * @throws Problem `camera/…`, `network/…`
 */
export async function askHttp(
  camera: HttpCamera,
  question: HttpQuestion,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { url } = camera;
  const uri = `${url.pathname}${url.search}`;
  const authorization = new ClientAuthorization(camera.credentials, camera.digestSeen, () => camera.digestOffered?.());
  for (let answers = 0; ; ) {
    const field = authorization.field(question.method, uri);
    if (field !== undefined) answers++;
    const answer = await send(camera, question, field, signal);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    answer.destroy();
    if (status === 403) throw unauthorized('the camera forbids this user to watch');
    if (status >= 300 && status < 400) throw redirected('the camera sent us to another place, where we do not go');
    if (status !== 401) {
      throw new Problem('camera/protocol', `the camera answered with ${status}`, { status: 503, safe: { status } });
    }
    const problem = authorization.challenged(
      { kind: 'response', status, reason: '', headers: headersOf(answer), cseq: undefined, body: new Uint8Array() },
      answers,
    );
    if (problem !== undefined) throw problem;
  }
}

/** All of a body. @throws Problem `camera/protocol` where it is longer than `maxBytes`, `camera/closed` */
export async function readBody(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Problem('camera/protocol', 'the camera sent a message beyond all limits');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw unreachable('the connection to the camera failed', error);
  } finally {
    answer.destroy();
  }
  return Buffer.concat(chunks);
}

async function send(
  { url, dial, accept, limitMs }: HttpCamera,
  { method, headers, body }: HttpQuestion,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const options: RequestOptions = {
    method,
    path: `${url.pathname}${url.search}`,
    agent: false,
    headers: {
      'User-Agent': 'SentriX',
      Connection: 'close',
      ...headers,
      Host: url.host,
      ...(authorization === undefined ? {} : { Authorization: authorization }),
      ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    },
    ...(url.protocol === 'https:'
      ? await secured(url, dial, accept, limitMs, signal)
      : { ...dial(host), port: Number(url.port || 80) }),
  };
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest(options);
    const abandon = (): void => void outgoing.destroy();
    const timer = setTimeout(
      () => outgoing.destroy(unreachable(`the camera did not answer within ${limitMs / 1000} s`)),
      limitMs,
    );
    outgoing.once('response', (answer) => {
      clearTimeout(timer);
      answer.once('close', () => signal.removeEventListener('abort', abandon));
      resolve(answer);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
      if (error instanceof Problem) reject(error);
      else if (error.code?.startsWith('HPE_')) reject(notHttp(error));
      else reject(unreachable('the connection to the camera failed', error));
    });
    if (signal.aborted) abandon();
    else signal.addEventListener('abort', abandon, { once: true });
    outgoing.end(body);
  });
}

/** A TLS connection whose certificate is checked already. */
async function secured(
  url: URL,
  dial: HttpCamera['dial'],
  accept: HttpCamera['accept'],
  limitMs: number,
  signal: AbortSignal,
): Promise<RequestOptions> {
  const target = new URL(`rtsps://${url.hostname}:${url.port || 443}/`);
  const socket = await connectCamera(target, dial, { accept }, limitMs, signal);
  return { createConnection: () => socket };
}

function headersOf(answer: IncomingMessage): MessageHeaders {
  const fields: [string, string][] = [];
  for (let i = 0; i + 1 < answer.rawHeaders.length; i += 2)
    fields.push([answer.rawHeaders[i]!.toLowerCase(), answer.rawHeaders[i + 1]!]);
  return new MessageHeaders(fields);
}

function notHttp(cause: unknown): Problem {
  return new Problem('camera/protocol', 'what answers at this address does not speak HTTP', { status: 503, cause });
}

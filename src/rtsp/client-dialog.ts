/** Requests to a camera as the protocol's steps need them: with session, credentials, and the meaning of refusals. */
import type { Problem } from '../base/problem.ts';
import type { ClientAuthorization } from './client-authorization.ts';
import type { ClientConnection } from './client-connection.ts';
import type { HeaderFields, RtspResponse } from './message.ts';
import { protocol, redirected, unauthorized } from './problems.ts';
import type { Session } from './transport.ts';
import { parseSession } from './transport.ts';

export class ClientDialog {
  readonly #connection: ClientConnection;
  readonly #authorization: ClientAuthorization;
  readonly #requestMs: number;
  #session: Session | undefined;

  constructor(connection: ClientConnection, authorization: ClientAuthorization, requestMs: number) {
    this.#connection = connection;
    this.#authorization = authorization;
    this.#requestMs = requestMs;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /**
   * The camera's answer, any but a 401, which is answered here or thrown.
   * @throws Problem `camera/unauthorized`, and what `ClientConnection.request` throws
   */
  async ask(method: string, uri: string, fields: HeaderFields = []): Promise<RtspResponse> {
    let answers = 0;
    for (;;) {
      const authorization = this.#authorization.field(method, uri);
      if (authorization !== undefined) answers++;
      const all: HeaderFields = [
        ...fields,
        ...this.#sessionField(),
        ...(authorization === undefined ? [] : [['Authorization', authorization] as const]),
      ];
      const response = await this.#connection.request(method, uri, all, this.#requestMs);
      if (response.status !== 401) {
        if (authorization !== undefined && response.status < 400) this.#authorization.accepted();
        this.#session ??= parseSession(response.headers.get('session') ?? '');
        return response;
      }
      const problem = this.#authorization.challenged(response, answers);
      if (problem !== undefined) throw problem;
    }
  }

  /** As `ask`, and only a 2xx will do. */
  async require(method: string, uri: string, fields: HeaderFields = []): Promise<RtspResponse> {
    const response = await this.ask(method, uri, fields);
    if (response.status >= 300) throw refusal(method, response.status);
    return response;
  }

  /** Ends the session politely; never throws. */
  async hangUp(uri: string, limitMs: number): Promise<void> {
    const authorization = this.#authorization.field('TEARDOWN', uri);
    await this.#connection.finish(
      'TEARDOWN',
      uri,
      [...this.#sessionField(), ...(authorization === undefined ? [] : [['Authorization', authorization] as const])],
      limitMs,
    );
  }

  #sessionField(): HeaderFields {
    return this.#session === undefined ? [] : [['Session', this.#session.id]];
  }
}

/** What an answer of 300 and above means. The camera's own words are left out: they may be anything. */
export function refusal(method: string, status: number): Problem {
  if (status < 400) return redirected('the camera sent us elsewhere');
  if (status === 403)
    return unauthorized('the camera forbids this user to watch', 'allow it in the settings of the camera');
  const detail = `the camera answered ${method} with ${status}`;
  return protocol(detail, { method, status }, hints[status]);
}

const hints: Readonly<Record<number, string>> = {
  404: 'check the path of the URL',
  453: 'the camera has no room for another viewer',
  461: 'switch RTSP over TCP on in the camera',
  503: 'the camera is busy or has no room for another viewer',
};

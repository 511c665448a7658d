/**
 * The only place that fetches. Every failure is an `ApiError`: `kind` says what the caller can do about it. Cookies
 * carry the session, so nothing here knows a credential longer than the request that sends it.
 */
import type {
  Camera,
  Cameras,
  LoginAnswer,
  OwnerKey,
  Recording,
  RecordingPage,
  RecordingQuery,
  Session,
  VaultState,
  VerifiedRecording,
} from './types.ts';

const timeoutMs = 20_000;

export class ApiError extends Error {
  /** `unreachable`: no answer came; `session`: nobody is signed in; `refused`: the server said why in `detail`. */
  readonly kind: 'unreachable' | 'session' | 'refused';
  readonly status: number;
  readonly code: string | null;
  readonly detail: string;
  /** Seconds after which a limited client may try again. */
  readonly retryAfterSeconds: number | null;

  constructor(
    kind: ApiError['kind'],
    answer: { status: number; code?: unknown; detail?: unknown; retryAfter?: number },
  ) {
    super(`${kind} ${answer.status}`);
    this.name = 'ApiError';
    this.kind = kind;
    this.status = answer.status;
    this.code = typeof answer.code === 'string' ? answer.code : null;
    this.detail = typeof answer.detail === 'string' ? answer.detail : '';
    this.retryAfterSeconds = answer.retryAfter ?? null;
  }
}

export interface ApiDeps {
  readonly fetch: typeof fetch;
  /** A request was answered 401 although it wasn't a log-in: the session has ended. */
  readonly onSessionEnded: () => void;
}

interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Other than the usual 20 s. */
  readonly timeoutMs?: number;
  readonly body?: object;
  /** A 401 says that what was typed is wrong, not that the session ended. */
  readonly isLogIn?: boolean;
  /** A 401 may mean the password that the body carries. */
  readonly asksPassword?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export class Api {
  readonly #deps: ApiDeps;
  #clockOffsetMs = 0;

  constructor(deps: ApiDeps) {
    this.#deps = deps;
  }

  /** The server's clock less ours in ms, good to about a second; 0 while they agree. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  session(): Promise<Session> {
    return this.#call('/api/session', { isLogIn: true });
  }

  logIn(username: string, password: string): Promise<LoginAnswer> {
    return this.#call('/auth/login', { method: 'POST', body: { username, password }, isLogIn: true });
  }

  /** The second step, after `access/second-factor`. */
  logInWithCode(otp: string): Promise<LoginAnswer> {
    return this.#call('/auth/login', { method: 'POST', body: { otp }, isLogIn: true });
  }

  askForPasskey(): Promise<object> {
    return this.#call('/auth/passkey', { method: 'POST', body: {}, isLogIn: true });
  }

  logInWithPasskey(passkey: object): Promise<LoginAnswer> {
    return this.#call('/auth/login', { method: 'POST', body: { passkey }, isLogIn: true });
  }

  logOut(): Promise<unknown> {
    return this.#call('/auth/logout', { method: 'POST', isLogIn: true });
  }

  /** Makes the first admin with the code of the printed link. */
  setUp(code: string, username: string, password: string): Promise<unknown> {
    return this.#call('/api/setup', { method: 'POST', body: { code, username, password }, isLogIn: true });
  }

  /** Once; this device may publish as that camera from then on. */
  redeemPublishLink(code: string): Promise<unknown> {
    return this.#call('/api/publish/redeem', { method: 'POST', body: { code }, isLogIn: true });
  }

  makeOwnerKey(choice: { mode: 'passphrase'; passphrase: string } | { mode: 'keyfile' }): Promise<OwnerKey> {
    return this.#call('/api/setup/key', { method: 'POST', body: choice });
  }

  vault(): Promise<VaultState> {
    return this.#call('/api/vault', {});
  }

  unlockVault(passphrase: string): Promise<unknown> {
    return this.#call('/api/vault/unlock', { method: 'POST', body: { passphrase } });
  }

  lockVault(): Promise<unknown> {
    return this.#call('/api/vault/lock', { method: 'POST' });
  }

  async cameras(): Promise<readonly Camera[]> {
    const answer = await this.#call<Cameras>('/api/cameras', {});
    return answer.cameras;
  }

  recordings(query: RecordingQuery, signal?: AbortSignal): Promise<RecordingPage> {
    const search = new URLSearchParams({
      limit: String(query.limit),
      sort_by: 'timestamp',
      sort_order: 'desc',
    });
    if (query.cursor !== null) search.set('cursor', query.cursor);
    if (query.zone !== null) search.set('zone', query.zone);
    if (query.camera !== null) search.set('stream_id', query.camera);
    if (query.objectType !== null) search.set('object_type', query.objectType);
    if (query.day !== null) {
      search.set('start_date', query.day);
      search.set('end_date', query.day);
    }
    if (query.minConfidence !== null) search.set('min_confidence', String(query.minConfidence));
    return this.#call(`/api/recordings?${search}`, { signal });
  }

  recording(id: number, signal?: AbortSignal): Promise<Recording> {
    return this.#call(`/api/recordings/${id}`, { signal });
  }

  /** Hashes the whole file: may take a while. */
  verifyRecording(id: number, signal?: AbortSignal): Promise<VerifiedRecording> {
    return this.#call(`/api/recordings/${id}/verify`, { signal, timeoutMs: 120_000 });
  }

  /** `favorite` is a legal hold: nothing deletes it. */
  annotate(id: number, change: { labels?: string[]; note?: string; favorite?: boolean }): Promise<Recording> {
    return this.#call(`/api/recordings/${id}`, { method: 'PATCH', body: change });
  }

  deleteRecording(id: number): Promise<unknown> {
    return this.#call(`/api/recordings/${id}`, { method: 'DELETE' });
  }

  /** For the pages that have their own addresses. */
  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.#call(path, { signal });
  }

  /** `asksPassword`: see `Call`. */
  send<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
    more: Pick<Call, 'asksPassword' | 'timeoutMs' | 'signal'> = {},
  ): Promise<T> {
    return this.#call(path, { method, ...(body === undefined ? {} : { body }), ...more });
  }

  async #call<T>(path: string, call: Call): Promise<T> {
    const limit = AbortSignal.timeout(call.timeoutMs ?? timeoutMs);
    const headers: Record<string, string> = { accept: 'application/json' };
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    const sentAt = Date.now();
    let response: Response;
    let answer: unknown;
    try {
      response = await this.#deps.fetch(path, {
        method: call.method ?? 'GET',
        headers,
        credentials: 'same-origin',
        cache: 'no-store',
        signal: call.signal === undefined ? limit : AbortSignal.any([limit, call.signal]),
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      });
      answer = await readJson(response);
    } catch (error) {
      if (call.signal?.aborted === true) throw error;
      throw new ApiError('unreachable', { status: 0 });
    }
    this.#readClock(response, sentAt);
    if (response.ok) return answer as T;
    throw this.#refusal(response, answer, call);
  }

  #refusal(response: Response, answer: unknown, call: Call): ApiError {
    const fields =
      typeof answer === 'object' && answer !== null ? (answer as { code?: unknown; detail?: unknown }) : {};
    const retryAfter = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
    const parts = {
      status: response.status,
      code: fields.code,
      detail: fields.detail,
      ...(Number.isFinite(retryAfter) ? { retryAfter } : {}),
    };
    // A wrong passphrase of the vault is answered 401 too, but with a code of the vault's own.
    // So is a wrong current password, where a change asks for it once more.
    const isSession =
      response.status === 401 && !String(fields.code ?? '').startsWith('vault/') && call.asksPassword !== true;
    if (isSession && call.isLogIn !== true) this.#deps.onSessionEnded();
    return new ApiError(isSession ? 'session' : 'refused', parts);
  }

  #readClock(response: Response, sentAt: number): void {
    const date = Date.parse(response.headers.get('date') ?? '');
    if (Number.isNaN(date)) return;
    const offset = date + 500 - (sentAt + Date.now()) / 2;
    // The header counts whole seconds: less than two is no difference that it can tell.
    this.#clockOffsetMs = Math.abs(offset) < 2000 ? 0 : offset;
  }
}

async function readJson(response: Response): Promise<unknown> {
  if (response.status === 204) return null;
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's error page, say. The status speaks for itself.
    return null;
  }
}

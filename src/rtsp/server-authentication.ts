/**
 * Who is on a connection. Challenges carry a nonce made for this very connection, so answers replayed on another one
 * are worth nothing; within it `nc` only rises. A connection that has proved itself once is believed until it ends.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { DigestAuthorization } from './digest.ts';
import { parseAuthorization, verifyDigest } from './digest.ts';
import type { HeaderFields, RtspRequest } from './message.ts';
import { sameResource } from './request-url.ts';
import type { RtspAttempt, RtspAuthenticate } from './server-hooks.ts';

export type Verdict<P> =
  | { readonly kind: 'known'; readonly principal: P }
  | { readonly kind: 'refused'; readonly status: 401 | 503; readonly fields: HeaderFields };

export interface AuthenticationOptions<P> {
  readonly realm: string;
  readonly authenticate: RtspAuthenticate<P>;
  readonly address: string;
  /** TLS or loopback: only there Basic counts. */
  readonly secure: boolean;
  readonly nonceMs: number;
  readonly clock: Clock;
}

interface Nonce {
  readonly value: string;
  readonly madeMs: number;
  highestCount: number;
}

const mostNonces = 4;

export class ConnectionAuthentication<P> {
  readonly #options: AuthenticationOptions<P>;
  readonly #nonces: Nonce[] = [];
  #known: { readonly principal: P } | undefined;
  #failures = 0;

  constructor(options: AuthenticationOptions<P>) {
    this.#options = options;
  }

  get isKnown(): boolean {
    return this.#known !== undefined;
  }

  /** Wrong credentials so far. */
  get failures(): number {
    return this.#failures;
  }

  /** @param path of the request, if it has one. Throws what the owner's `authenticate` throws. */
  async check(request: RtspRequest, path: string | undefined): Promise<Verdict<P>> {
    if (this.#known !== undefined) return { kind: 'known', ...this.#known };
    const { address, secure } = this.#options;
    const credentials = this.#credentials(request);
    if (credentials === 'none' || credentials === 'stale') return this.#challenge(credentials === 'stale');
    const { method, uri } = request;
    const outcome = await this.#options.authenticate({ method, uri, path, address, secure, ...credentials });
    if (outcome.ok) {
      this.#known = { principal: outcome.principal };
      this.#nonces.length = 0;
      return { kind: 'known', principal: outcome.principal };
    }
    this.#failures++;
    const challenge = this.#challenge(false);
    const { status = 401, retryAfterSeconds } = outcome;
    const retry: HeaderFields =
      retryAfterSeconds === undefined ? [] : [['Retry-After', String(Math.ceil(retryAfterSeconds))]];
    return { kind: 'refused', status, fields: status === 401 ? [...challenge.fields, ...retry] : retry };
  }

  /** What there is to be judged by the owner; the rest is no attempt. */
  #credentials(request: RtspRequest): Pick<RtspAttempt, 'username' | 'credentials'> | 'none' | 'stale' {
    const fields = request.headers.all('authorization');
    const authorization = fields.length === 1 ? parseAuthorization(fields[0]!) : undefined;
    if (authorization === undefined) return 'none';
    const { username } = authorization;
    if (authorization.kind === 'basic') {
      if (!this.#options.secure) return 'none';
      return { username, credentials: { kind: 'basic', password: authorization.password } };
    }
    const { realm, uri, algorithm } = authorization;
    if (realm !== this.#options.realm || !sameResource(uri, request.uri)) return 'none';
    const state = this.#useNonce(authorization);
    if (state !== 'fresh') return state;
    const verify: DigestProofVerify = (ha1) => verifyDigest(authorization, ha1, request.method);
    return { username, credentials: { kind: 'digest', algorithm, verify } };
  }

  #useNonce({ nonce, counted }: DigestAuthorization): 'fresh' | 'stale' | 'none' {
    const known = this.#nonces.find((candidate) => candidate.value === nonce);
    if (known === undefined) return 'none';
    if (this.#options.clock.monotonicMs() - known.madeMs > this.#options.nonceMs) return 'stale';
    if (counted === undefined) return 'fresh';
    const count = Number.parseInt(counted.nc, 16);
    if (count <= known.highestCount) return 'stale';
    known.highestCount = count;
    return 'fresh';
  }

  /**
   * SHA-256 first, MD5 last: ffmpeg takes the last challenge and knows MD5 only. Basic isn't offered, for whoever asks
   * gets it from clients that would have done better.
   */
  #challenge(stale: boolean): Extract<Verdict<P>, { kind: 'refused' }> {
    const value = randomBytes(24).toString('hex');
    this.#nonces.push({ value, madeMs: this.#options.clock.monotonicMs(), highestCount: 0 });
    if (this.#nonces.length > mostNonces) this.#nonces.shift();
    const fields = ['SHA-256', 'MD5'].map((algorithm) => {
      const parts = [
        `Digest realm="${this.#options.realm}"`,
        `nonce="${value}"`,
        `algorithm=${algorithm}`,
        'qop="auth"',
        ...(stale ? ['stale=true'] : []),
      ];
      return ['WWW-Authenticate', parts.join(', ')] as const;
    });
    return { kind: 'refused', status: 401, fields };
  }
}

type DigestProofVerify = Extract<RtspAttempt['credentials'], { kind: 'digest' }>['verify'];

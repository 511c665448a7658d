/** The few requests to S3 that a store needs, by path-style addresses, which every implementation takes. */
import { Problem } from '../../base/problem.ts';
import type { S3Credentials } from '../s3-credentials.ts';
import { signed, uriEncoded } from './signature.ts';

export interface S3Options {
  /** `https://s3.example` */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly credentials: S3Credentials;
  readonly clock: { now(): number };
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

const answerMs = 30_000;
/** A listing of a thousand names, a part of an upload that is read back. */
const maxAnswerBytes = 32 * 1024 * 1024;

export class S3Client {
  readonly #options: S3Options;

  constructor(options: S3Options) {
    this.#options = options;
  }

  /** Answers of 2xx, 404 and 412; @throws Problem storage/unavailable for everything else */
  async ask(
    method: 'GET' | 'PUT' | 'HEAD' | 'DELETE' | 'POST',
    key: string,
    more: {
      readonly query?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: Uint8Array;
    } = {},
  ): Promise<S3Answer> {
    const { endpoint, bucket, region, credentials, clock } = this.#options;
    const path = [bucket, ...key.split('/')].filter((part) => part !== '').map(uriEncoded);
    const url = new URL(`${endpoint.replace(/\/+$/, '')}/${path.join('/')}`);
    // Written as it is signed: URLSearchParams would write spaces in another way
    const query = Object.entries(more.query ?? {}).map(([name, value]) => `${uriEncoded(name)}=${uriEncoded(value)}`);
    url.search = query.toSorted().join('&');
    const body = more.body ?? new Uint8Array();
    const request = { method, url, headers: more.headers ?? {}, body };
    const headers = signed(request, credentials, { region, at: clock.now() });
    let answer: S3Answer;
    try {
      const response = await fetch(url, {
        ...{ method, headers, redirect: 'error', signal: AbortSignal.timeout(answerMs) },
        ...(method === 'PUT' || method === 'POST' ? { body: new Uint8Array(body) } : {}),
      });
      const pieces: Uint8Array[] = [];
      let length = 0;
      for await (const piece of response.body ?? []) {
        length += piece.length;
        if (length > maxAnswerBytes) throw new Error('the answer is too long');
        pieces.push(piece);
      }
      answer = { status: response.status, headers: response.headers, body: Buffer.concat(pieces) };
    } catch (cause) {
      throw unavailable('the S3 endpoint does not answer', { key, cause });
    }
    const { status } = answer;
    if ((status >= 200 && status < 300) || status === 404 || status === 412) return answer;
    const code = textsOf(answer.body.toString('utf8'), 'Code')[0] ?? String(status);
    const refused = status === 401 || status === 403;
    throw unavailable(refused ? `the S3 endpoint refuses the credentials (${code})` : `the S3 endpoint says ${code}`, {
      key,
      cause: undefined,
    });
  }
}

/** What stands in the elements of this name; S3's documents are flat enough for that. */
export function textsOf(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, text]) =>
    text!.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name]!),
  );
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

export function unavailable(
  detail: string,
  { key, cause }: { readonly key: string; readonly cause: unknown },
): Problem {
  return new Problem('storage/unavailable', detail, { status: 503, safe: { key }, cause });
}

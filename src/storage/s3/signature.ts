/** AWS Signature Version 4 in the header, for S3: what every S3 endpoint asks of a request ("Signing and authenticating REST requests"). */
import { createHash, createHmac } from 'node:crypto';
import type { S3Credentials } from '../s3-credentials.ts';

export interface UnsignedRequest {
  readonly method: string;
  /** Path and query are those that are sent. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The headers to send, `host` left to the client. `at`: UTC ms; endpoints take a quarter of an hour of difference. */
export function signed(
  { method, url, headers, body }: UnsignedRequest,
  { accessKeyId, secretAccessKey }: S3Credentials,
  { region, at }: { readonly region: string; readonly at: number },
): Record<string, string> {
  const time = new Date(at).toISOString().replace(/[:-]|\.\d{3}/g, '');
  const date = time.slice(0, 8);
  const bodyHash = createHash('sha256').update(body).digest('hex');
  const all: Record<string, string> = { ...headers, 'x-amz-content-sha256': bodyHash, 'x-amz-date': time };
  const withHost = Object.entries({ ...all, host: url.host }).map(([name, value]) => [
    name.toLowerCase(),
    value.trim(),
  ]);
  const ordered = withHost.toSorted(([a], [b]) => (a! < b! ? -1 : 1));
  const names = ordered.map(([name]) => name).join(';');
  const canonical = [
    ...[method, url.pathname, canonicalQuery(url)],
    ...ordered.map(([name, value]) => `${name}:${value}`),
    ...['', names, bodyHash],
  ].join('\n');
  const scope = `${date}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = [date, region, 's3', 'aws4_request'].reduce<Buffer | string>(
    (last, part) => createHmac('sha256', last).update(part).digest(),
    `AWS4${secretAccessKey.reveal()}`,
  );
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...all, authorization };
}

/** In order of names, everything but the unreserved characters in percent signs (RFC 3986 §2.3). */
function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .map(([name, value]) => `${uriEncoded(name)}=${uriEncoded(value)}`)
    .toSorted()
    .join('&');
}

export function uriEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

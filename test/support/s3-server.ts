/**
 * A stand-in for S3: a bucket in memory, with multipart uploads, ranges and listings in pages, that checks the signature of each
 * request as the specification has it (written apart from what it tests).
 */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const s3Account = {
  id: 'AKIATEST',
  secret: 'a/secret+of=the-test',
  region: 'test-1',
  bucket: 'evidence',
} as const;

export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  /** Requests that were refused, and why. */
  readonly refused: string[];
  /** While set, every answer is this status. */
  failing: number | undefined;
}

export async function startS3(options: { readonly pageSize?: number } = {}): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Map<number, Buffer>>();
  const refused: string[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    if (self.failing !== undefined) return void response.writeHead(self.failing).end();
    const wrong = faultOf(request, body);
    if (wrong !== undefined) {
      refused.push(wrong);
      return void response.writeHead(403).end(`<Error><Code>SignatureDoesNotMatch</Code></Error>`);
    }
    answer(request, body, response);
  });

  function answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const url = new URL(request.url!, 'http://x');
    const [, bucket, ...rest] = decodeURIComponent(url.pathname).split('/');
    const key = rest.join('/');
    const query = url.searchParams;
    if (bucket !== s3Account.bucket)
      return void response.writeHead(404).end('<Error><Code>NoSuchBucket</Code></Error>');
    if (key === '') return void response.end(listing(query));
    const uploadId = query.get('uploadId');
    if (request.method === 'POST' && query.has('uploads')) {
      const id = randomUUID();
      uploads.set(id, new Map());
      return void response.end(`<R><UploadId>${id}</UploadId></R>`);
    }
    if (uploadId !== null) {
      const parts = uploads.get(uploadId);
      if (parts === undefined) return void response.writeHead(404).end();
      if (request.method === 'PUT') {
        parts.set(Number(query.get('partNumber')), body);
        return void response.setHeader('etag', `"${createHash('md5').update(body).digest('hex')}"`).end();
      }
      uploads.delete(uploadId);
      if (request.method === 'DELETE') return void response.writeHead(204).end();
      const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, n]) => Number(n));
      const all = numbers.map((n) => parts.get(n)!);
      if (all.slice(0, -1).some((part) => part.length < 5 * 1024 * 1024))
        return void response.end('<Error><Code>EntityTooSmall</Code></Error>');
      objects.set(key, Buffer.concat(all));
      return void response.end('<R/>');
    }
    const found = objects.get(key);
    switch (request.method) {
      case 'PUT':
        if (request.headers['if-none-match'] === '*' && found !== undefined) return void response.writeHead(412).end();
        objects.set(key, body);
        return void response.end();
      case 'DELETE':
        objects.delete(key);
        return void response.writeHead(204).end();
      default: {
        if (found === undefined) return void response.writeHead(404).end();
        const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
        const bytes = range === null ? found : found.subarray(Number(range[1]), Number(range[2]) + 1);
        response.writeHead(range === null ? 200 : 206, {
          'content-length': bytes.length,
          'last-modified': new Date(0).toUTCString(),
        });
        return void response.end(request.method === 'HEAD' ? undefined : bytes);
      }
    }
  }

  function listing(query: URLSearchParams): string {
    const after = query.get('continuation-token') ?? '';
    const names = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).toSorted();
    const left = names.filter((key) => key > after);
    const page = left.slice(0, options.pageSize ?? 1000);
    const more = left.length > page.length;
    const time = new Date(0).toISOString();
    const entries = page.map((key) => {
      const size = objects.get(key)!.length;
      return `<Contents><Key>${key}</Key><LastModified>${time}</LastModified><Size>${size}</Size></Contents>`;
    });
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    return `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${entries.join('')}</ListBucketResult>`;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const self: S3Server = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ objects, refused, failing: undefined },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return self;
}

/** What is wrong with the signature; undefined where it is right. */
function faultOf(request: IncomingMessage, body: Buffer): string | undefined {
  const { headers, method, url } = request;
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const match = pattern.exec(headers.authorization ?? '');
  if (match === null) return 'no authorization';
  const [, id, date, region, names, signature] = match as unknown as string[];
  if (id !== s3Account.id || region !== s3Account.region) return 'another account or region';
  const time = String(headers['x-amz-date']);
  if (!time.startsWith(date!)) return 'another day';
  const hash = createHash('sha256').update(body).digest('hex');
  if (headers['x-amz-content-sha256'] !== hash) return 'another body';
  for (const needed of ['host', 'x-amz-date', 'x-amz-content-sha256'])
    if (!names!.split(';').includes(needed)) return `${needed} is not signed`;
  const [path, query = ''] = url!.split('?') as [string, string?];
  const canonical = `${method}\n${path}\n${query.split('&').toSorted().join('&')}\n${names!
    .split(';')
    .map((name) => `${name}:${String(headers[name]).trim()}\n`)
    .join('')}\n${names}\n${hash}`;
  let key: Buffer | string = `AWS4${s3Account.secret}`;
  for (const part of [date!, region!, 's3', 'aws4_request']) key = createHmac('sha256', key).update(part).digest();
  const scope = `${date}/${region}/s3/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
  return createHmac('sha256', key).update(text).digest('hex') === signature ? undefined : 'another signature';
}

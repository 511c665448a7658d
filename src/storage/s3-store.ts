/**
 * Objects in a bucket of S3. Nothing can be appended to there, so an object that grows is numbered pieces beside its tail; when it
 * is finished it becomes one whole object and the pieces go. Readers take both forms, and where both are there (somebody was
 * cut off in between) the whole one, which is written last, counts.
 */
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/problem.ts';
import { parseObjectName, tailNameOf } from './object-name.ts';
import type { CopyStore, ListedObject, ObjectFacts, OpenObject, StoredObject } from './object-store.ts';
import { storageProblem } from './problems.ts';
import { S3Client, textsOf, unavailable } from './s3/client.ts';
import type { S3Credentials } from './s3-credentials.ts';

export interface S3StoreOptions {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  /** Put before every name; with a slash at its end where it is to be a folder. */
  readonly prefix: string;
  readonly credentials: S3Credentials;
  readonly clock: Clock;
}

/** S3 takes parts of 5 MiB and more, but for the last, and 10,000 of them: objects up to 80 GB. */
const partBytes = 8 * 1024 * 1024;
const pieceMark = /\.piece-(\d{8})$/;

/** @throws Problem storage/unavailable where the bucket can't be listed with these credentials */
export async function openS3Store(options: S3StoreOptions): Promise<S3Store> {
  const store = new S3Store(options);
  await store.probe();
  return store;
}

export class S3Store implements CopyStore {
  readonly #client: S3Client;
  readonly #prefix: string;

  /** Use `openS3Store`. */
  constructor({ prefix, ...options }: S3StoreOptions) {
    this.#client = new S3Client(options);
    this.#prefix = prefix;
  }

  async probe(): Promise<void> {
    const { status } = await this.#client.ask('GET', '', { query: { 'list-type': '2', 'max-keys': '1' } });
    if (status !== 200) throw unavailable('there is no such bucket', { key: '', cause: undefined });
  }

  async create(name: string): Promise<OpenObject> {
    if ((await this.stat(name)) !== undefined) throw storageProblem({ code: 'EEXIST' }, name);
    return new S3Object(name, this);
  }

  async grow(name: string): Promise<OpenObject> {
    const pieces = await this.#pieces(name);
    return new S3Object(name, this, { pieces: pieces.length, sizeBytes: sum(pieces) });
  }

  async open(name: string): Promise<StoredObject> {
    const whole = await this.#head(name);
    const pieces = whole === undefined ? await this.#pieces(name) : [{ key: name, ...whole }];
    if (pieces.length === 0) throw storageProblem({ code: 'ENOENT' }, name);
    return new S3Reader(pieces, (key, offset, length) => this.#range(key, offset, length));
  }

  async put(name: string, bytes: Uint8Array, options: { readonly exclusive?: boolean } = {}): Promise<void> {
    parseObjectName(name);
    const headers = options.exclusive === true ? { 'if-none-match': '*' } : {};
    const { status } = await this.#client.ask('PUT', this.#prefix + name, { body: bytes, headers });
    if (status === 412) throw storageProblem({ code: 'EEXIST' }, name);
    if (status === 404) throw unavailable('there is no such bucket', { key: name, cause: undefined });
  }

  async putAll(objects: Iterable<readonly [name: string, bytes: Uint8Array]>): Promise<void> {
    for (const [name, bytes] of objects) await this.put(name, bytes);
  }

  /** A whole object of any size, from what `source` has; what was there of it in pieces goes. */
  async upload(name: string, source: StoredObject): Promise<void> {
    if (source.sizeBytes <= partBytes) await this.put(name, await readAt(source, 0, source.sizeBytes));
    else await this.#multipart(name, source);
    await this.#removePieces(name);
  }

  async remove(name: string): Promise<void> {
    parseObjectName(name);
    await this.#client.ask('DELETE', this.#prefix + name);
    if (name.endsWith('.mp4.age')) await this.#removePieces(name);
  }

  async stat(name: string): Promise<ObjectFacts | undefined> {
    const whole = await this.#head(name);
    if (whole !== undefined) return whole;
    const pieces = await this.#pieces(name);
    if (pieces.length === 0) return undefined;
    const modifiedAt = Math.max(...pieces.map((piece) => piece.modifiedAt));
    return { sizeBytes: sum(pieces), modifiedAt, inPieces: true };
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    let last: (ListedObject & { readonly isWhole: boolean }) | undefined;
    for await (const { key, ...facts } of this.#keys(prefix)) {
      const name = key.replace(pieceMark, '');
      // Pieces come right behind each other, and behind the whole object where that is there
      if (last?.name === name) {
        if (name !== key && !last.isWhole) last = { ...last, ...joined(last, facts) };
        continue;
      }
      if (last !== undefined) yield { name: last.name, sizeBytes: last.sizeBytes, modifiedAt: last.modifiedAt };
      last = { name, ...facts, isWhole: name === key };
    }
    if (last !== undefined) yield { name: last.name, sizeBytes: last.sizeBytes, modifiedAt: last.modifiedAt };
  }

  /** A bucket has no end that we could know. */
  async freeBytes(): Promise<number> {
    return Number.MAX_SAFE_INTEGER;
  }

  async putPiece(name: string, index: number, bytes: Uint8Array): Promise<void> {
    await this.put(`${name}.piece-${String(index).padStart(8, '0')}`, bytes);
  }

  async #head(name: string): Promise<ObjectFacts | undefined> {
    parseObjectName(name);
    const { status, headers } = await this.#client.ask('HEAD', this.#prefix + name);
    if (status === 404) return undefined;
    return {
      sizeBytes: Number(headers.get('content-length') ?? 0),
      modifiedAt: Date.parse(headers.get('last-modified') ?? '') || 0,
    };
  }

  async #pieces(name: string): Promise<Piece[]> {
    return await Array.fromAsync(this.#keys(`${name}.piece-`));
  }

  async #removePieces(name: string): Promise<void> {
    for (const { key } of await this.#pieces(name)) await this.#client.ask('DELETE', this.#prefix + key);
  }

  async #range(key: string, offset: number, length: number): Promise<Buffer> {
    const headers = { range: `bytes=${offset}-${offset + length - 1}` };
    const { status, body } = await this.#client.ask('GET', this.#prefix + key, { headers });
    if (status === 404) throw storageProblem({ code: 'ENOENT' }, key);
    return status === 206 ? body : body.subarray(offset, offset + length);
  }

  /** Names below `prefix`, ours taken off, in order. */
  async *#keys(prefix: string): AsyncGenerator<Piece> {
    let token: string | undefined;
    do {
      const more = token === undefined ? {} : { 'continuation-token': token };
      const query = { 'list-type': '2', prefix: this.#prefix + prefix, ...more };
      const xml = (await this.#client.ask('GET', '', { query })).body.toString('utf8');
      for (const [entry] of xml.matchAll(/<Contents>[\s\S]*?<\/Contents>/g)) {
        const [key, size, modified] = ['Key', 'Size', 'LastModified'].map((name) => textsOf(entry, name)[0] ?? '');
        yield { key: key!.slice(this.#prefix.length), sizeBytes: Number(size), modifiedAt: Date.parse(modified!) || 0 };
      }
      token = textsOf(xml, 'IsTruncated')[0] === 'true' ? textsOf(xml, 'NextContinuationToken')[0] : undefined;
    } while (token !== undefined);
  }

  async #multipart(name: string, source: StoredObject): Promise<void> {
    const key = this.#prefix + name;
    const begun = await this.#client.ask('POST', key, { query: { uploads: '' } });
    const uploadId = textsOf(begun.body.toString('utf8'), 'UploadId')[0];
    if (uploadId === undefined) throw unavailable('the S3 endpoint begins no upload', { key, cause: undefined });
    try {
      const tags: string[] = [];
      for (let offset = 0; offset < source.sizeBytes; offset += partBytes) {
        const body = await readAt(source, offset, Math.min(partBytes, source.sizeBytes - offset));
        const query = { partNumber: String(tags.length + 1), uploadId };
        const { headers } = await this.#client.ask('PUT', key, { query, body });
        tags.push(headers.get('etag') ?? '');
      }
      const parts = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
      const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
      const done = await this.#client.ask('POST', key, { query: { uploadId }, body });
      // Completing answers 200 before it is done, and says in the body whether it was
      if (/<Error>/.test(done.body.toString('utf8')))
        throw unavailable('the S3 endpoint did not complete an upload', { key, cause: undefined });
    } catch (error) {
      await this.#client.ask('DELETE', key, { query: { uploadId } }).catch(() => {});
      throw error;
    }
  }
}

interface Piece extends ObjectFacts {
  readonly key: string;
}

function sum(pieces: readonly ObjectFacts[]): number {
  return pieces.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}

function joined(a: ObjectFacts, b: ObjectFacts): ObjectFacts {
  return { sizeBytes: a.sizeBytes + b.sizeBytes, modifiedAt: Math.max(a.modifiedAt, b.modifiedAt) };
}

async function readAt(source: StoredObject, offset: number, length: number): Promise<Buffer> {
  const target = Buffer.alloc(length);
  const bytes = await source.read(offset, target);
  if (bytes === length) return target;
  throw new Problem('storage/unavailable', 'an object is shorter than it was', { status: 503 });
}

class S3Object implements OpenObject {
  readonly name: string;
  readonly #store: S3Store;
  #sizeBytes = 0;
  #pieces = 0;
  #closed = false;

  constructor(name: string, store: S3Store, there = { pieces: 0, sizeBytes: 0 }) {
    this.name = name;
    this.#store = store;
    this.#pieces = there.pieces;
    this.#sizeBytes = there.sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
    this.#check();
    const piece = bytes instanceof Uint8Array ? bytes : Buffer.concat(bytes);
    if (piece.length === 0) return;
    // Counted when it is there: after an error the same number is written again
    await this.#store.putPiece(this.name, this.#pieces, piece);
    this.#pieces++;
    this.#sizeBytes += piece.length;
  }

  async replaceTail(bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
    this.#check();
    await this.#store.put(tailNameOf(this.name), bytes instanceof Uint8Array ? bytes : Buffer.concat(bytes));
  }

  async finish(from?: StoredObject): Promise<void> {
    this.#check();
    this.#closed = true;
    if (from !== undefined) await this.#store.upload(this.name, from);
    else if (this.#pieces === 0) await this.#store.put(this.name, new Uint8Array());
    else {
      await using pieces = await this.#store.open(this.name);
      await this.#store.upload(this.name, pieces);
    }
    await this.#store.remove(tailNameOf(this.name));
  }

  async abandon(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#store.remove(this.name);
    await this.#store.remove(tailNameOf(this.name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }

  #check(): void {
    if (this.#closed) throw new Problem('storage/unavailable', 'this object is closed', { safe: { name: this.name } });
  }
}

class S3Reader implements StoredObject {
  readonly sizeBytes: number;
  readonly #pieces: readonly Piece[];
  readonly #range: (key: string, offset: number, length: number) => Promise<Buffer>;

  constructor(pieces: readonly Piece[], range: (key: string, offset: number, length: number) => Promise<Buffer>) {
    this.#pieces = pieces;
    this.sizeBytes = sum(pieces);
    this.#range = range;
  }

  async read(offset: number, target: Uint8Array): Promise<number> {
    let done = 0;
    let start = 0;
    for (const { key, sizeBytes } of this.#pieces) {
      const from = offset + done - start;
      if (done < target.length && from >= 0 && from < sizeBytes) {
        const bytes = await this.#range(key, from, Math.min(sizeBytes - from, target.length - done));
        target.set(bytes, done);
        done += bytes.length;
      }
      start += sizeBytes;
    }
    return done;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

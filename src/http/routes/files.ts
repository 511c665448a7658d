/**
 * `/recordings/…`: clips and thumbnails, decrypted on the way. The path is looked up in the catalogue and never becomes
 * a path of the file system; what has not the form of one was refused by the gate.
 */
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { Problem } from '../../base/problem.ts';
import { notFound } from '../guard.ts';
import type { Parts, RecordedFile } from '../parts.ts';
import { PlaybackLog } from '../playback-log.ts';
import { noneMatch, parseRange } from '../range.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';

const FileQuery = Type.Object({ download: Type.Optional(Type.Literal('1')) }, { additionalProperties: false });

export function fileRoutes(
  { recordings, audit }: Pick<Parts, 'recordings' | 'audit'>,
  deps: { readonly clock: { monotonicMs(): number } },
): Route[] {
  const playback = new PlaybackLog(audit, deps.clock);
  return [
    route({
      method: 'GET',
      url: '/recordings/*',
      summary: 'The video or thumbnail at this path, with ranges',
      access: { action: 'recording.view' },
      schema: { query: FileQuery },
      handler: async (call) => {
        const { cameras, principal, visit, reply, request, query } = call;
        const path = (request.params as { readonly '*': string })['*'];
        const file = await recordings.file(path, cameras);
        if (file === undefined) throw notFound();
        reply.header('accept-ranges', 'bytes');
        if (noneMatch(request.headers['if-none-match'], file.etag)) {
          return reply.header('etag', file.etag).code(304).send();
        }
        const ifRange = request.headers['if-range'];
        const mayBePart = request.method === 'GET' && (ifRange === undefined || ifRange === file.etag);
        const range = parseRange(mayBePart ? request.headers.range : undefined, file.sizeBytes);
        if (range.kind === 'unsatisfiable') {
          reply.header('content-range', `bytes */${file.sizeBytes}`);
          throw new Problem('http/range', 'the range lies outside the file', { status: 416 });
        }
        const [start, end] = range.kind === 'part' ? [range.start, range.end] : [0, file.sizeBytes];
        // Opened before a word is said about it: a refusal must not carry the headers of the file.
        const bytes = request.method === 'HEAD' ? undefined : await body(file, start, end, call.signal);
        try {
          if (bytes !== undefined) await playback.note(principal, visit.address, file);
        } catch (error) {
          bytes?.destroy();
          throw error;
        }
        if (range.kind === 'part') {
          reply.code(206);
          reply.header('content-range', `bytes ${start}-${end - 1}/${file.sizeBytes}`);
        }
        const kind = query.download === undefined ? 'inline' : 'attachment';
        reply.header('etag', file.etag);
        reply.header('content-type', file.contentType);
        reply.header('content-length', end - start);
        reply.header('content-disposition', `${kind}; filename="${safeName(path)}"`);
        return reply.send(bytes);
      },
    }),
  ];
}

/**
 * The bytes as a stream. The first piece is awaited here, while a locked vault or a damaged file can still be answered
 * with a status; later a fault can only cut the connection short of its announced length.
 */
async function body(file: RecordedFile, start: number, end: number, signal: AbortSignal): Promise<Readable> {
  const pieces = file.read(start, end)[Symbol.asyncIterator]();
  const first = await pieces.next();
  async function* exactly(): AsyncGenerator<Uint8Array> {
    try {
      let left = end - start;
      for (let piece = first; piece.done !== true && !signal.aborted; piece = await pieces.next()) {
        left -= piece.value.length;
        if (left < 0) throw new Error('a recording gave more bytes than it has');
        yield piece.value;
      }
      if (left > 0 && !signal.aborted) throw new Error('a recording ended early');
    } finally {
      await pieces.return?.();
    }
  }
  const stream = Readable.from(exactly(), { objectMode: false, highWaterMark: 256 * 1024 });
  // A client that goes before the first byte was asked for would leave the generator unstarted and the file open.
  stream.once('close', () => void Promise.resolve(pieces.return?.()).catch(() => {}));
  return stream;
}

/** `front-door/2026/11/24/101500-42.mp4` becomes `front-door-2026-11-24-101500-42.mp4`. The gate knows the alphabet. */
function safeName(path: string): string {
  return path
    .replaceAll('/', '-')
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(-120);
}

/**
 * Recordings as ciphertext, and the wrapped keys of their days: the browser opens them with the owner's identity where
 * the server holds none. What is asked for by ranges comes by ranges, so that a seek needs no whole file.
 */
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import type { RecordingId } from '../../base/ids.ts';
import { Problem } from '../../base/problem.ts';
import { notFound } from '../guard.ts';
import type { Parts } from '../parts.ts';
import { noneMatch, parseRange } from '../range.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { RecordingParameters } from '../schemas/recordings.ts';

const SealedQuery = Type.Object(
  { part: Type.Optional(Type.Union([Type.Literal('clip'), Type.Literal('tail'), Type.Literal('thumbnail')])) },
  { additionalProperties: false },
);

export function sealedRoutes({ sealed, audit }: Pick<Parts, 'sealed' | 'audit'>): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/recordings/:id/sealed',
      summary: 'The age file of a recording, with ranges: its clip, its thumbnail, or the tail of an unfinished clip',
      access: { action: 'recording.view' },
      schema: { params: RecordingParameters, query: SealedQuery },
      handler: async ({ params, query, cameras, request, reply, signal }) => {
        const file = await sealed.open(Number(params.id) as RecordingId, query.part ?? 'clip', cameras);
        if (file === undefined) throw notFound();
        reply.header('accept-ranges', 'bytes').header('etag', file.etag);
        if (noneMatch(request.headers['if-none-match'], file.etag)) return reply.code(304).send();
        const ifRange = request.headers['if-range'];
        const mayBePart = request.method === 'GET' && (ifRange === undefined || ifRange === file.etag);
        const range = parseRange(mayBePart ? request.headers.range : undefined, file.sizeBytes);
        if (range.kind === 'unsatisfiable') {
          reply.header('content-range', `bytes */${file.sizeBytes}`);
          throw new Problem('http/range', 'the range lies outside the file', { status: 416 });
        }
        const [start, end] = range.kind === 'part' ? [range.start, range.end] : [0, file.sizeBytes];
        if (range.kind === 'part') {
          reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${file.sizeBytes}`);
        }
        reply.header('content-type', 'application/octet-stream').header('content-length', end - start);
        if (request.method === 'HEAD') return reply.send();
        return reply.send(Readable.from(file.read(start, end), { objectMode: false, signal }));
      },
    }),
    route({
      method: 'GET',
      url: '/api/recordings/:id/key',
      summary: 'The wrapped key of a recording’s day, an age file for the owner and for escrow',
      access: { action: 'recording.view' },
      schema: { params: RecordingParameters },
      handler: async ({ params, cameras, principal, visit, reply }) => {
        const id = Number(params.id) as RecordingId;
        const key = await sealed.key(id, cameras);
        if (key === undefined) throw notFound();
        // Without it the ciphertext says nothing: this is the moment that somebody sees the recording
        await audit.append({
          kind: 'recording.key-given',
          who: principal.username,
          from: visit.address,
          detail: { recording: id },
        });
        reply.header('content-type', 'application/octet-stream');
        return reply.send(Buffer.from(key));
      },
    }),
  ];
}

/** `/api/recordings/{id}/export`: a recording to hand on, with what proves it. POST encrypts it for somebody. */
import { Readable } from 'node:stream';
import type { RecordingId } from '../../base/ids.ts';
import { notFound } from '../guard.ts';
import type { Parts } from '../parts.ts';
import type { Call, Route } from '../route.ts';
import { route } from '../route.ts';
import { ExportRequest, RecordingParameters } from '../schemas/recordings.ts';

export function exportRoutes({ recordings }: Pick<Parts, 'recordings'>): Route[] {
  const send = async (
    { cameras, visit, signal, reply, request }: Call,
    { id, who, recipient }: { readonly id: string; readonly who: string; readonly recipient?: string },
  ): Promise<unknown> => {
    // To ask whether there is one takes nothing out of the house, and isn't written down as if it had.
    if (request.method === 'HEAD') {
      if ((await recordings.find(Number(id) as RecordingId, cameras)) === undefined) throw notFound();
      return reply.header('content-type', 'application/zip').send();
    }
    const by = { who, from: visit.address };
    const wish = { id: Number(id) as RecordingId, scope: cameras, by };
    const found = await recordings.export({ ...wish, ...(recipient === undefined ? {} : { recipient }) }, signal);
    if (found === undefined) throw notFound();
    const body = Readable.from(found.bytes(), { objectMode: false, highWaterMark: 256 * 1024 });
    signal.addEventListener('abort', () => body.destroy(), { once: true });
    reply.header('content-type', 'application/zip');
    reply.header('cache-control', 'no-store');
    reply.header('content-disposition', `attachment; filename="${found.fileName}"`);
    return reply.send(body);
  };
  return [
    route({
      method: 'GET',
      url: '/api/recordings/:id/export',
      summary: 'The clip in the clear with what proves that it is what was recorded, as a zip',
      access: { action: 'recording.view' },
      schema: { params: RecordingParameters },
      handler: (call) => send(call, { id: call.params.id, who: call.principal.username }),
    }),
    route({
      method: 'POST',
      url: '/api/recordings/:id/export',
      summary: 'The same, the clip encrypted for an age recipient',
      access: { action: 'recording.view' },
      schema: { params: RecordingParameters, body: ExportRequest },
      handler: (call) =>
        send(call, { id: call.params.id, who: call.principal.username, recipient: call.body.recipient }),
    }),
  ];
}

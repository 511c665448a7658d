/** Deletions that wait: to see, stop, or agree to. */
import { isoTime } from '../dates.ts';
import type { Parts } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { Done } from '../schemas/common.ts';
import { DeletionParameters, PendingDeletions } from '../schemas/deletions.ts';

export function deletionRoutes({ deletions }: Pick<Parts, 'deletions'>): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/deletions',
      summary: 'Deletions that wait for their time or for a second admin',
      access: { action: 'recording.delete' },
      schema: { answer: PendingDeletions },
      handler: async (): Promise<PendingDeletions> => ({
        deletions: (await deletions.list()).map(({ id, subject, by, askedAt, dueAt, confirmable }) => ({
          id,
          ...(subject.kind === 'day'
            ? { date: subject.date }
            : { recording: subject.recording, stream_id: subject.camera }),
          ...{ asked_by: by, asked_at: isoTime(askedAt), due_at: dueAt === null ? null : isoTime(dueAt), confirmable },
        })),
      }),
    }),
    route({
      method: 'POST',
      url: '/api/deletions/:id/confirm',
      summary: 'Agree to a deletion that somebody else asked for: it is done now',
      access: { action: 'recording.delete' },
      schema: { params: DeletionParameters, answer: Done },
      handler: async ({ params, principal, visit }) => {
        await deletions.confirm(Number(params.id), { who: principal.username, from: visit.address });
        return { success: true, message: 'it was deleted' };
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/deletions/:id',
      summary: 'Stop a deletion that waits',
      access: { action: 'recording.delete' },
      schema: { params: DeletionParameters, answer: Done },
      handler: async ({ params, principal, visit }) => {
        await deletions.cancel(Number(params.id), { who: principal.username, from: visit.address });
        return { success: true, message: 'nothing will be deleted' };
      },
    }),
  ];
}

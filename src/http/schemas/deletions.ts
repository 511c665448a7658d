/** Deletions that wait for their time or for a second admin. */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { Timestamp } from './common.ts';

export const DeletionParameters = Type.Object({
  id: Type.String({ pattern: '^[1-9][0-9]{0,14}$' }),
});

export const PendingDeletions = Type.Object({
  deletions: Type.Array(
    Type.Object({
      id: Type.Integer(),
      recording: Type.Optional(Type.Integer()),
      stream_id: Type.Optional(Type.String()),
      date: Type.Optional(Type.String({ description: 'the day (UTC) whose keys are to be shredded' })),
      asked_by: Type.Union([Type.String(), Type.Null()], { description: 'null: a command on the machine' }),
      asked_at: Timestamp,
      due_at: Type.Union([Timestamp, Type.Null()], { description: 'when it is done by itself; null: never' }),
      confirmable: Type.Boolean({ description: 'another admin may have it done at once' }),
    }),
    { description: 'oldest first' },
  ),
});
export type PendingDeletions = Static<typeof PendingDeletions>;

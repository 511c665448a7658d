/** Space: what is used, how long it lasts, what goes next. */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import { Timestamp } from './common.ts';

const bytes = (description: string) => Type.Integer({ description });
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

export const Storage = Type.Object({
  used_bytes: bytes('of all recordings, as they lie on the disk'),
  max_bytes: bytes('recording.max_storage_gb'),
  disk_free_bytes: bytes('of the disk that they are on'),
  keep_free_bytes: bytes('what is kept free on it'),
  bytes_per_day: nullable(Type.Integer(), 'mean of the last seven days; null where nothing was recorded in them'),
  full_at: nullable(Timestamp, 'when the oldest will begin to go for want of space, at this rate; null: never'),
  reach_days: nullable(Type.Number(), 'how far back recordings will then reach; null where it is not known'),
  cameras: Type.Array(
    Type.Object({
      stream_id: Type.String(),
      recordings: Type.Integer(),
      used_bytes: bytes('of this camera'),
      bytes_per_day: nullable(Type.Integer(), 'mean of the last seven days'),
      oldest: nullable(Timestamp, 'start of the oldest recording'),
      max_bytes: nullable(Type.Integer(), 'recording.retention.max_gb'),
      max_days: nullable(Type.Number(), 'recording.retention.days'),
    }),
  ),
  mirror: Type.Optional(
    Type.Object(
      {
        state: Type.Enum(['current', 'behind', 'failing']),
        waiting: Type.Integer({ description: 'objects that the copy lacks' }),
        lag_seconds: Type.Number({ description: 'since the oldest of them changed' }),
        problem: Type.Optional(Type.String()),
      },
      { description: 'the second copy, where `mirror` asks for one' },
    ),
  ),
  next_deletions: Type.Array(
    Type.Object({
      id: Type.Integer(),
      stream_id: Type.String(),
      timestamp: Timestamp,
      bytes: Type.Integer(),
      reason: Type.String({ description: 'age, space of the camera, space of all, or free space' }),
      expected_at: Timestamp,
    }),
    { description: 'what goes next, the first first; never what is held' },
  ),
});
export type Storage = Static<typeof Storage>;

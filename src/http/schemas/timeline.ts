/** A day as a timeline shows it. */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import { CameraParameter, Timestamp } from './common.ts';

export const TimelineQuery = Type.Object(
  {
    day: Type.String({
      pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
      description: 'YYYY-MM-DD, a day of the configured timezone',
    }),
    stream_id: Type.Optional(CameraParameter),
  },
  { additionalProperties: false },
);

const span = {
  start: Timestamp,
  end: Type.Union([Timestamp, Type.Null()], { description: 'null while it goes on' }),
};

export const TimelineCamera = Type.Object({
  stream_id: Type.String(),
  stream_name: Type.String(),
  recordings: Type.Array(
    Type.Object({
      id: Type.Integer(),
      ...span,
      reason: Type.String({ description: 'event, continuous or manual' }),
      state: Type.String({ description: 'finished, torn, or open while it is made' }),
    }),
    { description: 'what is there to be played, in order of time; may begin before the day' },
  ),
  coverage: Type.Array(Type.Object(span), {
    description: 'the same as spans without a gap between them, within the day',
  }),
  events: Type.Array(
    Type.Object({
      id: Type.Integer(),
      ...span,
      confidence: Type.Number(),
      object_counts: Type.Record(Type.String(), Type.Integer()),
    }),
  ),
  losses: Type.Array(
    Type.Object({
      ...span,
      reason: Type.String({ description: 'silent, network, disk, stopped, crash or privacy' }),
    }),
    { description: 'when it should have been recorded and was not' },
  ),
});
export type TimelineCamera = Static<typeof TimelineCamera>;

export const Timeline = Type.Object({
  day: Type.String(),
  timezone: Type.String(),
  start: Timestamp,
  end: Timestamp,
  truncated: Type.Boolean({ description: 'true where the day has more than is listed: ask for one camera' }),
  cameras: Type.Array(TimelineCamera),
});
export type Timeline = Static<typeof Timeline>;

/** What `/api/events/stream` sends: server-sent events, each with a JSON object as its data. */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import { StreamState } from './cameras.ts';

/** `event: event` */
export const EventHappening = Type.Object({
  stream_id: Type.String(),
  id: Type.Integer({ description: 'of the event, as in /api/alerts' }),
  state: Type.Union([Type.Literal('started'), Type.Literal('ended')]),
});
export type EventHappening = Static<typeof EventHappening>;

/** `event: recording` */
export const RecordingHappening = Type.Object({
  stream_id: Type.String(),
  id: Type.Integer({ description: 'of the recording' }),
  state: Type.Union([Type.Literal('started'), Type.Literal('finished')]),
});
export type RecordingHappening = Static<typeof RecordingHappening>;

/** `event: camera`: each camera once at the beginning, then whenever its state changes. */
export const CameraHappening = Type.Object({ stream_id: Type.String(), state: StreamState });
export type CameraHappening = Static<typeof CameraHappening>;

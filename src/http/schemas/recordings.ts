/** Recordings, events and statistics, in the shapes of the contract. */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import { CameraParameter, Confidence, DateParameter, ObjectClass, SeenObject, Timestamp } from './common.ts';

export const Recording = Type.Object({
  id: Type.Integer(),
  timestamp: Timestamp,
  stream_id: Type.String(),
  stream_name: Type.String(),
  file_url: Type.String(),
  thumbnail_url: Type.Union([Type.String(), Type.Null()]),
  file_path: Type.String({ description: 'relative to the recordings directory' }),
  thumbnail_path: Type.Union([Type.String(), Type.Null()]),
  duration: Type.Number({ description: 's' }),
  objects_detected: Type.Array(SeenObject),
  confidence: Type.Number({ description: 'the highest' }),
  retained: Type.Integer({ description: '1 while the file is there' }),
  held: Type.Optional(Type.Boolean({ description: 'true while it is on legal hold: nothing deletes it' })),
  labels: Type.Optional(Type.Array(Type.String())),
  note: Type.Optional(Type.String()),
});
export type Recording = Static<typeof Recording>;

const page = {
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
  offset: Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 0 }),
};
const span = {
  start_date: Type.Optional(DateParameter),
  end_date: Type.Optional(DateParameter),
};

const cursor = Type.Optional(
  Type.String({
    pattern: '^[A-Za-z0-9_-]{1,200}$',
    description: 'next_cursor of the page before, with the same filters; offset is left out then',
  }),
);
const nextCursor = Type.Union([Type.String(), Type.Null()], {
  description: 'asks for the next page; null: there is none',
});
const timeOfDay = Type.Optional(
  Type.String({ pattern: '^(?:[01][0-9]|2[0-3]):[0-5][0-9]$', description: 'HH:MM in the configured timezone' }),
);

export const RecordingsQuery = Type.Object(
  {
    ...page,
    cursor,
    ...span,
    stream_id: Type.Optional(CameraParameter),
    object_type: Type.Optional(ObjectClass),
    min_confidence: Type.Optional(Confidence),
    sort_by: Type.Union([Type.Literal('timestamp'), Type.Literal('confidence'), Type.Literal('duration')], {
      default: 'timestamp',
    }),
    sort_order: Type.Union([Type.Literal('asc'), Type.Literal('desc')], { default: 'desc' }),
    zone: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'name of a zone in which something was' }),
    ),
    label: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'a whole label, case apart' })),
    text: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'part of a label, of the note or of the name of the camera',
      }),
    ),
    min_duration: Type.Optional(Type.Number({ minimum: 0, maximum: 1_000_000, description: 's' })),
    max_duration: Type.Optional(Type.Number({ minimum: 0, maximum: 1_000_000, description: 's' })),
    time_from: timeOfDay,
    time_to: timeOfDay,
    state: Type.Union([Type.Literal('finished'), Type.Literal('open')], { default: 'finished' }),
  },
  { additionalProperties: false },
);

export const Recordings = Type.Object({
  total: Type.Integer(),
  offset: Type.Integer(),
  limit: Type.Integer(),
  total_is_exact: Type.Optional(
    Type.Boolean({ description: 'false where a search has more than `total`: counting stops at 1,000' }),
  ),
  next_cursor: nextCursor,
  recordings: Type.Array(Recording),
});
export type Recordings = Static<typeof Recordings>;

export const HoldRequest = Type.Object({ hold: Type.Boolean() }, { additionalProperties: false });

export const Label = Type.String({ minLength: 1, maxLength: 100, description: 'any text, kept as it is' });
export const AnnotationRequest = Type.Object(
  {
    labels: Type.Optional(Type.Array(Label, { maxItems: 50, description: 'all of them; an empty list removes them' })),
    note: Type.Optional(
      Type.Union([Type.String({ maxLength: 10_000 }), Type.Null()], { description: 'null or empty: none' }),
    ),
    favorite: Type.Optional(
      Type.Boolean({ description: 'the same as a legal hold: nothing deletes it; asks for recording.delete' }),
    ),
  },
  { additionalProperties: false },
);

export const RecordingParameters = Type.Object({ id: Type.String({ pattern: '^[1-9][0-9]{0,14}$' }) });

export const RecordingStats = Type.Object({
  count: Type.Integer(),
  total_duration: Type.Number({ description: 's' }),
  total_bytes: Type.Integer(),
  oldest: Type.Union([Timestamp, Type.Null()]),
  newest: Type.Union([Timestamp, Type.Null()]),
});
export type RecordingStats = Static<typeof RecordingStats>;

export const AlertsQuery = Type.Object(
  {
    ...page,
    cursor,
    ...span,
    stream_id: Type.Optional(CameraParameter),
    object_type: Type.Optional(ObjectClass),
    min_confidence: Type.Optional(Confidence),
  },
  { additionalProperties: false },
);

export const Alert = Type.Object({
  id: Type.Integer(),
  timestamp: Timestamp,
  end: Type.Union([Timestamp, Type.Null()]),
  stream_id: Type.String(),
  stream_name: Type.String(),
  confidence: Type.Number(),
  objects_detected: Type.Array(Type.String()),
  object_counts: Type.Record(Type.String(), Type.Integer()),
  thumbnail_url: Type.Union([Type.String(), Type.Null()]),
  recordings: Type.Array(Type.Integer()),
});
export type Alert = Static<typeof Alert>;
export const Alerts = Type.Object({
  total: Type.Integer(),
  offset: Type.Integer(),
  limit: Type.Integer(),
  next_cursor: nextCursor,
  alerts: Type.Array(Alert),
});
export type Alerts = Static<typeof Alerts>;

export const ObjectStatsQuery = Type.Object(
  { ...span, stream_id: Type.Optional(CameraParameter) },
  { additionalProperties: false },
);
export const ObjectStats = Type.Object({
  stats: Type.Object({
    total_recordings: Type.Integer(),
    object_counts: Type.Record(Type.String(), Type.Integer()),
    object_percentages: Type.Record(Type.String(), Type.Number()),
  }),
});
export type ObjectStats = Static<typeof ObjectStats>;

export const TimeStatsQuery = Type.Object(
  {
    object_type: Type.Optional(ObjectClass),
    days: Type.Integer({ minimum: 1, maximum: 90, default: 7 }),
    stream_id: Type.Optional(CameraParameter),
  },
  { additionalProperties: false },
);
export const TimeStats = Type.Object({
  stats: Type.Object({
    hours: Type.Array(Type.Object({ hour: Type.Integer(), detections: Type.Integer() })),
    days: Type.Array(Type.Object({ day: Type.String(), detections: Type.Integer() })),
  }),
});
export type TimeStats = Static<typeof TimeStats>;

export const ExportRequest = Type.Object(
  { recipient: Type.String({ minLength: 5, maxLength: 4096, pattern: '^age1', description: 'age recipient' }) },
  { additionalProperties: false },
);

export const Verified = Type.Object({
  good: Type.Boolean({ description: 'the file is what was recorded' }),
  faults: Type.Array(Type.String(), { description: 'each thing that is wrong with it' }),
});
export type Verified = Static<typeof Verified>;

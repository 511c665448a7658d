/** Cameras and their streams, in the shapes of the contract and in our own. */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import { CameraParameter, Resolution, SeenObject, Timestamp } from './common.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

export const StreamState = Type.Object({
  kind: Type.Union([
    Type.Literal('connecting'),
    Type.Literal('live'),
    Type.Literal('stalled'),
    Type.Literal('unauthorized'),
    Type.Literal('unreachable'),
    Type.Literal('waiting'),
    Type.Literal('disabled'),
  ]),
  since: Type.Number({ description: 'UTC ms' }),
  lastSampleAt: nullable(Type.Number()),
  detail: nullable(Type.String()),
  code: nullable(Type.String()),
  retryAt: nullable(Type.Number()),
  recording: Type.Boolean(),
  byHand: Type.Optional(Type.Literal(true, { description: 'somebody started the recording' })),
});

export const Camera = Type.Object({
  id: Type.String(),
  name: Type.String(),
  path: Type.String(),
  kind: Type.Union([Type.Literal('pull'), Type.Literal('publish'), Type.Literal('demo')]),
  state: StreamState,
  width: Type.Integer(),
  height: Type.Integer(),
  fps: Type.Number(),
  substream: Type.Boolean({ description: 'it has a small stream beside its large one' }),
});
export type Camera = Static<typeof Camera>;
export const Cameras = Type.Object({ cameras: Type.Array(Camera) });
export type Cameras = Static<typeof Cameras>;

export const Discovered = Type.Object({
  cameras: Type.Array(
    Type.Object({
      address: Type.String(),
      service: Type.String({ description: 'URL of its ONVIF device service' }),
      name: Type.String(),
      model: Type.String(),
      configured: Type.Boolean({ description: 'a camera of the configuration has this address' }),
    }),
  ),
});
export type Discovered = Static<typeof Discovered>;

export const ProposedStreamsRequest = Type.Object(
  {
    service: Type.String({ pattern: '^https?://', maxLength: 512, description: 'as the search found it' }),
    username: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    password: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  },
  { additionalProperties: false },
);
export const ProposedStreams = Type.Object({
  source: Type.String({ description: 'rtsp:// address of its large stream' }),
  substream: nullable(Type.String({ description: 'of a small one beside it' })),
});
export type ProposedStreams = Static<typeof ProposedStreams>;

export const Feed = Type.Object({ id: Type.String(), name: Type.String(), source: Type.String() });
export const Feeds = Type.Object({ feeds: Type.Record(Type.String(), Feed), default: nullable(Type.String()) });
export type Feeds = Static<typeof Feeds>;

export const StatusQuery = Type.Object({ feed: Type.Optional(CameraParameter) }, { additionalProperties: false });
export const FeedStatus = Type.Object({
  id: Type.String(),
  name: Type.String(),
  running: Type.Boolean(),
  fps: Type.Number(),
  resolution: Resolution,
  source: Type.String({ description: 'credentials masked' }),
  detections: Type.Array(SeenObject),
  recording: Type.Boolean(),
  state: Type.String(),
});
export type FeedStatus = Static<typeof FeedStatus>;

export const Paths = Type.Object({
  paths: Type.Array(Type.String()),
  cameras: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), path: Type.String() })),
});
export type Paths = Static<typeof Paths>;

export const Streams = Type.Object({
  streams: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      source: Type.String(),
      status: Type.Union([Type.Literal('active'), Type.Literal('inactive')]),
      fps: Type.Number(),
      resolution: Resolution,
      recording_stats: Type.Object({
        recording_count: Type.Integer(),
        total_duration: Type.Number({ description: 's' }),
        latest_recording: nullable(Timestamp),
      }),
    }),
  ),
});
export type Streams = Static<typeof Streams>;

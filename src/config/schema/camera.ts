/** One entry of `cameras`: a path that is published to, or an object. */
import Type from 'typebox';
import { detectionOfCamera } from './detection.ts';
import { recordingOfCamera } from './recording.ts';
import { flag, polygon, weeklySchedule } from './vocabulary.ts';

const text = (description: string, format: string) => Type.String({ description, format, minLength: 1 });

export const cameraPath = Type.String({
  format: 'camera-path',
  description: 'a path to which a camera or phone publishes',
});

/** Overrides have no defaults: a key that isn't written is the global section's. */
export const cameraObject = Type.Object(
  {
    name: Type.Optional(text('shown to people; left out: made from `path`', 'name')),
    id: Type.Optional(text('stays when the name changes; left out: made from `name`, else `path`', 'slug')),
    path: Type.Optional(text('RTSP path; left out: `video/` and the id', 'camera-path')),
    source: Type.Optional(
      text(
        '`rtsp://` or `rtsps://` address of a camera that we pull, without password; or `ffmpeg:` with what ffmpeg reads: an `http://` (MJPEG), `https://` or `rtmp://` address, a file, `/dev/video0`; left out: it publishes to `path`',
        'camera-source',
      ),
    ),
    substream: Type.Optional(
      text('address of its smaller stream on the same host as `source`, for detection', 'camera-source'),
    ),
    enabled: flag('false: left alone, its recordings stay', true),
    recording: Type.Optional(
      Type.Object(recordingOfCamera, { description: 'keys of `recording` for this camera', override: true }),
    ),
    detection: Type.Optional(
      Type.Object(detectionOfCamera, { description: 'keys of `detection` for this camera', override: true }),
    ),
    zones: Type.Array(
      Type.Object({
        name: text('name of the zone', 'name'),
        points: polygon('corners of an area, or of a line for `cross`; two points are always a line', 2),
        classes: Type.Array(Type.String({ format: 'class' }), {
          description: 'classes that count here; empty: all',
          default: [],
          maxItems: 100,
        }),
        trigger: Type.Enum(['enter', 'leave', 'stay', 'cross'], {
          description: 'what an object must do: be inside, leave, stay inside, or cross the line',
          default: 'enter',
        }),
        direction: Type.Enum(['any', 'to_left', 'to_right'], {
          description: 'for `cross`: to which hand of somebody who walks the line from its first point',
          default: 'any',
        }),
        stay_seconds: Type.Number({
          description: 'how long `stay` means',
          unit: 's',
          default: 10,
          minimum: 0,
          maximum: 86_400,
        }),
        schedule: weeklySchedule,
      }),
      {
        description:
          'where objects count, by the middle of their lower edge; empty: everywhere. With zones, an event is what happens in one of them',
        default: [],
        maxItems: 64,
      },
    ),
    masks: Type.Array(polygon('corners'), {
      description: 'where motion is ignored, and objects of which more than half lies there; they stay visible',
      default: [],
      maxItems: 64,
    }),
    privacy: Type.Array(polygon('corners'), {
      description:
        'what is blacked out in everything that anybody sees or keeps, by encoding the camera anew: 3 % of a core at 640×360 and a third of one at 1080p (15 fps); its substream is then for detection alone',
      default: [],
      maxItems: 64,
    }),
    audio: flag('take sound as well: it is recorded, and played over RTSP', false),
    schedule: weeklySchedule,
  },
  { description: 'a camera' },
);

export const cameras = Type.Array(Type.Union([cameraPath, cameraObject]), {
  description: 'the cameras; empty: a generated demo camera',
  default: [],
  maxItems: 256,
});

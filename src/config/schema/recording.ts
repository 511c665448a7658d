import Type from 'typebox';
import { classList, flag, section, threshold } from './vocabulary.ts';

const seconds = (description: string, fallback: number, minimum: number, maximum: number) =>
  Type.Number({ description, unit: 's', default: fallback, minimum, maximum });

const limit = (description: string, unit: string, minimum: number, maximum: number) =>
  Type.Union([Type.Number({ minimum, maximum }), Type.Null()], { description, unit, default: null });

/** What a camera may set for itself as well. */
export const recordingOfCamera = {
  enabled: flag('record at all', true),
  mode: Type.Enum(['events', 'continuous', 'continuous+events', 'off'], {
    description: 'what makes a recording: a detected object, or every moment',
    default: 'events',
  }),
  min_confidence: threshold('lowest confidence that starts a recording; empty: that of detection'),
  pre_buffer_seconds: seconds('what is kept from before the event', 10, 0, 120),
  post_buffer_seconds: seconds('how long recording goes on after the last sight', 10, 0, 600),
  max_clip_seconds: seconds('a longer event is cut into clips without a gap', 600, 10, 7200),
  record_objects: classList('classes or groups that start a recording; empty: every detected class'),
  retention: section('When recordings go.', {
    days: limit('age at which a recording is deleted; empty: only when space runs out', 'days', 1, 36_500),
    classes: Type.Array(
      Type.Object({
        class: Type.String({ description: 'a class or a group, such as vehicle', format: 'class' }),
        days: Type.Number({
          description: 'age at which a recording of it is deleted',
          unit: 'days',
          minimum: 1,
          maximum: 36_500,
        }),
      }),
      {
        description: 'other ages for recordings of some classes; of several in one recording the longest counts',
        default: [],
        maxItems: 100,
      },
    ),
    max_gb: limit('space for the recordings of one camera; empty: its share of `max_storage_gb`', 'GB', 0.1, 1_000_000),
  }),
};

export const recording = section('What is kept, and for how long.', {
  ...recordingOfCamera,
  max_storage_gb: Type.Number({
    description: 'space for all recordings; the oldest go first',
    unit: 'GB',
    default: 10,
    minimum: 0.1,
    maximum: 1_000_000,
  }),
  recordings_dir: Type.String({
    description: 'directory of the encrypted recordings; relative to the configuration file, `~` is your home',
    default: '~/video-feed-recordings',
    format: 'path',
    minLength: 1,
  }),
});

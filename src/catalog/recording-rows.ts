/** A recording as the rest of the program sees it, and the columns it is made from . */
import type { CameraId, RecordingId } from '../base/ids.ts';

export type RecordingState = 'open' | 'finished' | 'torn' | 'deleted';

export interface Recording {
  readonly id: RecordingId;
  readonly camera: CameraId;
  /** Display name when the recording began. */
  readonly cameraName: string;
  readonly state: RecordingState;
  /** UTC ms of the first frame. */
  readonly startAt: number;
  /** UTC ms of the end of the last frame; of the newest known while it is open, null before that. */
  readonly endAt: number | null;
  /** Under the recordings directory, `/`-separated, as asked for over HTTP (without `.age`). */
  readonly file: string;
  readonly thumbnail: string | null;
  /** Which day key it is sealed to. */
  readonly kid: string | null;
  readonly plainBytes: number;
  readonly sealedBytes: number;
  readonly sha256: string | null;
  readonly width: number | null;
  readonly height: number | null;
  /** The highest of its objects, 0..1. */
  readonly confidence: number;
  readonly reason: string;
  /** UTC ms since when it is on legal hold; null where it isn't. */
  readonly heldAt: number | null;
}

export const recordingColumns = [
  'recording.id',
  'recording.camera_slug as camera',
  'recording.camera_name as cameraName',
  'recording.state',
  'recording.start_at as startAt',
  'recording.end_at as endAt',
  'recording.file',
  'recording.thumbnail',
  'recording.kid',
  'recording.plain_bytes as plainBytes',
  'recording.sealed_bytes as sealedBytes',
  'recording.sha256',
  'recording.width',
  'recording.height',
  'recording.confidence',
  'recording.reason',
  'recording.held_at as heldAt',
] as const;

type Row = Omit<Recording, 'id' | 'camera' | 'state' | 'file'> & {
  readonly id: number;
  readonly camera: string;
  readonly state: string;
  readonly file: string | null;
};

export function toRecording(row: Row): Recording {
  return {
    ...row,
    id: row.id as RecordingId,
    camera: row.camera as CameraId,
    state: row.state as RecordingState,
    file: row.file ?? '',
  };
}

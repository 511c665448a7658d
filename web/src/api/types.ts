/**
 * What the server answers: the types of its own schemas, under the dashboard's names. Times are ISO 8601 with `Z` unless
 * a name ends in `At` (UTC ms).
 */
import type { Session } from '../../../src/http/schemas/session.ts';

export type { Camera, Cameras } from '../../../src/http/schemas/cameras.ts';
export type {
  Recording,
  Recordings as RecordingPage,
  Verified as VerifiedRecording,
} from '../../../src/http/schemas/recordings.ts';
export type {
  LoginAnswer,
  Session,
  SetupKeyAnswer as OwnerKey,
  VaultState,
} from '../../../src/http/schemas/session.ts';

export type UserType = Session['user_type'];

/** As much of what was seen as the dashboard shows. */
export interface DetectedObject {
  readonly class: string;
  readonly confidence: number;
}

export interface RecordingQuery {
  readonly limit: number;
  /** `next_cursor` of the page before; null: the newest. */
  readonly cursor: string | null;
  readonly camera: string | null;
  readonly objectType: string | null;
  /** `YYYY-MM-DD` in the server's zone. */
  readonly day: string | null;
  /** 0..1 */
  readonly minConfidence: number | null;
  /** Name of a zone in which something was. */
  readonly zone: string | null;
}

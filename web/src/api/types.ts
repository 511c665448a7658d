/**
 * What the server answers, as far as the dashboard reads it. Times in ISO 8601 with `Z` unless a name ends in `At`
 * (UTC ms).
 */
import type { StreamStateMessage } from '../../../src/wire/live.ts';

export type UserType = 'publisher' | 'viewer' | 'admin';

export interface VaultState {
  readonly kind: 'absent' | 'locked' | 'open';
  /** How the owner's key is kept: `passphrase`, `keyfile`, `keyring`, `recipients`…; null while there is none. */
  readonly mode: string | null;
}

export interface Session {
  readonly username: string;
  readonly user_type: UserType;
  readonly cameras: 'all' | readonly string[];
  readonly vault: VaultState;
  /** No owner's key was made yet: nothing is recorded until an admin makes one. */
  readonly needs_key: boolean;
}

export interface OwnerKey {
  /** `age1…`: what recordings are encrypted to. */
  readonly recipient: string;
  /** `AGE-SECRET-KEY-…`: goes on the key sheet and nowhere else. */
  readonly identity: string;
}

export interface Camera {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly kind: 'pull' | 'publish' | 'demo';
  readonly state: StreamStateMessage;
  /** Pixels; null or 0 until the first picture. */
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
}

export interface DetectedObject {
  readonly class: string;
  readonly confidence: number;
}

export interface Recording {
  readonly id: number;
  readonly timestamp: string;
  readonly stream_id: string;
  readonly stream_name: string;
  readonly file_url: string;
  readonly thumbnail_url: string | null;
  /** Seconds. */
  readonly duration: number;
  readonly objects_detected: readonly DetectedObject[];
  readonly confidence: number;
  readonly retained: number;
}

export interface RecordingPage {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly recordings: readonly Recording[];
}

export interface RecordingQuery {
  readonly limit: number;
  readonly offset: number;
  readonly camera: string | null;
  readonly objectType: string | null;
}

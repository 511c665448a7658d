/**
 * The tables as kysely sees them. Times are UTC milliseconds, truth values are 0 or 1, boxes are fractions of the
 * picture: what SQLite and PostgreSQL store alike. Columns called `sealed…` hold AEAD ciphertext made by the caller;
 * the catalog never sees what is in them.
 */
import type { ColumnType, Generated } from 'kysely';

/** Set when the row is inserted, never changed. */
type Fixed<T> = ColumnType<T, T, never>;
type Blob = Uint8Array;

export interface CameraTable {
  id: Generated<number>;
  slug: Fixed<string>;
  name: string;
  created_at: Fixed<number>;
  removed_at: number | null;
}

export interface AccountTable {
  id: Generated<number>;
  name: Fixed<string>;
  /** The name under NFKC case folding; unique, so that look-alikes of one name can't be two accounts. */
  name_key: Fixed<string>;
  role: string;
  all_cameras: number;
  /** PHC string; null where the account has no password that opens anything. */
  password_hash: string | null;
  disabled: number;
  created_at: Fixed<number>;
  password_changed_at: number | null;
  last_login_at: number | null;
}

export interface CameraGrantTable {
  account_id: number;
  camera_id: number;
}

export interface StreamPasswordTable {
  account_id: Fixed<number>;
  sealed_ha1_md5: Blob;
  sealed_ha1_sha256: Blob;
  /** 1 where it is the account's own password, so that both change together. */
  shared: number;
  created_at: number;
}

/** The one before the current one, good for a while after a rotation. */
export interface FormerStreamPasswordTable {
  account_id: Fixed<number>;
  sealed_ha1_md5: Blob;
  sealed_ha1_sha256: Blob;
  until: number;
}

export interface TokenTable {
  id: Generated<number>;
  account_id: Fixed<number>;
  /** SHA-256 of the token that its owner was shown once. */
  hash: Fixed<string>;
  name: Fixed<string>;
  /** JSON array. */
  actions: Fixed<string>;
  /** JSON array of slugs; null where the token has all cameras of its account. */
  cameras: Fixed<string | null>;
  created_at: Fixed<number>;
  expires_at: Fixed<number>;
  last_used_at: number | null;
}

export interface SecondFactorTable {
  account_id: Fixed<number>;
  sealed_seed: Blob;
  confirmed: number;
  last_step: number;
  created_at: number;
}

export interface PasskeyTable {
  id: Fixed<string>;
  account_id: Fixed<number>;
  user_handle: Fixed<string>;
  rp_id: Fixed<string>;
  public_key: ColumnType<Blob, Blob, never>;
  sign_count: number;
  name: Fixed<string>;
  created_at: Fixed<number>;
  last_used_at: number | null;
}

export interface RecoveryCodeTable {
  account_id: Fixed<number>;
  hash: Fixed<string>;
}

export interface SessionTable {
  /** SHA-256 of the id that the browser holds. */
  id_hash: Fixed<string>;
  account_id: Fixed<number>;
  created_at: Fixed<number>;
  last_seen_at: number;
  expires_at: Fixed<number>;
  user_agent: Fixed<string>;
  address: Fixed<string>;
}

export interface LoginFailureTable {
  id: Generated<number>;
  account_id: Fixed<number>;
  at: Fixed<number>;
}

export interface LockoutTable {
  account_id: Fixed<number>;
  until: number;
}

export interface CredentialTable {
  camera_id: Fixed<number>;
  sealed: Blob;
  digest_seen: number;
  changed_at: number;
}

export interface DayKeyTable {
  kid: Fixed<string>;
  date: Fixed<string>;
  recipient: Fixed<string>;
  key_sha256: string;
  created_at: Fixed<number>;
}

export interface StateTable {
  key: Fixed<string>;
  value: string;
}

export interface RecordingTable {
  id: Generated<number>;
  camera_id: Fixed<number>;
  /** Slug and name as they were when the recording began. */
  camera_slug: Fixed<string>;
  camera_name: Fixed<string>;
  state: string;
  start_at: number;
  end_at: number | null;
  file: string | null;
  thumbnail: string | null;
  kid: string | null;
  plain_bytes: number;
  sealed_bytes: number;
  sha256: string | null;
  width: number | null;
  height: number | null;
  confidence: number;
  reason: string;
  /** Where in the plaintext the clip's own tail begins, with the index of its samples; null where it isn't known. */
  tail_offset: number | null;
  /** `end_at - start_at`, once it has ended. */
  duration_ms: number | null;
  /** Since when it is on legal hold; null where it isn't. */
  held_at: number | null;
}

export interface EventTable {
  id: Generated<number>;
  camera_id: Fixed<number>;
  camera_slug: Fixed<string>;
  camera_name: Fixed<string>;
  start_at: number;
  end_at: number | null;
  confidence: number;
  /** JSON object: class to number of object tracks. */
  counts: string;
}

export interface EventRecordingTable {
  event_id: number;
  recording_id: number;
}

export interface TrackTable {
  event_id: Fixed<number>;
  number: Fixed<number>;
  camera_id: Fixed<number>;
  class: string;
  confidence: number;
  first_at: number;
  last_at: number;
  box_x: number;
  box_y: number;
  box_width: number;
  box_height: number;
  width: number;
  height: number;
}

export interface RecordingNoteTable {
  recording_id: Fixed<number>;
  note: string;
  /** As it is searched: see `fold`. */
  folded: string;
}

export interface RecordingLabelTable {
  recording_id: Fixed<number>;
  label: Fixed<string>;
  folded: Fixed<string>;
}

/** A recording whose facts file isn't as the catalog has it. */
export interface FactsDueTable {
  recording_id: Fixed<number>;
  /** Counts up with each change, so that one that came while the file was written isn't taken for done. */
  change: number;
}

export interface EventZoneTable {
  event_id: Fixed<number>;
  /** Name of a zone in which one of the event's objects was. */
  zone: Fixed<string>;
}

/** A span in which a camera should have been recorded and was not. */
export interface LossTable {
  id: Generated<number>;
  camera_id: Fixed<number>;
  camera_slug: Fixed<string>;
  reason: Fixed<string>;
  start_at: Fixed<number>;
  /** Null while it goes on. */
  end_at: number | null;
}

/** Class (or key of a group) and its best confidence, of whatever was seen while a finished recording was made. */
export interface RecordingClassTable {
  recording_id: Fixed<number>;
  class: Fixed<string>;
  camera_id: Fixed<number>;
  start_at: Fixed<number>;
  confidence: Fixed<number>;
}

/** The same of events. */
export interface EventClassTable {
  event_id: Fixed<number>;
  class: Fixed<string>;
  camera_id: Fixed<number>;
  start_at: Fixed<number>;
  confidence: Fixed<number>;
}

/** See `tallies.ts`. */
export interface TallyTable {
  kind: number;
  class: string;
  level: number;
  /** Days since 1970, UTC. */
  day: number;
  camera_id: number;
  n: number;
  duration_ms: number;
  bytes: number;
}

/** Object tracks first seen in an hour (since 1970, UTC), by its quarters. */
export interface TrackHourTable {
  hour: number;
  class: string;
  camera_id: number;
  q0: number;
  q1: number;
  q2: number;
  q3: number;
}

export interface Schema {
  camera: CameraTable;
  account: AccountTable;
  camera_grant: CameraGrantTable;
  stream_password: StreamPasswordTable;
  former_stream_password: FormerStreamPasswordTable;
  token: TokenTable;
  second_factor: SecondFactorTable;
  recovery_code: RecoveryCodeTable;
  passkey: PasskeyTable;
  session: SessionTable;
  login_failure: LoginFailureTable;
  lockout: LockoutTable;
  credential: CredentialTable;
  day_key: DayKeyTable;
  state: StateTable;
  recording: RecordingTable;
  event: EventTable;
  event_recording: EventRecordingTable;
  track: TrackTable;
  recording_note: RecordingNoteTable;
  recording_label: RecordingLabelTable;
  facts_due: FactsDueTable;
  event_zone: EventZoneTable;
  loss: LossTable;
  recording_class: RecordingClassTable;
  event_class: EventClassTable;
  tally: TallyTable;
  track_hour: TrackHourTable;
}

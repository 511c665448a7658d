/**
 * What HTTP asks of the rest of the program, as narrow as it gets; `app.ts` joins these with the real parts. HTTP
 * translates between them and the wire and decides nothing: who may do what is `Access.authorize` alone, and every
 * reading method takes the cameras that it allowed.
 */
import type { Action, Principal, Role } from '../access/principal.ts';
import type { AccountId, CameraId, EventId, RecordingId } from '../base/ids.ts';
import type { Secret } from '../base/secret.ts';
import type { StreamStateMessage } from '../wire/live.ts';

export type { Principal, Role };

export type CameraScope = 'all' | ReadonlySet<CameraId>;

/** The actions that routes of ours ask for; `access` knows more. */
export type RouteAction =
  | 'live.view'
  | 'stream.publish'
  | 'recording.view'
  | 'recording.annotate'
  | 'recording.delete'
  | 'camera.configure'
  | 'event.view'
  | 'status.view'
  | 'camera.configure'
  | 'key.manage'
  | 'audit.view'
  | 'system.view'
  | 'account.manage'
  | 'session.own'
  | 'account.own';

export interface Credentials {
  readonly username: string;
  readonly password: Secret;
  /** The client's address, v4-mapped ones as IPv4. */
  readonly address: string;
  readonly entrance: 'login' | 'verify';
}

export interface Refusal {
  readonly ok: false;
  readonly status: 401 | 429 | 503;
  readonly retryAfterSeconds?: number | undefined;
}

/** The password was right, and a code of the second factor is asked for. */
export interface CodeWanted {
  readonly ok: false;
  readonly status: 'second-factor';
  readonly pending: Secret;
}

export type Login = { readonly ok: true; readonly principal: Principal; readonly sessionId: Secret };

/** Who makes a change, for the log. */
export interface Actor {
  readonly who: string | null;
  readonly from: string | null;
}

export interface SessionEntry {
  /** Names the session; opens nothing. */
  readonly idHash: string;
  readonly accountId: AccountId;
  /** UTC ms, as the others. */
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly userAgent: string;
  readonly address: string;
}

export interface TokenEntry {
  readonly id: number;
  readonly accountId: AccountId;
  readonly name: string;
  readonly actions: readonly string[];
  readonly cameras: readonly CameraId[] | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly lastUsedAt: number | null;
}

export interface TokensView {
  principal(token: Secret): Promise<Principal | undefined>;
  list(account?: AccountId): Promise<readonly TokenEntry[]>;
  make(
    account: AccountId,
    wish: {
      readonly name: string;
      readonly actions: readonly Action[];
      readonly cameras: readonly CameraId[] | null;
      readonly days: number;
    },
    by: Actor,
  ): Promise<{ readonly row: TokenEntry; readonly token: Secret }>;
  revoke(id: number, by: Actor, only?: AccountId): Promise<boolean>;
}

export interface PublishLinksView {
  make(
    account: AccountId,
    wish: { readonly camera: CameraId; readonly minutes: number },
    by: Actor,
  ): Promise<{ readonly code: Secret; readonly expiresAt: number }>;
  /** Once. @throws Problem access/link-void (403) */
  redeem(
    code: Secret,
    address: string,
  ): Promise<{ readonly camera: CameraId; readonly token: Secret; readonly expiresAt: number }>;
}

export interface AccountEntry {
  readonly name: string;
  readonly role: Role;
  readonly cameras: 'all' | readonly CameraId[];
  readonly stream: boolean;
  readonly canLogIn: boolean;
  readonly secondFactor: boolean;
  readonly createdAt: number;
  readonly passwordChangedAt: number | null;
  readonly lastLoginAt: number | null;
  readonly lockedUntil: number | null;
}

export interface UsersView {
  list(): Promise<readonly AccountEntry[]>;
  generatePassword(): Secret;
  /** @returns the name as it is kept. */
  add(
    account: {
      readonly name: string;
      readonly role: Role;
      readonly cameras: 'all' | readonly CameraId[];
      readonly password: Secret;
      readonly stream: boolean;
    },
    by: Actor,
  ): Promise<string>;
  setPassword(name: string, password: Secret, by: Actor): Promise<void>;
  setRole(name: string, role: Role, cameras: 'all' | readonly CameraId[], by: Actor): Promise<void>;
  unlock(name: string, by: Actor): Promise<boolean>;
  removeSecondFactor(name: string, by: Actor): Promise<boolean>;
  remove(name: string, by: Actor): Promise<void>;
}

/** Who asks, with the password that they have now. */
export interface Proven {
  readonly principal: Principal;
  readonly password: Secret;
  readonly address: string;
}
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refusal;

export interface OwnAccountView {
  /** The password once more, for what a session alone isn't enough for. */
  confirm(by: Proven): Promise<Outcome<void>>;
  changePassword(by: Proven, next: Secret): Promise<Outcome<void>>;
  proposeFactor(by: Proven): Promise<Outcome<{ readonly seed: Secret; readonly url: Secret }>>;
  confirmFactor(principal: Principal, code: Secret, address: string): Promise<readonly Secret[]>;
  removeFactor(by: Proven, code: Secret): Promise<Outcome<void>>;
  proposePasskey(by: Proven, site: Site): Promise<Outcome<object>>;
  /** @returns recovery codes where the account had none. */
  addPasskey(
    principal: Principal,
    given: { readonly name: string; readonly clientData: Uint8Array; readonly attestation: Uint8Array },
    address: string,
  ): Promise<readonly Secret[]>;
  removePasskey(by: Proven, id: string): Promise<Outcome<boolean>>;
  factorState(principal: Principal): Promise<{ readonly enabled: boolean; readonly codesLeft: number }>;
}

/** The page that asks for a passkey. */
export interface Site {
  readonly origin: string;
  readonly hostName: string;
}

export interface PasskeyEntry {
  readonly id: string;
  readonly rpId: string;
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

export interface Assertion {
  readonly id: string;
  readonly clientData: Uint8Array;
  readonly authenticatorData: Uint8Array;
  readonly signature: Uint8Array;
}

export type Decision =
  | { readonly allowed: true; readonly cameras: CameraScope }
  | { readonly allowed: false; readonly status: 401 | 403 | 404 };

export interface Access {
  verify(credentials: Credentials): Promise<{ readonly ok: true; readonly principal: Principal } | Refusal>;
  /** The same for credentials that come with each request: what was right a moment ago isn't hashed again. */
  principalOfBasic(
    credentials: Omit<Credentials, 'entrance'>,
  ): Promise<{ readonly ok: true; readonly principal: Principal } | Refusal>;
  login(
    credentials: Credentials & { readonly userAgent: string; readonly code?: Secret },
  ): Promise<Login | CodeWanted | Refusal>;
  loginWithCode(given: {
    readonly pending: Secret;
    readonly code: Secret;
    readonly address: string;
    readonly userAgent: string;
  }): Promise<Login | CodeWanted | Refusal>;
  /** What a browser is to have signed by a passkey. */
  askForPasskey(site: Site, pending: Secret | undefined): Promise<object>;
  loginWithPasskey(given: {
    readonly assertion: Assertion;
    readonly pending: Secret | undefined;
    readonly address: string;
    readonly userAgent: string;
  }): Promise<Login | CodeWanted | Refusal>;
  readonly passkeys: { list(account: AccountId): Promise<readonly PasskeyEntry[]> };
  readonly users: UsersView;
  readonly own: OwnAccountView;
  readonly tokens: TokensView;
  readonly publishLinks: PublishLinksView;
  accountNames(): Promise<ReadonlyMap<AccountId, string>>;
  listSessions(account?: AccountId): Promise<readonly SessionEntry[]>;
  endSession(sessionId: string, by: Actor, only?: AccountId): Promise<boolean>;
  logout(sessionId: Secret): Promise<unknown>;
  principalOfSession(sessionId: Secret): Promise<Principal | undefined>;
  authorize(principal: Principal | undefined, action: RouteAction, camera?: CameraId): Decision;
  /** No admin can log in yet. */
  setupOpen(): Promise<boolean>;
  /** Makes the first admin. @throws Problem for a wrong or used code and for what is wrong with name or password. */
  redeemSetup(setup: {
    readonly code: Secret;
    readonly username: string;
    readonly password: Secret;
    readonly address: string;
  }): Promise<Principal>;
  /** Counts a request without good credentials. */
  limit(
    address: string,
    endpoint: string,
  ): { readonly ok: true } | { readonly ok: false; readonly retryAfterSeconds: number };
  /** Counts a request of somebody who is known. */
  limitKnown(principal: Principal): { readonly ok: true } | { readonly ok: false; readonly retryAfterSeconds: number };
  /** Calls `listener` at once for each session that ends, by `Principal.sessionId`. Returns how to stop listening. */
  onSessionEnded(listener: (end: { readonly sessionId: string }) => void): () => void;
  /** Calls `listener` when an account's rights change, whatever it came with. Returns how to stop listening. */
  onRevoked(listener: (revoked: { readonly accountId: Principal['accountId'] }) => void): () => void;
  /** An open socket of this session is in use. */
  touchSession(sessionId: string): void;
}

export interface SeenObject {
  readonly class: string;
  /** 0..1 */
  readonly confidence: number;
  /** x, y, width, height, each 0..1 of the picture. */
  readonly box: readonly [number, number, number, number];
}

export interface RecordingEntry {
  readonly id: RecordingId;
  readonly camera: CameraId;
  readonly cameraName: string;
  /** First frame, UTC ms. */
  readonly startAt: number;
  readonly durationMs: number;
  /** Path under `/recordings/`, without `.age`. */
  readonly file: string;
  readonly thumbnail: string | null;
  readonly objects: readonly SeenObject[];
  /** The highest, 0..1; 0 where nothing was seen. */
  readonly confidence: number;
  /** Of the picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** The file is there. */
  readonly retained: boolean;
  /** On legal hold: nothing deletes it. */
  readonly held: boolean;
  readonly labels: readonly string[];
  readonly note: string | null;
}

/** The place in a list behind which the next page begins. */
export interface Cursor {
  readonly value: number;
  readonly id: number;
}

export interface RecordingQuery {
  readonly limit: number;
  readonly offset: number;
  /** Instead of `offset`. */
  readonly after?: Cursor;
  readonly zone?: string;
  readonly label?: string;
  readonly text?: string;
  readonly minDurationMs?: number;
  readonly maxDurationMs?: number;
  readonly timeOfDay?: {
    /** From local midnight. */
    readonly startMs: number;
    readonly endMs: number;
    readonly offsets: readonly { readonly from: number; readonly before: number; readonly offsetMs: number }[];
  };
  readonly state: 'finished' | 'open';
  readonly sortBy: 'timestamp' | 'confidence' | 'duration';
  readonly sortOrder: 'asc' | 'desc';
  readonly camera?: CameraId;
  /** From this moment on, UTC ms. */
  readonly from?: number;
  /** Before this moment, UTC ms. */
  readonly before?: number;
  readonly objectType?: string;
  readonly minConfidence?: number;
}

export interface RecordingTotals {
  readonly count: number;
  readonly durationMs: number;
  readonly sizeBytes: number;
  /** UTC ms; null where there is none. */
  readonly oldestAt: number | null;
  readonly newestAt: number | null;
}

export interface RecordedFile {
  readonly recording: RecordingId;
  readonly camera: CameraId;
  readonly kind: 'clip' | 'thumbnail';
  /** Of the plaintext. */
  readonly sizeBytes: number;
  readonly contentType: 'video/mp4' | 'video/webm' | 'image/jpeg' | 'image/webp' | 'image/png';
  /** Strong: another one whenever a byte differs. Quotes included. */
  readonly etag: string;
  /** The bytes from `start` up to but without `end`. The file is opened at the first `next()` and closed by the last,
   *  or by `return()`. @throws Problem, such as `vault/locked` (409), from `next()`. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

export interface RecordingsView {
  list(
    query: RecordingQuery,
    cameras: CameraScope,
  ): Promise<{
    readonly total: number;
    /** False where there are more. */
    readonly totalIsExact: boolean;
    readonly recordings: readonly RecordingEntry[];
    readonly next: Cursor | null;
  }>;
  find(id: RecordingId, cameras: CameraScope): Promise<RecordingEntry | undefined>;
  totals(cameras: CameraScope): Promise<RecordingTotals>;
  totalsByCamera(cameras: CameraScope): Promise<ReadonlyMap<CameraId, RecordingTotals>>;
  /** Puts it on legal hold, or ends that. @returns false where there is no such recording. */
  hold(id: RecordingId, hold: boolean, cameras: CameraScope): Promise<boolean>;
  /** Removes file and thumbnail. @throws Problem `recording/held` (409). @returns false where there is no such recording. */
  remove(id: RecordingId, cameras: CameraScope): Promise<boolean>;
  /**
   * The clip with its proof as a zip, written down in the audit log; undefined where there is no such recording. What
   * is wrong with it is thrown before the first byte. @throws Problem
   */
  export(
    wish: {
      readonly id: RecordingId;
      readonly scope: CameraScope;
      readonly recipient?: string;
      readonly by: Actor;
    },
    signal: AbortSignal,
  ): Promise<{ readonly fileName: string; bytes(): AsyncGenerator<Uint8Array> } | undefined>;
  /**
   * What is wrong with the file; undefined where there is no such recording. @throws Problem `recording/busy` (503)
   * where too many ask at once
   */
  verify(id: RecordingId, cameras: CameraScope, signal: AbortSignal): Promise<readonly string[] | undefined>;
  /** Changes what is given. @returns false where there is no such recording. */
  annotate(
    id: RecordingId,
    change: { readonly labels?: readonly string[]; readonly note?: string | null },
    cameras: CameraScope,
  ): Promise<boolean>;
  /** Looks `path` up in the catalogue; it never becomes a path of the file system. */
  file(path: string, cameras: CameraScope): Promise<RecordedFile | undefined>;
}

/** Recordings as ciphertext, and the wrapped keys of their days, in every mode of encryption. */
export interface SealedView {
  open(
    id: RecordingId,
    part: 'clip' | 'tail' | 'thumbnail',
    cameras: CameraScope,
  ): Promise<
    | {
        readonly sizeBytes: number;
        /** Strong, quotes included. */
        readonly etag: string;
        read(start: number, end: number): AsyncIterable<Uint8Array>;
      }
    | undefined
  >;
  /** @throws Problem `vault/no-day-key` (409). */
  key(id: RecordingId, cameras: CameraScope): Promise<Uint8Array | undefined>;
}

export interface AlertEntry {
  readonly id: EventId;
  readonly camera: CameraId;
  readonly cameraName: string;
  /** UTC ms. */
  readonly startAt: number;
  readonly endAt: number | null;
  readonly confidence: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly thumbnail: string | null;
  readonly recordings: readonly RecordingId[];
}

export type AlertQuery = Pick<
  RecordingQuery,
  'limit' | 'offset' | 'after' | 'camera' | 'from' | 'before' | 'objectType' | 'minConfidence'
>;

export interface EventsView {
  list(
    query: AlertQuery,
    cameras: CameraScope,
  ): Promise<{ readonly total: number; readonly alerts: readonly AlertEntry[]; readonly next: Cursor | null }>;
  /** Counts are object tracks. */
  objects(
    query: Pick<RecordingQuery, 'camera' | 'from' | 'before'>,
    cameras: CameraScope,
  ): Promise<{ readonly recordings: number; readonly counts: Readonly<Record<string, number>> }>;
  /** Detections by hour of the day (24) and weekday (7, Monday first), in the configured zone, of the last `days`. */
  times(
    query: { readonly days: number; readonly objectType?: string; readonly camera?: CameraId },
    cameras: CameraScope,
  ): Promise<{ readonly hours: readonly number[]; readonly weekdays: readonly number[] }>;
}

export interface Span {
  /** UTC ms; `endAt` is null while it goes on. */
  readonly startAt: number;
  readonly endAt: number | null;
}

export interface TimelineEntry {
  readonly recordings: readonly (Span & {
    readonly id: RecordingId;
    readonly camera: CameraId;
    readonly reason: string;
    readonly state: string;
  })[];
  readonly events: readonly (Span & {
    readonly id: EventId;
    readonly camera: CameraId;
    readonly confidence: number;
    readonly counts: Readonly<Record<string, number>>;
  })[];
  readonly losses: readonly (Span & { readonly camera: CameraId; readonly reason: string })[];
  /** There is more than what is here. */
  readonly truncated: boolean;
}

export interface TimelineView {
  /** All that touches `[from, before)`. */
  between(
    span: { readonly from: number; readonly before: number; readonly camera?: CameraId },
    cameras: CameraScope,
  ): Promise<TimelineEntry>;
}

export interface StorageEntry {
  readonly usedBytes: number;
  /** Of all recordings together. */
  readonly maxBytes: number;
  readonly diskFreeBytes: number;
  readonly keepFreeBytes: number;
  /** Mean of the last days; null where nothing was recorded in them. */
  readonly bytesPerDay: number | null;
  /** When the first recording goes for want of space, at this rate; null where none ever will. UTC ms. */
  readonly fullAt: number | null;
  /** How far back recordings will reach at this rate, in ms; null where it isn't known. */
  readonly reachMs: number | null;
  readonly cameras: readonly {
    readonly camera: CameraId;
    readonly recordings: number;
    readonly usedBytes: number;
    readonly bytesPerDay: number | null;
    readonly oldestAt: number | null;
    readonly maxBytes: number | null;
    readonly maxAgeMs: number | null;
  }[];
  /** What goes next, the first first. */
  readonly next: readonly {
    readonly id: RecordingId;
    readonly camera: CameraId;
    readonly startAt: number;
    readonly sealedBytes: number;
    readonly reason: string;
    /** UTC ms, as far as can be told. */
    readonly at: number;
  }[];
}

export interface StorageView {
  forecast(): Promise<StorageEntry>;
  /** Of the second copy; undefined where there is none. */
  mirror():
    | {
        readonly kind: 'current' | 'behind' | 'failing';
        readonly waiting: number;
        readonly lagMs: number;
        readonly problem?: string;
      }
    | undefined;
}

export interface CameraEntry {
  readonly id: CameraId;
  readonly name: string;
  /** For RTSP, such as `video/front-door`. */
  readonly path: string;
  readonly kind: 'pull' | 'publish' | 'demo';
  /** URL with its credentials masked, or a word such as `demo`. */
  readonly source: string;
  readonly state: StreamStateMessage;
  /** 0 while unknown. */
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** It has a small stream beside its large one. */
  readonly substream: boolean;
  /** What the detector sees now. */
  readonly objects: readonly SeenObject[];
}

export interface StreamsView {
  list(cameras: CameraScope): readonly CameraEntry[];
}

export interface CameraControl {
  state(camera: CameraId): { readonly recording: boolean; readonly privacy: boolean };
  /** @throws Problem recording/not-possible (409) */
  record(camera: CameraId, seconds: number): void;
  stopRecording(camera: CameraId): void;
  /** Kept over restarts. Resolves when nothing of the camera goes anywhere any more, or it starts again. */
  setPrivacy(camera: CameraId, on: boolean): Promise<void>;
}

export type Happening = { readonly camera: CameraId } & (
  | { readonly kind: 'event'; readonly event: number; readonly state: 'started' | 'ended' }
  | { readonly kind: 'recording'; readonly recording: number; readonly state: 'started' | 'finished' }
  | { readonly kind: 'camera'; readonly state: object }
);

export interface Happenings {
  /** Returns how to stop. The listener may not wait. */
  listen(listener: (happening: Happening) => void): () => void;
}

export interface FoundCamera {
  readonly address: string;
  /** URL of its ONVIF device service. */
  readonly service: string;
  /** In its own words; empty where it doesn't say. */
  readonly name: string;
  readonly model: string;
  readonly configured: boolean;
}

export interface DiscoveryView {
  /** Cameras that answer on the local networks. Takes some seconds; one search at a time. */
  find(): Promise<readonly FoundCamera[]>;
  /**
   * What a found one proposes: its large stream, and a small one where it has one.
   * @throws Problem `camera/…`, `network/address-refused`
   */
  streams(
    device: {
      readonly service: URL;
      readonly credentials?: { readonly username: string; readonly password: Secret };
    },
    signal: AbortSignal,
  ): Promise<{ readonly source: string; readonly substream: string | undefined }>;
}

export interface VaultState {
  readonly kind: 'absent' | 'locked' | 'open';
  /** Where the owner key is kept; left out while there is none. */
  readonly mode?: string | undefined;
  readonly ownerRecipient?: string | undefined;
}

export interface VaultView {
  status(): VaultState;
  /** @throws Problem `vault/wrong-passphrase`, `vault/too-many-tries`, `vault/no-passphrase`. */
  unlock(passphrase: Secret | undefined): Promise<void>;
  lock(): void | Promise<void>;
  createOwner(
    source: { readonly mode: 'passphrase'; readonly passphrase: Secret } | { readonly mode: 'keyfile' },
  ): Promise<{ readonly recipient: string; readonly identity: Secret }>;
}

/** What the owner does to the keys; each is in the log before it is answered. */
export interface KeysView {
  facts(): Promise<{
    readonly escrow: readonly string[];
    readonly configured: readonly string[];
    readonly dayKeys: number;
    readonly firstDay?: string;
    readonly lastDay?: string;
  }>;
  rotate(
    wish: { readonly passphrase?: Secret; readonly newPassphrase?: Secret },
    by: Actor,
  ): Promise<Rewrapped & { readonly recipient: string }>;
  addEscrow(recipient: string, passphrase: Secret | undefined, by: Actor): Promise<Rewrapped>;
  removeEscrow(recipient: string, passphrase: Secret | undefined, by: Actor): Promise<Rewrapped>;
  shred(date: string, by: Actor): Promise<{ readonly keys: number }>;
  sheet(passphrase: Secret | undefined, by: Actor): Promise<{ readonly recipient: string; readonly identity: Secret }>;
}

export interface Rewrapped {
  readonly changed: number;
  readonly skipped: number;
}

/** A viewer's socket as the live hub sees it. */
export interface LiveSocket {
  /** Text and binary frames keep their order. Check `bufferedAmount` (bytes not yet handed to the system) before more. */
  send(data: string | Uint8Array, options: { readonly binary: boolean }): void;
  readonly bufferedAmount: number;
  close(code: number, reason: string): void;
  /** A string for a text frame. One listener; messages that come before it is set are kept (at most 64). */
  onMessage(listener: (data: string | Uint8Array) => void): void;
  /** Called once, also where the socket is closed already. */
  onClose(listener: () => void): void;
}

export interface LiveHub {
  attach(socket: LiveSocket, principal: Principal): void;
}

/** The same for a browser that is a camera. */
export interface PublishHub {
  attach(socket: LiveSocket, principal: Principal): void;
}

export interface Pictures {
  /**
   * Calls `onPicture` for each live picture (JPEG, boxes drawn in) until the returned function is called. Its caller may
   * not wait in it. @throws Problem of status 404 or 503
   */
  watch(camera: CameraId, onPicture: (jpeg: Uint8Array) => void): () => void;
}

export interface HlsView {
  /** A playlist or segment by its name; undefined where there is none. @throws Problem of status 404 or 503 */
  file(
    camera: CameraId,
    name: string,
    signal: AbortSignal,
  ): Promise<
    | {
        readonly contentType: 'application/vnd.apple.mpegurl' | 'video/mp4';
        readonly bytes: Uint8Array | string;
      }
    | undefined
  >;
}

export interface AuditEntry {
  readonly kind: string;
  readonly who: string | null;
  readonly from: string | null;
  readonly camera?: string;
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

export interface LoggedEntry extends AuditEntry {
  readonly sequence: number;
  /** UTC ms. */
  readonly at: number;
}

export interface AuditSink {
  /** Resolves when the entry is durable. */
  append(entry: AuditEntry): Promise<unknown>;
  /** Entries there are; the newest is `size - 1`. */
  tree(): { readonly size: number };
  /** In order from sequence `from`. @throws Problem audit/damaged */
  read(page: { readonly from: number; readonly limit: number }): AsyncIterable<LoggedEntry>;
  /** Looks at every entry and at the newest checkpoint. @throws Problem audit/damaged */
  verify(): Promise<{
    readonly entries: number;
    /** Base64. */
    readonly root: string;
    readonly faults: readonly { readonly kind: string; readonly sequence?: number; readonly size?: number }[];
  }>;
  /** How far each witness of its checkpoints has come. */
  witnesses(): readonly {
    readonly kind: 'file' | 'http' | 'timestamp';
    readonly target: string;
    readonly state: 'current' | 'waiting' | 'failing';
    readonly size: number | null;
    /** UTC ms. */
    readonly at: number | null;
    readonly problem?: string;
  }[];
  /** Counted per address, kind and minute; for what was refused before anybody was known. */
  refused(refusal: { readonly address: string; readonly kind: string }): void;
}

export type SettingValue = boolean | number | string | null | readonly SettingValue[] | SettingMap;
export interface SettingMap {
  readonly [key: string]: SettingValue;
}

export interface SettingsView {
  read(): Promise<{
    /** Without its directory. */
    readonly file: string;
    readonly writable: boolean;
    /** Dotted keys that the command line set. */
    readonly pinned: readonly string[];
    /** Every section with its defaults; cameras apart. */
    readonly values: SettingMap;
    /** As written, by id. */
    readonly cameras: readonly { readonly id: string; readonly entry: SettingMap }[];
    /** Dotted keys that differ from what the system was started with, and hold from the next start on. */
    readonly waiting: readonly string[];
    /** JSON Schema of the file, with words of ours: `unit`, `later`. */
    readonly schema: object;
  }>;
  /** Writes the file and applies it; all of it or nothing. @throws Problem `config/invalid`, `config/not-writable` */
  change(changes: readonly { readonly key: string; readonly value: SettingValue }[], by: Actor): Promise<void>;
  changeCamera(camera: CameraId, changes: Readonly<Record<string, SettingValue>>, by: Actor): Promise<void>;
  addCamera(
    camera: {
      readonly name: string;
      /** Left out: it publishes to its path. */
      readonly source?: string;
      readonly substream?: string;
      readonly username?: string;
      readonly password?: Secret;
    },
    by: Actor,
  ): Promise<{ readonly id: string; readonly path: string }>;
  setCameraPassword(
    camera: CameraId,
    credentials: { readonly username: string; readonly password: Secret },
    by: Actor,
  ): Promise<void>;
  removeCamera(camera: CameraId, by: Actor): Promise<void>;
  /** Connects once. @throws Problem `camera/…` that says what is wrong */
  testCamera(
    camera: { readonly source: string; readonly username?: string; readonly password?: Secret },
    signal: AbortSignal,
  ): Promise<{
    readonly codec: string;
    readonly width: number | null;
    readonly height: number | null;
    readonly fps: number | null;
  }>;
}

/** The deployment checklist, without absolute paths. */
export interface DoctorView {
  examine(signal: AbortSignal): Promise<
    readonly {
      readonly id: string;
      readonly title: string;
      readonly status: 'pass' | 'warn' | 'fail';
      readonly findings: readonly {
        readonly status: 'pass' | 'warn' | 'fail';
        readonly why: string;
        readonly mend?: string;
      }[];
    }[]
  >;
}

export interface SystemView {
  /** Everything that the configuration asks for runs. */
  ready(): boolean;
}

export interface PendingDeletion {
  readonly id: number;
  readonly subject:
    | { readonly kind: 'recording'; readonly recording: RecordingId; readonly camera: CameraId }
    | { readonly kind: 'day'; readonly date: string };
  readonly by: string | null;
  /** UTC ms. */
  readonly askedAt: number;
  readonly dueAt: number | null;
  readonly confirmable: boolean;
}

export interface DeletionsView {
  /** Undefined where nothing makes it wait: it is the caller's to do. @throws Problem deletion/too-many (409) */
  ask(
    subject: { readonly kind: 'recording'; readonly recording: RecordingId; readonly camera: CameraId },
    by: Actor,
  ): Promise<PendingDeletion | undefined>;
  list(): Promise<readonly PendingDeletion[]>;
  /** @throws Problem deletion/unknown (404) */
  cancel(id: number, by: Actor): Promise<void>;
  /** @throws Problem deletion/unknown (404), deletion/own (403), deletion/waits (409) */
  confirm(id: number, by: Actor): Promise<void>;
}

export interface Parts {
  readonly deletions: DeletionsView;
  readonly access: Access;
  readonly recordings: RecordingsView;
  readonly events: EventsView;
  readonly timeline: TimelineView;
  readonly storage: StorageView;
  readonly streams: StreamsView;
  readonly sealed: SealedView;
  readonly cameraControl: CameraControl;
  readonly happenings: Happenings;
  readonly discovery: DiscoveryView;
  readonly vault: VaultView;
  readonly keys: KeysView;
  readonly live: LiveHub;
  readonly publish: PublishHub;
  readonly pictures: Pictures;
  readonly hls: HlsView;
  readonly audit: AuditSink;
  readonly settings: SettingsView;
  readonly doctor: DoctorView;
  /** In the text format of Prometheus. */
  readonly metrics: { text(): Promise<string> };
  readonly system: SystemView;
}

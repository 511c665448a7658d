/**
 * What the command line needs of the program: the running system and, without one, the home itself. `app.ts` makes both;
 * here stands only as much of them as the commands use.
 */
import type { Clock } from '../base/clock.ts';
import type { CameraId, RecordingId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Secret } from '../base/secret.ts';
import type { ConfigFile } from '../config/config-file.ts';
import type { Config } from '../config/load.ts';
import type { HomeFacts } from '../doctor/home-facts.ts';

/** Who makes a change, for the audit log: nobody by name, for it is a command on the machine itself. */
export interface Actor {
  readonly who: string | null;
  readonly from: string | null;
}

export const localActor: Actor = { who: null, from: null };

export type Role = 'admin' | 'viewer' | 'publisher';
export type CameraGrant = 'all' | readonly CameraId[];

export interface HomeAccount {
  readonly name: string;
  readonly role: string;
  readonly cameras: CameraGrant;
  readonly stream: boolean;
  readonly canLogIn: boolean;
  /** UTC ms. */
  readonly createdAt: number;
  readonly lastLoginAt: number | null;
  readonly lockedUntil: number | null;
}

export interface HomeAccounts {
  list(): Promise<readonly HomeAccount[]>;
  add(
    account: {
      readonly name: string;
      readonly role: Role;
      readonly cameras: CameraGrant;
      readonly password: Secret;
      readonly stream?: boolean;
    },
    by: Actor,
  ): Promise<void>;
  setPassword(name: string, password: Secret, by: Actor): Promise<void>;
  renewStreamPassword(name: string, by: Actor): Promise<Secret>;
  rotate(name: string, by: Actor): Promise<{ readonly password?: Secret; readonly streamPassword?: Secret }>;
  setRole(name: string, role: Role, cameras: CameraGrant, by: Actor): Promise<void>;
  remove(name: string, by: Actor): Promise<void>;
  /** True where it was locked. */
  unlock(name: string, by: Actor): Promise<boolean>;
}

export interface HomeRecording {
  readonly id: number;
  readonly camera: string;
  readonly cameraName: string;
  readonly state: string;
  /** UTC ms. */
  readonly startAt: number;
  readonly endAt: number | null;
  /** Under the recordings directory, without `.age`. */
  readonly file: string;
  readonly sealedBytes: number;
  readonly confidence: number;
}

export interface HomeKeyFacts {
  readonly escrow: readonly string[];
  readonly configured: readonly string[];
  readonly dayKeys: number;
  readonly firstDay?: string;
  readonly lastDay?: string;
}

/** Day keys that were wrapped anew, and those that stay as they were because this owner doesn't open them. */
export interface HomeRewrapped {
  readonly changed: number;
  readonly skipped: number;
}

export interface HomeAuditEntry {
  readonly sequence: number;
  /** UTC ms. */
  readonly at: number;
  readonly kind: string;
  readonly who: string | null;
  readonly from: string | null;
  readonly camera?: string;
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

export interface HomeAuditVerification {
  readonly entries: number;
  readonly root: string;
  readonly faults: readonly { readonly kind: string; readonly sequence?: number; readonly size?: number }[];
}

/** `waiting`: not yet; `dueAt` (UTC ms) says when, null: when an admin agrees. */
export interface HomeShredded {
  readonly keys: number;
  readonly waiting?: { readonly id: number; readonly dueAt: number | null };
}

export interface HomeDeletion {
  readonly id: number;
  readonly subject:
    | { readonly kind: 'recording'; readonly recording: number; readonly camera: string }
    | { readonly kind: 'day'; readonly date: string };
  readonly by: string | null;
  readonly askedAt: number;
  readonly dueAt: number | null;
  readonly confirmable: boolean;
}

/** A place outside this machine that gets the checkpoints. */
export interface HomeWitness {
  readonly kind: string;
  readonly target: string;
  readonly state: 'current' | 'waiting' | 'failing';
  readonly size: number | null;
  readonly problem?: string;
}

export interface HomeImported {
  readonly imported: number;
  readonly known: number;
  readonly tooOld: number;
  readonly refused: readonly { readonly name: string; readonly why: string }[];
  readonly removed: number;
  readonly next?: string;
}

export interface HomeReindexed {
  readonly added: number;
  readonly known: number;
  readonly refused: number;
}

export interface HomeCertificate {
  readonly source: string;
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  /** UTC ms. */
  readonly validFrom: number;
  readonly validTo: number;
  /** SHA-256, `AB:CD:…`. */
  readonly fingerprint: string;
  readonly caFingerprint: string | undefined;
}

export interface DecryptTarget {
  /** Accept a file whose end is missing. */
  readonly torn: boolean;
  write(bytes: Uint8Array): Promise<void>;
}

export interface Decrypted {
  readonly plainBytes: number;
  readonly torn: boolean;
}

/** What a source answered. */
export interface ProbedCamera {
  readonly codec: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
}

/** The home's parts, opened: in the running system, or by a command under the home's lock. */
export interface Home {
  readonly access: {
    readonly users: HomeAccounts;
    /** Ends all sessions, voids the admins' credentials; returns the set-up link's new code. */
    resetAdmins(by: Actor): Promise<Secret>;
  };
  readonly credentials: {
    set(camera: CameraId, credentials: { readonly username: string; readonly password: Secret }): Promise<void>;
    remove(camera: CameraId): Promise<boolean>;
  };
  readonly cameras: {
    /** Makes the camera known to the catalogue, so that credentials and grants can hang on it. Idempotent. */
    register(camera: { readonly id: CameraId; readonly name: string; readonly path: string }): Promise<void>;
    /** Marks it as removed; its recordings stay. */
    remove(camera: CameraId): Promise<void>;
    /** Connects once with the stored credentials. @throws Problem `camera/…` that says what is wrong. */
    /** Takes the certificate that was refused last for the camera's. @throws Problem camera/no-new-certificate */
    trust(camera: CameraId): Promise<{ readonly fingerprint: string }>;
    test(camera: CameraId, signal: AbortSignal): Promise<ProbedCamera>;
  };
  readonly vault: {
    status(): { readonly kind: 'absent' | 'locked' | 'open'; readonly mode?: string; readonly ownerRecipient?: string };
    unlock(passphrase: Secret | undefined): Promise<void>;
    keyFacts(): Promise<HomeKeyFacts>;
    /** With `passphrase` a locked key is opened for this and locked again. */
    rotate(
      wish: { readonly passphrase?: Secret; readonly newPassphrase?: Secret },
      by: Actor,
    ): Promise<HomeRewrapped & { readonly recipient: string }>;
    addEscrow(recipient: string, passphrase: Secret | undefined, by: Actor): Promise<HomeRewrapped>;
    removeEscrow(recipient: string, passphrase: Secret | undefined, by: Actor): Promise<HomeRewrapped>;
    /** `date`: `YYYY-MM-DD`, UTC. @throws Problem `recording/held` while a recording of that day is on hold */
    shred(date: string, by: Actor): Promise<HomeShredded>;
    /** A new home from the sheet: the owner key, and the day keys that lie with the recordings. */
    recover(
      owner: { readonly identity: Secret; readonly passphrase?: Secret },
      by: Actor,
    ): Promise<{ readonly recipient: string; readonly adopted: number; readonly foreign: number }>;
    /** The owner's identity, for the sheet. */
    ownerIdentity(passphrase: Secret | undefined, by: Actor): Promise<Secret>;
  };
  readonly recordings: {
    /** Newest first, open ones included. */
    list(filter: { readonly limit: number; readonly camera?: CameraId }): Promise<readonly HomeRecording[]>;
    /** Compares files with the audit log; one, or all. */
    verify(
      id: RecordingId | undefined,
      signal: AbortSignal,
    ): Promise<
      readonly {
        readonly id: number;
        readonly camera: string;
        readonly file: string;
        readonly faults: readonly string[];
      }[]
    >;
    /** What retention would delete now. */
    expiring(): Promise<
      readonly {
        readonly id: number;
        readonly camera: string;
        readonly startAt: number;
        readonly sealedBytes: number;
        readonly reason: string;
      }[]
    >;
    /** Makes rows for clips that have none. */
    reindex(signal: AbortSignal): Promise<HomeReindexed>;
    /** Writes it with its proof as a zip to `path` (absolute), encrypted where a recipient is named. */
    export(
      wish: { readonly id: RecordingId; readonly path: string; readonly recipient?: string },
      by: Actor,
      signal: AbortSignal,
    ): Promise<{ readonly bytes: number }>;
    /** Takes recordings of the first life in, for some seconds; `next` says where to go on. Paths are absolute. */
    import(
      wish: {
        readonly directory: string;
        readonly keyFile?: string;
        readonly remove: boolean;
        readonly hold: boolean;
        readonly after?: string;
      },
      by: Actor,
      signal: AbortSignal,
    ): Promise<HomeImported>;
    /** Puts one on legal hold, or ends that. @throws Problem `recording/unknown` */
    hold(id: RecordingId, hold: boolean, by: Actor): Promise<void>;
  };
  readonly audit: {
    /** Entries from sequence `from` on. */
    read(from: number, limit: number): Promise<readonly HomeAuditEntry[]>;
    size(): number;
    /** `earlier`: checkpoints kept elsewhere, as notes. */
    verify(earlier: readonly string[]): Promise<HomeAuditVerification>;
    witnesses(): readonly HomeWitness[];
  };
  readonly mirror: { login(accessKeyId: string, secret: Secret): Promise<void> };
  /** Deletions that wait. @throws Problem `deletion/unknown`, `deletion/own` */
  readonly deletions: {
    list(): Promise<readonly HomeDeletion[]>;
    cancel(id: number, by: Actor): Promise<void>;
    confirm(id: number, by: Actor): Promise<void>;
  };
  readonly backups: {
    /** `target` is absolute: a file to be, or a folder. @throws Problem `backup/exists`, `vault/no-owner` */
    make(
      wish: { readonly target: string; readonly withRecordings: boolean },
      by: Actor,
      signal: AbortSignal,
    ): Promise<{ readonly path: string; readonly bytes: number; readonly files: number; readonly copied: number }>;
    verified(detail: { readonly file: string; readonly madeAt: string }, by: Actor): Promise<void>;
    restored(detail: { readonly madeAt: string; readonly version: string }, by: Actor): Promise<void>;
  };
  /** What an opened home tells the doctor. */
  readonly doctor: { facts(): Promise<HomeFacts> };
  readonly certificates: { show(): HomeCertificate; reissue(): Promise<void> };
  /** Present in the running system. */
  readonly running?: {
    /** `https://…/setup#CODE` while the set-up is open. */
    setupUrl(): Promise<Secret | undefined>;
    /** Reads configuration and certificates again. */
    reload(): Promise<void>;
    /** A word for each camera's state, by id. */
    cameraStates(): Readonly<Record<string, string>>;
  };
}

export interface OpenedHome extends Home, AsyncDisposable {}

/** A command as the control socket carries it: `emit` sends events before the result. */
export type Handler = (
  args: unknown,
  emit: (event: string, fields?: Readonly<Record<string, unknown>>) => void,
  signal: AbortSignal,
) => Promise<unknown>;

export interface HomeOptions {
  readonly config: Config;
  /** Absolute; exists, 0700. */
  readonly home: string;
  /** The text of the configuration, for backups; empty where there is none. */
  readonly configText?: () => Promise<string>;
  readonly log: Log;
  readonly clock: Clock;
  /** `$CREDENTIALS_DIRECTORY`. */
  readonly credentialsDirectory?: string;
}

export interface RunOptions extends HomeOptions {
  /** Reads the configuration again, for SIGHUP and after a command changed it. @throws Problem `config/…` */
  readonly loadConfig: () => Promise<Config>;
  readonly configFile: ConfigFile;
  readonly rtspServer: boolean;
  /** Show the generated camera where none is configured. */
  readonly demo: boolean;
  /** For cameras given on the command line, used besides the store's. */
  readonly credentials: ReadonlyMap<CameraId, { readonly username: string; readonly password: Secret }>;
  /** Commands for the control socket. */
  readonly handlers: (home: Home) => Readonly<Record<string, Handler>>;
}

export interface RunningSystem {
  readonly ready: {
    readonly https: string;
    readonly rtsp?: string;
    readonly rtsps?: string;
    readonly paths?: string;
    readonly pid: number;
  };
  /** The link by which the first admin is made; only while there is none. */
  readonly setupUrl?: Secret;
  /** Resolves when the set-up link has been used. */
  readonly setupDone?: Promise<void>;
  reload(): Promise<void>;
  /** Finishes the open recordings and closes everything. */
  stop(): Promise<void>;
  /** Resolves when it has stopped, by `stop` or of itself; rejects with what made it stop. */
  readonly stopped: Promise<void>;
}

/** What `app.ts` exports for the command line. */
export interface App {
  runSystem(options: RunOptions): Promise<RunningSystem>;
  /** @throws Problem `control/home-in-use` where a server or another command has it. */
  openHome(options: HomeOptions): Promise<OpenedHome>;
}

/**
 * What the command line needs of the program: the running system and, without one, the home itself. `app.ts` makes both;
 * here stands only as much of them as the commands use.
 */
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Secret } from '../base/secret.ts';
import type { Config } from '../config/load.ts';

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
    unlock(passphrase: Secret): Promise<void>;
  };
  readonly recordings: {
    /** Newest first, open ones included. */
    list(filter: { readonly limit: number; readonly camera?: CameraId }): Promise<readonly HomeRecording[]>;
  };
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
  readonly log: Log;
  readonly clock: Clock;
}

export interface RunOptions extends HomeOptions {
  /** Reads the configuration again, for SIGHUP and after a command changed it. @throws Problem `config/…` */
  readonly loadConfig: () => Promise<Config>;
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

/** A home as the commands use it, whether the system runs or not. */
import type { Actor } from './access/audit.ts';
import type { CameraId, RecordingId } from './base/ids.ts';
import { Problem } from './base/problem.ts';
import type { Secret } from './base/secret.ts';
import { cameraGuard, dialSource } from './cameras/camera-address.ts';
import { probeCamera, probeProgram } from './cameras/probe.ts';
import type { Config } from './config/load.ts';
import { findSandbox } from './decoder/sandbox.ts';
import type { HomeFacts } from './doctor/home-facts.ts';
import type { HomeOptions, HomeParts } from './home.ts';
import { backupsOf } from './home-backup.ts';
import { homeFacts } from './home-doctor.ts';
import { keysOf } from './home-keys.ts';
import { PulledSources } from './pulled-sources.ts';
import type { ExportParts } from './recording/export.ts';
import { openExport } from './recording/export.ts';
import { writeExport } from './recording/export-file.ts';
import type { ImportParts, ImportWish } from './recording/import.ts';
import { importRecordings } from './recording/import.ts';
import { reindex } from './recording/reindex.ts';
import { Retention } from './recording/retention.ts';
import type { VerifyParts } from './recording/verify.ts';
import { verifyRecordings } from './recording/verify.ts';
import { retentionRules } from './recording-rules.ts';

/** What of it only the running system can do. */
export interface RunningCommands {
  /** The configuration as it was last read: cameras come and go while the system runs. */
  config(): Config;
  setupUrl(): Promise<Secret | undefined>;
  reload(): Promise<void>;
  /** What the doctor asks of the server. */
  server(): NonNullable<HomeFacts['server']>;
  /** A word for each camera's state, by id. */
  cameraStates(): Readonly<Record<string, string>>;
  /** Its password changed: connect anew. */
  reconnect(camera: CameraId): Promise<void>;
}

export function commandsOf(home: HomeParts, options: HomeOptions, running?: RunningCommands) {
  const { access, audit, catalog, credentials, cameraCertificates, certificates, recordings: store } = home;
  const { users } = access;
  const now = (): HomeOptions => (running === undefined ? options : { ...options, config: running.config() });
  type Add = Parameters<typeof users.add>;
  return {
    access: {
      users: {
        list: () => users.list(),
        add: async (...[account, by]: Add) => {
          await users.add(account, by);
          await makeOwnerFor(account.role, home, now());
        },
        setPassword: (name: string, password: Secret, by: Actor) => users.setPassword(name, password, by),
        rotate: (name: string, by: Actor) => users.rotate(name, by),
        renewStreamPassword: (name: string, by: Actor) => users.renewStreamPassword(name, by),
        setRole: (name: string, role: Add[0]['role'], cameras: Add[0]['cameras'], by: Actor) =>
          users.setRole(name, role, cameras, by),
        remove: (name: string, by: Actor) => users.remove(name, by),
        unlock: (name: string, by: Actor) => users.unlock(name, by),
      },
      resetAdmins: (by: Actor) => access.resetAdmins(by),
    },
    credentials: {
      set: async (camera: CameraId, given: { readonly username: string; readonly password: Secret }) => {
        await credentials.set(camera, given);
        await running?.reconnect(camera);
      },
      remove: (camera: CameraId) => credentials.remove(camera),
    },
    cameras: {
      register: async (camera: { readonly id: CameraId; readonly name: string }) => {
        await catalog.cameras.ensure(camera.id, camera.name);
      },
      remove: async (camera: CameraId) => {
        await catalog.cameras.remove(camera);
        await cameraCertificates.forget(camera);
      },
      /** Takes the certificate that was refused last. @throws Problem camera/no-new-certificate */
      trust: async (camera: CameraId) => {
        const fingerprint = await cameraCertificates.accept(camera);
        const detail = { fingerprint };
        await audit.append({ kind: 'camera.certificate-accepted', who: null, from: null, camera, detail });
        await running?.reconnect(camera);
        return { fingerprint };
      },
      test: (camera: CameraId, signal: AbortSignal) => testCamera(camera, home, now(), signal),
    },
    vault: keysOf(home),
    recordings: {
      list: async (filter: { readonly limit: number; readonly camera?: CameraId }) => {
        const states = ['open', 'finished', 'torn'] as const;
        return (await catalog.recordingLists.list({ offset: 0, ...filter, states }, 'all')).recordings;
      },
      verify: async (id: RecordingId | undefined, signal: AbortSignal) => {
        return await Array.fromAsync(verifyRecordings(verifyPartsOf(home), id, signal));
      },
      expiring: () => retentionOf(home, options, () => options.config).plan(),
      reindex: (signal: AbortSignal) => reindex({ catalog, vault: home.vault, store, log: options.log }, signal),
      /** Writes a zip to `path`. @throws Problem recording/unknown, and what `openExport` and `writeExport` throw */
      export: async (
        { path, ...wish }: { readonly id: RecordingId; readonly path: string; readonly recipient?: string },
        by: Actor,
        signal: AbortSignal,
      ) => {
        const found = await openExport(exportPartsOf(home, options), { ...wish, scope: 'all', by }, signal);
        if (found === undefined) throw new Problem('recording/unknown', 'there is no such recording', { status: 404 });
        return { bytes: await writeExport(path, found.bytes(), signal) };
      },
      /** A turn of it; `next` says where to go on. @throws Problem as `importRecordings` */
      import: (wish: Omit<ImportWish, 'by'>, by: Actor, signal: AbortSignal) =>
        importRecordings(importPartsOf(home, now()), { ...wish, by }, signal),
      hold: async (id: RecordingId, hold: boolean, by: Actor) => {
        const found = await catalog.recordings.byId(id, 'all');
        if (found === undefined) throw new Problem('recording/unknown', 'there is no such recording', { status: 404 });
        await catalog.recordings.setHold(id, hold ? options.clock.now() : null, 'all');
        await home.factsFiles.writeOf(id);
        const kind = hold ? 'recording.held' : 'recording.released';
        await home.audit.append({ kind, ...by, camera: found.camera, detail: { recording: id } });
      },
      store,
    },
    audit: {
      read: (from: number, limit: number) => Array.fromAsync(home.audit.read({ from, limit })),
      size: () => home.audit.tree().size,
      verify: (earlier: readonly string[]) => home.audit.verify(earlier),
      witnesses: () => home.audit.witnesses(),
      prove: (sequence: number) => home.audit.prove(sequence),
    },
    mirror: {
      login: (accessKeyId: string, secret: Secret) => home.mirrorLogin(accessKeyId, secret),
    },
    deletions: {
      list: () => home.deletions.list(),
      cancel: (id: number, by: Actor) => home.deletions.cancel(id, by),
      confirm: (id: number, by: Actor) => home.deletions.confirm(id, by),
    },
    certificates: {
      show: () => certificates.show(),
      reissue: async () => {
        await certificates.reissue();
        await running?.reload();
      },
    },
    backups: backupsOf(home, options),
    doctor: { facts: () => homeFacts(home, now().config, running?.server()) },
    ...(running === undefined ? {} : { running }),
  };
}

/** What an export is made of. */
export function exportPartsOf(
  { catalog, vault, recordings: store, audit }: HomeParts,
  { clock }: Pick<HomeOptions, 'clock'>,
): ExportParts {
  return { recordings: catalog.recordings, vault, store, audit, clock };
}

function importPartsOf(home: HomeParts, { config, clock, log }: HomeOptions): ImportParts {
  const { catalog, vault, recordings: store, audit } = home;
  const { all, cameras } = retentionRules(config);
  // One that isn't configured any more has the rule of all
  const maxAgeMs = (camera: CameraId) => (cameras.get(camera) ?? all).maxAgeMs;
  return { catalog, vault, store, audit, maxAgeMs, clock, log };
}

export function verifyPartsOf({ catalog, recordings: store, audit }: HomeParts): VerifyParts {
  const entries = () => audit.read({ limit: Number.POSITIVE_INFINITY });
  return { recordingLists: catalog.recordingLists, store, entries };
}

/** `config`: as it is now, for it may be reloaded. */
export function retentionOf(
  home: HomeParts,
  { clock, log }: HomeOptions,
  config: () => HomeOptions['config'],
): Retention {
  return new Retention({
    catalog: home.catalog,
    deletion: home.deletion,
    store: home.recordings,
    written: ({ id, camera, startAt, reason }) =>
      home.audit.append({
        ...{ kind: 'recording.deleted', who: null, from: null, camera },
        detail: { recording: id, start: new Date(startAt).toISOString(), reason },
      }),
    forgotten: (events, before) =>
      home.audit.append({
        ...{ kind: 'events.removed', who: null, from: null },
        detail: { events, before: new Date(before).toISOString() },
      }),
    rules: () => retentionRules(config()),
    clock,
    log,
  });
}

async function testCamera(id: CameraId, home: HomeParts, options: HomeOptions, signal: AbortSignal) {
  const { config, clock, log } = options;
  const camera = config.cameras.find((one) => one.id === id);
  if (camera?.source === undefined) {
    throw new Problem('camera/no-source', 'this camera has no source to connect to', {
      status: 404,
      hint: 'only cameras that are pulled can be tested',
    });
  }
  const { source } = camera;
  if (source.startsWith('ffmpeg:')) {
    const sandbox = await findSandbox({ log }, signal);
    const sources = new PulledSources({ ...options, parts: home, sandbox, credentials: new Map() });
    const play: Parameters<typeof probeProgram>[0] = (onSample, limit) =>
      sources.playByFfmpeg({ id, audio: false }, source, onSample, limit);
    return await probeProgram(play, signal);
  }
  const url = new URL(source);
  const stored = await home.credentials.get(id);
  const pinned = (await home.cameraCertificates.get(id))?.pinned;
  return await probeCamera(
    {
      url,
      ...(stored === undefined ? {} : { credentials: stored }),
      digestSeen: stored?.digestSeen ?? false,
      dial: () => dialSource(cameraGuard(config.network.allowed_destinations), url),
      ...(pinned === undefined ? {} : { pinned }),
      clock,
      log,
    },
    signal,
  );
}

/**
 * The first admin made by a command has nobody to ask how the owner's key is kept: a keyfile, which `doctor` warns of,
 * unless the configuration demands something else.
 */
async function makeOwnerFor(role: string, home: HomeParts, { config, log }: HomeOptions): Promise<void> {
  const { mode } = config.security.encryption;
  if (role !== 'admin' || home.vault.status().kind !== 'absent' || (mode !== null && mode !== 'keyfile')) return;
  await home.createOwner({ mode: 'keyfile' });
  await home.audit.append({ kind: 'key.created', who: null, from: null, detail: { mode: 'keyfile' } });
  log.warn({}, 'owner key made as a plain keyfile in the home');
}

/** Recordings, certificates and the system as a whole. */
import Type from 'typebox';
import type { RecordingId } from '../../base/ids.ts';
import { parseCameraId } from '../../base/ids.ts';
import { Secret } from '../../base/secret.ts';
import { localActor } from '../system.ts';
import type { Operation } from './operation.ts';
import { name, object, operation, secret } from './operation.ts';

export const recordingOperations: Readonly<Record<string, Operation>> = {
  'recording.list': operation(
    object({ limit: Type.Integer({ minimum: 1, maximum: 1000 }), camera: Type.Optional(name) }),
    async (home, args) => ({
      recordings: await home.recordings.list({
        limit: args.limit,
        ...(args.camera === undefined ? {} : { camera: parseCameraId(args.camera) }),
      }),
    }),
  ),
  'recording.verify': operation(
    object({ id: Type.Optional(Type.Integer({ minimum: 1 })) }),
    async (home, args, signal) => ({
      recordings: await home.recordings.verify(args.id as RecordingId | undefined, signal),
    }),
  ),
  'recording.expiring': operation(object({}), async (home) => ({ recordings: await home.recordings.expiring() })),
  'recording.reindex': operation(object({}), async (home, _, signal) => ({
    ...(await home.recordings.reindex(signal)),
  })),
  'recording.import': operation(
    object({
      directory: Type.String({ minLength: 1, maxLength: 4096 }),
      keyFile: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
      remove: Type.Boolean(),
      hold: Type.Boolean(),
      after: Type.Optional(Type.String({ maxLength: 4096 })),
    }),
    async (home, { directory, keyFile, remove, hold, after }, signal) => ({
      ...(await home.recordings.import(
        {
          ...{ directory, remove, hold },
          ...(keyFile === undefined ? {} : { keyFile }),
          ...(after === undefined ? {} : { after }),
        },
        localActor,
        signal,
      )),
    }),
  ),
  'recording.export': operation(
    object({
      id: Type.Integer({ minimum: 1 }),
      path: Type.String({ minLength: 1, maxLength: 4096 }),
      recipient: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
    }),
    async (home, { id, path, recipient }, signal) => ({
      ...(await home.recordings.export(
        { id: id as RecordingId, path, ...(recipient === undefined ? {} : { recipient }) },
        localActor,
        signal,
      )),
    }),
  ),
  'recording.hold': operation(
    object({ id: Type.Integer({ minimum: 1 }), hold: Type.Boolean() }),
    async (home, args) => {
      await home.recordings.hold(args.id as RecordingId, args.hold, localActor);
      return {};
    },
  ),
};

const note = Type.String({ maxLength: 4096 });

export const auditOperations: Readonly<Record<string, Operation>> = {
  'audit.read': operation(
    object({ from: Type.Integer(), limit: Type.Integer({ minimum: 1, maximum: 1000 }) }),
    async (home, args) => {
      // Negative: so many before the end
      const from = args.from < 0 ? Math.max(0, home.audit.size() + args.from) : args.from;
      return { entries: await home.audit.read(from, args.limit) };
    },
  ),
  'audit.verify': operation(object({ earlier: Type.Array(note, { maxItems: 64 }) }), async (home, args) => ({
    ...(await home.audit.verify(args.earlier)),
    witnesses: home.audit.witnesses(),
  })),
};

export const certificateOperations: Readonly<Record<string, Operation>> = {
  'cert.show': operation(object({}), async (home) => home.certificates.show()),
  'cert.generate': operation(object({}), async (home) => {
    await home.certificates.reissue();
    await home.running?.reload();
    return home.certificates.show();
  }),
};

const text = Type.String({ minLength: 1, maxLength: 4096 });

export const backupOperations: Readonly<Record<string, Operation>> = {
  'backup.make': operation(object({ target: text, withRecordings: Type.Boolean() }), async (home, args, signal) => ({
    ...(await home.backups.make(args, localActor, signal)),
  })),
  'backup.verified': operation(object({ file: text, madeAt: text }), async (home, args) => {
    await home.backups.verified(args, localActor);
    return {};
  }),
};

export const systemOperations: Readonly<Record<string, Operation>> = {
  'doctor.facts': operation(object({}), async (home) => ({ ...(await home.doctor.facts()) })),
  'system.reset': operation(object({}), async (home) => {
    await home.access.resetAdmins(localActor);
    const url = await home.running?.setupUrl();
    return url === undefined ? {} : { url: url.reveal() };
  }),
  'system.reload': operation(object({}), async (home) => {
    await home.running?.reload();
    return {};
  }),
};

const deletionId = object({ id: Type.Integer({ minimum: 1 }) });

export const deletionOperations: Readonly<Record<string, Operation>> = {
  'mirror.login': operation(object({ id: name, secret }), async (home, args) => {
    await home.mirror.login(args.id, new Secret(args.secret));
    return {};
  }),
  'deletion.list': operation(object({}), async (home) => ({ deletions: await home.deletions.list() })),
  'deletion.cancel': operation(deletionId, async (home, { id }) => {
    await home.deletions.cancel(id, localActor);
    return {};
  }),
  'deletion.confirm': operation(deletionId, async (home, { id }) => {
    await home.deletions.confirm(id, localActor);
    return {};
  }),
};

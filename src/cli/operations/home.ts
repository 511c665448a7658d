/** Keys, recordings, certificates and the system as a whole. */
import Type from 'typebox';
import { parseCameraId } from '../../base/ids.ts';
import { Problem } from '../../base/problem.ts';
import { Secret } from '../../base/secret.ts';
import { localActor } from '../system.ts';
import type { Operation } from './operation.ts';
import { name, object, operation, secret } from './operation.ts';

export const keyOperations: Readonly<Record<string, Operation>> = {
  'key.status': operation(object({}), async (home) => home.vault.status()),
  'key.unlock': operation(object({ passphrase: secret }), async (home, args) => {
    if (home.running === undefined)
      throw new Problem('cli/needs-server', 'there is no running server to unlock', {
        status: 409,
        hint: 'start it first',
      });
    await home.vault.unlock(new Secret(args.passphrase));
    return home.vault.status();
  }),
};

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
};

export const certificateOperations: Readonly<Record<string, Operation>> = {
  'cert.show': operation(object({}), async (home) => home.certificates.show()),
  'cert.generate': operation(object({}), async (home) => {
    await home.certificates.reissue();
    await home.running?.reload();
    return home.certificates.show();
  }),
};

export const systemOperations: Readonly<Record<string, Operation>> = {
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

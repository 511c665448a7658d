/** Cameras: the part of a change that is state. The configuration file itself is the command's to edit. */
import Type from 'typebox';
import { parseCameraId } from '../../base/ids.ts';
import { Secret } from '../../base/secret.ts';
import type { Operation } from './operation.ts';
import { name, object, operation, secret } from './operation.ts';

const testLimitMs = 20_000;

export const cameraOperations: Readonly<Record<string, Operation>> = {
  'camera.prepare': operation(
    object({
      id: name,
      name,
      path: name,
      username: Type.Optional(Type.String({ maxLength: 256 })),
      password: Type.Optional(secret),
    }),
    async (home, args) => {
      const id = parseCameraId(args.id);
      await home.cameras.register({ id, name: args.name, path: args.path });
      if (args.password !== undefined)
        await home.credentials.set(id, { username: args.username ?? '', password: new Secret(args.password) });
      return {};
    },
  ),
  'camera.forget': operation(object({ id: name }), async (home, args) => {
    const id = parseCameraId(args.id);
    const hadCredentials = await home.credentials.remove(id);
    await home.cameras.remove(id);
    return { hadCredentials };
  }),
  'camera.trust': operation(object({ id: name }), async (home, args) => home.cameras.trust(parseCameraId(args.id))),
  'camera.test': operation(object({ id: name }), async (home, args, signal) =>
    home.cameras.test(parseCameraId(args.id), AbortSignal.any([signal, AbortSignal.timeout(testLimitMs)])),
  ),
  'camera.states': operation(object({}), async (home) => ({ states: home.running?.cameraStates() ?? {} })),
};

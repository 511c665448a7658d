/** Accounts. Generated passwords go back to the command, which shows them once. */
import { randomInt } from 'node:crypto';
import Type from 'typebox';
import { parseCameraId } from '../../base/ids.ts';
import { Problem } from '../../base/problem.ts';
import { Secret } from '../../base/secret.ts';
import type { CameraGrant, Home, HomeAccount } from '../system.ts';
import { localActor } from '../system.ts';
import type { Operation } from './operation.ts';
import { cameraIds, name, object, operation, role, secret } from './operation.ts';

export const userOperations: Readonly<Record<string, Operation>> = {
  'user.add': operation(
    object({ name, role, cameras: cameraIds, stream: Type.Boolean(), password: Type.Optional(secret) }),
    async (home, args) => {
      const given = args.password === undefined ? undefined : new Secret(args.password);
      const password = given ?? generatedPassword();
      const { role: wanted, stream } = args;
      await home.access.users.add(
        { name: args.name, role: wanted, cameras: grantOf(args.cameras), password, stream },
        localActor,
      );
      return given === undefined ? { password: password.reveal() } : {};
    },
  ),
  'user.list': operation(object({}), async (home) => ({ users: await home.access.users.list() })),
  'user.passwd': operation(object({ name, password: Type.Optional(secret) }), async (home, args) => {
    const given = args.password === undefined ? undefined : new Secret(args.password);
    const password = given ?? generatedPassword();
    await home.access.users.setPassword(args.name, password, localActor);
    return given === undefined ? { password: password.reveal() } : {};
  }),
  'user.stream': operation(object({ name }), async (home, args) => {
    const password = await home.access.users.renewStreamPassword(args.name, localActor);
    return { streamPassword: password.reveal() };
  }),
  'user.role': operation(object({ name, role, cameras: Type.Optional(cameraIds) }), async (home, args) => {
    const before = await accountOf(home, args.name);
    // An admin's cameras came with the role, and go with it.
    const kept = before.role === 'admin' && args.role !== 'admin' ? [] : before.cameras;
    const cameras = args.cameras === undefined ? kept : grantOf(args.cameras);
    await home.access.users.setRole(args.name, args.role, cameras, localActor);
    return { cameras };
  }),
  'user.remove': operation(object({ name }), async (home, args) => {
    await home.access.users.remove(args.name, localActor);
    return {};
  }),
  'user.unlock': operation(object({ name }), async (home, args) => ({
    wasLocked: await home.access.users.unlock(args.name, localActor),
  })),
  'user.rotate': operation(object({ name }), async (home, args) => {
    const { password, streamPassword } = await home.access.users.rotate(args.name, localActor);
    return {
      ...(password === undefined ? {} : { password: password.reveal() }),
      ...(streamPassword === undefined ? {} : { streamPassword: streamPassword.reveal() }),
    };
  }),
};

function grantOf(cameras: 'all' | readonly string[]): CameraGrant {
  return cameras === 'all' ? 'all' : cameras.map(parseCameraId);
}

async function accountOf(home: Home, wanted: string): Promise<HomeAccount> {
  const account = (await home.access.users.list()).find((found) => found.name === wanted);
  if (account === undefined)
    throw new Problem('access/unknown-account', 'there is no account of this name', { status: 404 });
  return account;
}

/** Letters and digits that are read off a screen without doubt. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';

/** 25 characters in five groups: 125 bits, long enough for RTSP as well. */
function generatedPassword(): Secret {
  const group = (): string => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return new Secret(Array.from({ length: 5 }, group).join('-'));
}

/** `user …` */
import type { Secret } from '../../base/secret.ts';
import { askPassword, openTerminal } from '../passwords.ts';
import { usage } from '../problems.ts';
import { atHome } from '../reach.ts';
import type { HomeAccount } from '../system.ts';
import type { Command, Context } from './context.ts';
import { done, reachOf } from './context.ts';

interface Generated {
  readonly password?: string;
  readonly streamPassword?: string;
}

export const userAdd: Command = async (context) => {
  const name = context.positionals[0]!;
  const role = roleOf(context.options['role']);
  // Nothing until it is granted; an admin has every camera anyway.
  const cameras = camerasOf(context.options['camera']) ?? (role === 'admin' ? 'all' : []);
  const args = { name, role, cameras, stream: context.options['stream'] === true };
  return await withPassword(context, 'user.add', args, `${name} added as ${role}`);
};

export const userPasswd: Command = (context) => {
  const name = context.positionals[0]!;
  return withPassword(
    context,
    'user.passwd',
    { name },
    `${name} has a new password; what ran under the old one has ended`,
  );
};

export const userList: Command = async (context) => {
  const { result } = await atHome<{ users: readonly HomeAccount[] }>(reachOf(context), 'user.list', {});
  for (const user of result.users) {
    const { name, role, cameras, stream, canLogIn } = user;
    context.out.event('user', {
      name,
      role,
      cameras,
      stream,
      canLogIn,
      created: iso(user.createdAt),
      lastLogin: iso(user.lastLoginAt),
      lockedUntil: iso(user.lockedUntil),
    });
  }
  const rows = result.users.map((user) => [
    user.name,
    user.role,
    user.cameras === 'all' ? 'all' : user.cameras.join(' ') || 'none',
    user.stream ? 'yes' : 'no',
    stateOf(user),
  ]);
  if (rows.length === 0) context.out.text('There are no accounts yet.');
  else context.out.table(['NAME', 'ROLE', 'CAMERAS', 'RTSP', 'STATE'], rows);
  return done(context.out, { count: rows.length });
};

export const userRole: Command = async (context) => {
  const [name, wanted] = context.positionals;
  const role = roleOf(wanted);
  const cameras = camerasOf(context.options['camera']);
  await atHome(reachOf(context), 'user.role', { name, role, ...(cameras === undefined ? {} : { cameras }) });
  context.out.text(`${name} is ${role} now`);
  return done(context.out, { name, role });
};

export const userRemove: Command = async (context) => {
  const name = context.positionals[0]!;
  await atHome(reachOf(context), 'user.remove', { name });
  context.out.text(`${name} removed`);
  return done(context.out, { name });
};

export const userUnlock: Command = async (context) => {
  const name = context.positionals[0]!;
  const { result } = await atHome<{ wasLocked: boolean }>(reachOf(context), 'user.unlock', { name });
  context.out.text(result.wasLocked ? `${name} is unlocked` : `${name} was not locked`);
  return done(context.out, { name, wasLocked: result.wasLocked });
};

export const userStream: Command = (context) =>
  showGenerated(context, 'user.stream', { name: context.positionals[0]! }, 'RTSP takes the new password alone');

export const userRotate: Command = (context) =>
  showGenerated(
    context,
    'user.rotate',
    { name: context.positionals[0]! },
    'the old ones are void, but a publisher’s for RTSP, which is good for seven more days',
  );

/** A given or generated account password. */
async function withPassword(
  context: Context,
  operation: string,
  args: Readonly<Record<string, unknown>>,
  text: string,
): Promise<number> {
  const { options, io, out } = context;
  if (options['generate'] === true) {
    if (options['password-stdin'] === true) throw usage('--generate and --password-stdin exclude each other');
    return await showGenerated(context, operation, args, text);
  }
  const password: Secret = await askPassword(io, {
    fromStdin: options['password-stdin'] === true,
    prompt: 'Password',
    confirm: true,
  });
  await atHome(reachOf(context), operation, { ...args, password: password.reveal() });
  out.text(text);
  return done(out, { name: args['name'] });
}

/** Shown once, on a terminal; never among the JSON lines, which end in files. */
async function showGenerated(
  context: Context,
  operation: string,
  args: Readonly<Record<string, unknown>>,
  text: string,
): Promise<number> {
  await using terminal = await openTerminal(context.io);
  const { result } = await atHome<Generated>(reachOf(context), operation, args);
  if (result.password !== undefined) await terminal.show(`Password (shown this once): ${result.password}`);
  if (result.streamPassword !== undefined)
    await terminal.show(`RTSP password (shown this once): ${result.streamPassword}`);
  context.out.text(text);
  return done(context.out, { name: args['name'] });
}

function roleOf(role: unknown): string {
  if (role === 'admin' || role === 'viewer' || role === 'publisher') return role;
  throw usage(
    role === undefined ? 'a role is needed' : `there is no role "${String(role)}"`,
    'one of: admin, viewer, publisher',
  );
}

function camerasOf(given: unknown): 'all' | readonly string[] | undefined {
  if (given === undefined) return undefined;
  const ids = given as readonly string[];
  return ids.includes('all') ? 'all' : ids;
}

function stateOf(user: HomeAccount): string {
  if (user.lockedUntil !== null) return `locked until ${iso(user.lockedUntil)}`;
  return user.canLogIn ? 'active' : 'cannot log in';
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

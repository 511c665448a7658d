/** Accounts, for admins. One's own password isn't among it: that asks for the current one. */
import type { CameraId } from '../../base/ids.ts';
import { Problem } from '../../base/problem.ts';
import { Secret } from '../../base/secret.ts';
import { isoTime } from '../dates.ts';
import { notFound } from '../guard.ts';
import type { AccountEntry, Parts } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import type { Account } from '../schemas/accounts.ts';
import {
  AccountChange,
  AccountParameters,
  Account as AccountSchema,
  Accounts,
  NewAccountAnswer,
  NewAccountRequest,
} from '../schemas/accounts.ts';
import { Done } from '../schemas/common.ts';

const rule = { action: 'account.manage' } as const;
const nullableTime = (at: number | null): string | null => (at === null ? null : isoTime(at));

export function accountRoutes({ access: { users } }: Pick<Parts, 'access'>): Route[] {
  /** @throws Problem 404 */
  const find = async (name: string): Promise<AccountEntry> => {
    const account = (await users.list()).find((one) => one.name === name);
    if (account === undefined) throw notFound();
    return account;
  };
  return [
    route({
      method: 'GET',
      url: '/api/accounts',
      summary: 'All accounts',
      access: rule,
      schema: { answer: Accounts },
      handler: async () => ({ accounts: (await users.list()).map(accountAnswer) }),
    }),
    route({
      method: 'POST',
      url: '/api/accounts',
      summary: 'Make an account; without a password one is generated and told once',
      access: rule,
      schema: { body: NewAccountRequest, answer: NewAccountAnswer },
      handler: async ({ body, principal, visit }) => {
        const { username, user_type: role, cameras = [], stream = false } = body;
        const generated = body.password === undefined ? users.generatePassword() : undefined;
        const password = generated ?? new Secret(body.password!);
        const by = { who: principal.username, from: visit.address };
        const name = await users.add({ name: username, role, cameras: granted(cameras), password, stream }, by);
        const account = accountAnswer(await find(name));
        return generated === undefined ? account : { ...account, password: generated.reveal() };
      },
    }),
    route({
      method: 'PATCH',
      url: '/api/accounts/:name',
      summary: 'Change role, cameras or password of an account, end its lockout, remove its second factor',
      access: rule,
      schema: { params: AccountParameters, body: AccountChange, answer: AccountSchema },
      handler: async ({ params: { name }, body, principal, visit }) => {
        const before = await find(name);
        const by = { who: principal.username, from: visit.address };
        const isOwn = name === principal.username;
        if (isOwn && (body.password !== undefined || body.second_factor !== undefined))
          throw new Problem('access/own-account', 'one’s own password and second factor are changed elsewhere', {
            status: 409,
            hint: 'use /api/account/password or /api/account/second-factor, which ask for the current password',
          });
        // The password first: it alone may be refused for what it is, and then nothing has changed.
        if (body.password !== undefined) await users.setPassword(name, new Secret(body.password), by);
        if (body.user_type !== undefined || body.cameras !== undefined) {
          const role = body.user_type ?? before.role;
          // An admin's cameras came with the role, and go with it.
          const kept = before.role === 'admin' && role !== 'admin' ? [] : before.cameras;
          await users.setRole(name, role, body.cameras === undefined ? kept : granted(body.cameras), by);
        }
        if (body.unlock === true) await users.unlock(name, by);
        if (body.second_factor === false) await users.removeSecondFactor(name, by);
        return accountAnswer(await find(name));
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/accounts/:name',
      summary: 'Remove an account, with everything that runs under it',
      access: rule,
      schema: { params: AccountParameters, answer: Done },
      handler: async ({ params: { name }, principal, visit }) => {
        await find(name);
        await users.remove(name, { who: principal.username, from: visit.address });
        return { success: true, message: 'the account was removed' };
      },
    }),
  ];
}

/** The schema's pattern is that of camera ids. */
function granted(cameras: 'all' | readonly string[]): 'all' | readonly CameraId[] {
  return cameras === 'all' ? 'all' : (cameras as readonly CameraId[]);
}

function accountAnswer(account: AccountEntry): Account {
  return {
    username: account.name,
    user_type: account.role,
    cameras: account.cameras === 'all' ? 'all' : [...account.cameras],
    stream: account.stream,
    can_log_in: account.canLogIn,
    second_factor: account.secondFactor,
    created: isoTime(account.createdAt),
    password_changed: nullableTime(account.passwordChangedAt),
    last_login: nullableTime(account.lastLoginAt),
    locked_until: nullableTime(account.lockedUntil),
  };
}

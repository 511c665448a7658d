/** Coming in and going out: `/auth/*` of the contract, and who one is. */
import { Problem } from '../../base/problem.ts';
import { Secret } from '../../base/secret.ts';
import { endedPendingCookie, endedSessionCookie, pendingCookie, readPendingCookie, sessionCookie } from '../cookie.ts';
import { refusalProblem } from '../guard.ts';
import type { Parts, Principal } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { Done } from '../schemas/common.ts';
import { LoginAnswer, LoginRequest, LoginSteps, Session } from '../schemas/session.ts';
import { assertionOf } from './passkeys.ts';
import { vaultAnswer } from './vault.ts';

export function loginRoutes({ access, vault }: Pick<Parts, 'access' | 'vault'>): Route[] {
  return [
    route({
      method: 'POST',
      url: '/auth/verify',
      summary: 'Check a user name and a password',
      access: 'open',
      limit: 'own',
      schema: { body: LoginRequest, answer: LoginAnswer },
      handler: async ({ body, visit }) => {
        const result = await access.verify({
          username: body.username,
          password: new Secret(body.password),
          address: visit.address,
          entrance: 'verify',
        });
        if (!result.ok) throw refusalProblem(result);
        return loginAnswer(result.principal);
      },
    }),
    route({
      method: 'POST',
      url: '/auth/login',
      summary: 'Log in: sets the session cookie',
      access: 'open',
      limit: 'own',
      callers: 'own-page',
      schema: { body: LoginSteps, answer: LoginAnswer },
      handler: async ({ body, visit, request, reply, sessionCookie: before }) => {
        const from = { address: visit.address, userAgent: userAgentOf(request.headers['user-agent']) };
        const pending = readPendingCookie(request.headers.cookie);
        const result =
          'username' in body
            ? await access.login({
                ...{ username: body.username, password: new Secret(body.password) },
                ...{ ...from, entrance: 'login' },
                ...(body.otp === undefined ? {} : { code: new Secret(body.otp) }),
              })
            : 'passkey' in body
              ? await access.loginWithPasskey({ ...from, pending, assertion: assertionOf(body.passkey) })
              : // Without a log-in that waits it is a guess like any other.
                await access.loginWithCode({ ...from, pending: pending ?? new Secret(''), code: new Secret(body.otp) });
        if (!result.ok && result.status === 'second-factor') {
          reply.header('set-cookie', pendingCookie(result.pending));
          throw new Problem('access/second-factor', 'a code of the second factor is needed', { status: 401 });
        }
        if (!result.ok) throw refusalProblem(result);
        if (pending !== undefined) reply.header('set-cookie', endedPendingCookie);
        // The id is never carried over a log-in, so a planted one is worth nothing.
        if (before !== undefined) await access.logout(before);
        reply.header('set-cookie', sessionCookie(result.sessionId));
        return loginAnswer(result.principal);
      },
    }),
    route({
      method: 'POST',
      url: '/auth/logout',
      summary: 'End the session',
      access: { action: 'session.own' },
      callers: 'own-page',
      schema: { answer: Done },
      handler: async ({ sessionCookie: session, reply }) => {
        if (session !== undefined) await access.logout(session);
        reply.header('set-cookie', endedSessionCookie);
        return { success: true, message: 'logged out' };
      },
    }),
    route({
      method: 'GET',
      url: '/api/session',
      summary: 'Who is asking, and what they may see',
      access: { action: 'session.own' },
      schema: { answer: Session },
      handler: ({ principal }): Session => {
        const state = vault.status();
        return {
          username: principal.username,
          user_type: principal.role,
          cameras: principal.cameras === 'all' ? 'all' : [...principal.cameras],
          vault: vaultAnswer(state),
          needs_key: state.kind === 'absent',
        };
      },
    }),
  ];
}

export function loginAnswer(principal: Principal): LoginAnswer {
  return { authenticated: true, user_type: principal.role, username: principal.username };
}

export function userAgentOf(header: string | undefined): string {
  return (header ?? '').slice(0, 256);
}

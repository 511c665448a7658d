/** The first start in the browser: the first admin by the one-time link, then the owner's key. */
import { Problem } from '../../base/problem.ts';
import { Secret } from '../../base/secret.ts';
import { sessionCookie } from '../cookie.ts';
import { notFound, refusalProblem, unauthenticated } from '../guard.ts';
import type { Parts } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { LoginAnswer, SetupKeyAnswer, SetupKeyRequest, SetupRequest } from '../schemas/session.ts';
import { loginAnswer, userAgentOf } from './login.ts';

export function setupRoutes({ access, vault, audit }: Pick<Parts, 'access' | 'vault' | 'audit'>): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/setup',
      summary: 'Make the first admin with the code of the set-up link, and log in',
      access: 'open',
      callers: 'own-page',
      schema: { body: SetupRequest, answer: LoginAnswer },
      handler: async ({ body, visit, request, reply }) => {
        if (!(await access.setupOpen())) throw notFound();
        const { username } = body;
        const password = new Secret(body.password);
        const { address } = visit;
        await access.redeemSetup({ code: new Secret(body.code), username, password, address });
        const userAgent = userAgentOf(request.headers['user-agent']);
        const result = await access.login({ username, password, address, entrance: 'login', userAgent });
        if (!result.ok) throw result.status === 'second-factor' ? unauthenticated() : refusalProblem(result);
        reply.header('set-cookie', sessionCookie(result.sessionId));
        return loginAnswer(result.principal);
      },
    }),
    route({
      method: 'POST',
      url: '/api/setup/key',
      summary: "Make the owner's key; the answer is the key sheet and is given once",
      access: { action: 'key.manage' },
      callers: 'own-page',
      schema: { body: SetupKeyRequest, answer: SetupKeyAnswer },
      handler: async ({ body, principal, visit }) => {
        if (vault.status().kind !== 'absent')
          throw new Problem('vault/exists', 'there is an owner key already', { status: 409 });
        await audit.append({
          kind: 'owner-key.created',
          who: principal.username,
          from: visit.address,
          detail: { mode: body.mode },
        });
        const made = await vault.createOwner(
          body.mode === 'passphrase'
            ? { mode: 'passphrase', passphrase: new Secret(body.passphrase) }
            : { mode: 'keyfile' },
        );
        return { recipient: made.recipient, identity: made.identity.reveal() };
      },
    }),
  ];
}

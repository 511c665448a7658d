/** One's own account: password, second factor, sessions, tokens; an admin ends those of others too. */
import type { AccountId, CameraId } from '../../base/ids.ts';
import { Secret } from '../../base/secret.ts';
import { isoTime } from '../dates.ts';
import { granted, notFound, proven } from '../guard.ts';
import type { Parts, Principal, TokenEntry } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import type { Token } from '../schemas/accounts.ts';
import {
  AllQuery,
  NewToken,
  PasswordChange,
  RecoveryCodes,
  SecondFactorConfirmation,
  SecondFactorProposal,
  SecondFactorRemoval,
  SecondFactorRequest,
  SecondFactorState,
  SessionParameters,
  Sessions,
  TokenParameters,
  TokenRequest,
  Tokens,
} from '../schemas/accounts.ts';
import { Done } from '../schemas/common.ts';

const defaultDays = 90;
const rule = { action: 'account.own' } as const;
const nullableTime = (at: number | null): string | null => (at === null ? null : isoTime(at));

export function ownAccountRoutes({ access }: Pick<Parts, 'access'>): Route[] {
  /** Whose things may be ended: all for who manages accounts, else one's own. */
  const only = (principal: Principal): AccountId | undefined =>
    access.authorize(principal, 'account.manage').allowed ? undefined : principal.accountId;
  /** `all` means all that one may end: of anybody else it is one's own. */
  const listed = (principal: Principal, all: '1' | undefined): AccountId | undefined =>
    all === undefined ? principal.accountId : only(principal);
  const names = async (): Promise<ReadonlyMap<AccountId, string>> => access.accountNames();
  return [
    route({
      method: 'POST',
      url: '/api/account/password',
      summary: 'Change the own password; everything else that runs under the old one ends',
      access: rule,
      schema: { body: PasswordChange, answer: Done },
      handler: async ({ body, principal, visit }) => {
        const by = proven(principal, body.current_password, visit);
        granted(await access.own.changePassword(by, new Secret(body.new_password)));
        return { success: true, message: 'the password was changed' };
      },
    }),
    route({
      method: 'GET',
      url: '/api/account/second-factor',
      summary: 'Whether log-in asks for a code, and how many recovery codes are left',
      access: rule,
      schema: { answer: SecondFactorState },
      handler: async ({ principal }) => {
        const { enabled, codesLeft } = await access.own.factorState(principal);
        return { enabled, recovery_codes_left: codesLeft };
      },
    }),
    route({
      method: 'POST',
      url: '/api/account/second-factor',
      summary: 'Begin to set up a second factor (RFC 6238); it counts once a code of it was confirmed',
      access: rule,
      schema: { body: SecondFactorRequest, answer: SecondFactorProposal },
      handler: async ({ body, principal, visit }) => {
        const by = proven(principal, body.current_password, visit);
        const { seed, url } = granted(await access.own.proposeFactor(by));
        return { secret: seed.reveal(), url: url.reveal() };
      },
    }),
    route({
      method: 'POST',
      url: '/api/account/second-factor/confirm',
      summary: 'Show a code of the new second factor; answers the recovery codes',
      access: rule,
      schema: { body: SecondFactorConfirmation, answer: RecoveryCodes },
      handler: async ({ body, principal, visit }) => {
        const codes = await access.own.confirmFactor(principal, new Secret(body.otp), visit.address);
        return { recovery_codes: codes.map((code) => code.reveal()) };
      },
    }),
    route({
      method: 'POST',
      url: '/api/account/second-factor/remove',
      summary: 'Go back to the password alone',
      access: rule,
      schema: { body: SecondFactorRemoval, answer: Done },
      handler: async ({ body, principal, visit }) => {
        const by = proven(principal, body.current_password, visit);
        granted(await access.own.removeFactor(by, new Secret(body.otp)));
        return { success: true, message: 'the second factor was removed' };
      },
    }),
    route({
      method: 'GET',
      url: '/api/sessions',
      summary: 'Where one is logged in',
      access: rule,
      schema: { query: AllQuery, answer: Sessions },
      handler: async ({ principal, query }): Promise<Sessions> => {
        const rows = await access.listSessions(listed(principal, query.all));
        const known = await names();
        return {
          sessions: rows.map((row) => ({
            id: row.idHash,
            username: known.get(row.accountId) ?? '',
            created: isoTime(row.createdAt),
            last_seen: isoTime(row.lastSeenAt),
            expires: isoTime(row.expiresAt),
            user_agent: row.userAgent,
            address: row.address,
            current: row.idHash === principal.sessionId,
          })),
        };
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/sessions/:id',
      summary: 'End a session, with everything that runs on it',
      access: rule,
      schema: { params: SessionParameters, answer: Done },
      handler: async ({ params, principal, visit }) => {
        const by = { who: principal.username, from: visit.address };
        if (!(await access.endSession(params.id, by, only(principal)))) throw notFound();
        return { success: true, message: 'the session has ended' };
      },
    }),
    route({
      method: 'GET',
      url: '/api/tokens',
      summary: 'API tokens; never what opens them',
      access: rule,
      schema: { query: AllQuery, answer: Tokens },
      handler: async ({ principal, query }) => {
        const known = await names();
        const rows = await access.tokens.list(listed(principal, query.all));
        return { tokens: rows.map((row) => tokenAnswer(row, known.get(row.accountId) ?? '')) };
      },
    }),
    route({
      method: 'POST',
      url: '/api/tokens',
      summary: 'Make an API token: for `Authorization: Bearer`, for some actions and cameras, until it expires',
      access: rule,
      schema: { body: TokenRequest, answer: NewToken },
      handler: async ({ body, principal, visit }) => {
        const { name, actions, cameras = 'all', days = defaultDays } = body;
        const wish = { name, actions, days, cameras: cameras === 'all' ? null : (cameras as CameraId[]) };
        const by = { who: principal.username, from: visit.address };
        const { row, token } = await access.tokens.make(principal.accountId, wish, by);
        return { ...tokenAnswer(row, principal.username), token: token.reveal() };
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/tokens/:id',
      summary: 'Revoke an API token at once',
      access: rule,
      schema: { params: TokenParameters, answer: Done },
      handler: async ({ params, principal, visit }) => {
        const by = { who: principal.username, from: visit.address };
        if (!(await access.tokens.revoke(Number(params.id), by, only(principal)))) throw notFound();
        return { success: true, message: 'the token was revoked' };
      },
    }),
  ];
}

function tokenAnswer(row: TokenEntry, username: string): Token {
  return {
    id: row.id,
    username,
    name: row.name,
    actions: [...row.actions],
    cameras: row.cameras === null ? 'all' : [...row.cameras],
    created: isoTime(row.createdAt),
    expires: isoTime(row.expiresAt),
    last_used: nullableTime(row.lastUsedAt),
  };
}

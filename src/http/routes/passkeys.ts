/** Passkeys: what a browser is asked to sign, and those of one's own account. */
import { readPendingCookie } from '../cookie.ts';
import { isoTime } from '../dates.ts';
import type { Visit } from '../gate/gate.ts';
import { ownOrigin } from '../gate/gate.ts';
import { granted, notFound, proven } from '../guard.ts';
import type { Assertion, Parts, Site } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { RecoveryCodes } from '../schemas/accounts.ts';
import { Done } from '../schemas/common.ts';
import type { PasskeyAssertion } from '../schemas/passkeys.ts';
import {
  NewPasskey,
  PasskeyOptions,
  PasskeyProposalRequest,
  PasskeyQuestion,
  PasskeyRemoval,
  Passkeys,
} from '../schemas/passkeys.ts';

const rule = { action: 'account.own' } as const;

export function passkeyRoutes({ access }: Pick<Parts, 'access'>): Route[] {
  return [
    route({
      method: 'POST',
      url: '/auth/passkey',
      summary: 'What to have signed by a passkey, for /auth/login',
      access: 'open',
      callers: 'own-page',
      schema: { body: PasskeyQuestion, answer: PasskeyOptions },
      handler: async ({ visit, request }) =>
        (await access.askForPasskey(siteOf(visit), readPendingCookie(request.headers.cookie))) as PasskeyOptions,
    }),
    route({
      method: 'GET',
      url: '/api/account/passkeys',
      summary: 'Passkeys of the own account',
      access: rule,
      schema: { answer: Passkeys },
      handler: async ({ principal }): Promise<Passkeys> => ({
        passkeys: (await access.passkeys.list(principal.accountId)).map((row) => ({
          ...{ id: row.id, name: row.name, host: row.rpId, created: isoTime(row.createdAt) },
          last_used: row.lastUsedAt === null ? null : isoTime(row.lastUsedAt),
        })),
      }),
    }),
    route({
      method: 'POST',
      url: '/api/account/passkeys/begin',
      summary: 'Begin to make a passkey for the name by which this page was opened',
      access: rule,
      schema: { body: PasskeyProposalRequest, answer: PasskeyOptions },
      handler: async ({ body, principal, visit }) => {
        const by = proven(principal, body.current_password, visit);
        return granted(await access.own.proposePasskey(by, siteOf(visit))) as PasskeyOptions;
      },
    }),
    route({
      method: 'POST',
      url: '/api/account/passkeys',
      summary: 'Add the passkey that was made; answers recovery codes where the account had none',
      access: rule,
      schema: { body: NewPasskey, answer: RecoveryCodes },
      handler: async ({ body, principal, visit }) => {
        const made = {
          name: body.name,
          clientData: fromBase64url(body.clientDataJSON),
          attestation: fromBase64url(body.attestationObject),
        };
        const codes = await access.own.addPasskey(principal, made, visit.address);
        return { recovery_codes: codes.map((code) => code.reveal()) };
      },
    }),
    route({
      method: 'POST',
      url: '/api/account/passkeys/remove',
      summary: 'Remove a passkey',
      access: rule,
      schema: { body: PasskeyRemoval, answer: Done },
      handler: async ({ body, principal, visit }) => {
        const by = proven(principal, body.current_password, visit);
        if (!granted(await access.own.removePasskey(by, body.id))) throw notFound();
        return { success: true, message: 'the passkey was removed' };
      },
    }),
  ];
}

export function assertionOf(given: PasskeyAssertion): Assertion {
  return {
    id: given.id,
    clientData: fromBase64url(given.clientDataJSON),
    authenticatorData: fromBase64url(given.authenticatorData),
    signature: fromBase64url(given.signature),
  };
}

function siteOf({ secure, host }: Visit): Site {
  return { origin: ownOrigin(secure, host), hostName: host.name };
}

function fromBase64url(text: string): Uint8Array {
  return Buffer.from(text, 'base64url');
}

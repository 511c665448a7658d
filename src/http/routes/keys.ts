/** What the owner does to the keys. A session alone isn't enough for any change: the password is asked for again. */
import type { Clock } from '../../base/clock.ts';
import { Problem } from '../../base/problem.ts';
import { Secret } from '../../base/secret.ts';
import { sheetHtml } from '../../vault/key-sheet.ts';
import { granted, proven } from '../guard.ts';
import type { Actor, Parts, Principal } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import type { Keys } from '../schemas/keys.ts';
import {
  EscrowRequest,
  Keys as KeysSchema,
  Rewrapped,
  Rotated,
  RotateRequest,
  Sheet,
  SheetRequest,
  Shredded,
  ShredRequest,
} from '../schemas/keys.ts';
import { vaultAnswer } from './vault.ts';

const rule = { action: 'key.manage' } as const;

export function keyRoutes(
  { access, keys, vault }: Pick<Parts, 'access' | 'keys' | 'vault'>,
  { clock }: { readonly clock: Clock },
): Route[] {
  /** @throws Problem for a wrong password, as the log-in does */
  const confirmed = async (call: {
    readonly principal: Principal;
    readonly visit: { readonly address: string };
    readonly body: { readonly password: string };
  }): Promise<Actor> => {
    const { principal, visit, body } = call;
    // A token is no person who could be asked once more
    if (principal.via === 'token')
      throw new Problem('access/session-needed', 'keys are changed by somebody who is logged in', { status: 403 });
    granted(await access.own.confirm(proven(principal, body.password, visit)));
    return { who: principal.username, from: visit.address };
  };
  return [
    route({
      method: 'GET',
      url: '/api/keys',
      summary: 'How the owner key is kept, who else can open recordings, and of how many days',
      access: rule,
      schema: { answer: KeysSchema },
      handler: async (): Promise<Keys> => {
        const { escrow, configured, dayKeys, firstDay, lastDay } = await keys.facts();
        return {
          ...vaultAnswer(vault.status()),
          escrow: [...escrow],
          configured: [...configured],
          day_keys: dayKeys,
          first_day: firstDay ?? null,
          last_day: lastDay ?? null,
        };
      },
    }),
    route({
      method: 'POST',
      url: '/api/keys/rotate',
      summary: 'Make a new owner key; the old one opens nothing that is here any more',
      access: rule,
      schema: { body: RotateRequest, answer: Rotated },
      handler: async (call) => {
        const by = await confirmed(call);
        const { passphrase, new_passphrase: next } = call.body;
        return keys.rotate(
          {
            ...(passphrase === undefined ? {} : { passphrase: new Secret(passphrase) }),
            ...(next === undefined ? {} : { newPassphrase: new Secret(next) }),
          },
          by,
        );
      },
    }),
    route({
      method: 'POST',
      url: '/api/keys/escrow',
      summary: 'Let the holder of another age identity open every recording',
      access: rule,
      schema: { body: EscrowRequest, answer: Rewrapped },
      handler: async (call) => {
        const by = await confirmed(call);
        return keys.addEscrow(call.body.recipient, given(call.body.passphrase), by);
      },
    }),
    route({
      method: 'POST',
      url: '/api/keys/escrow/remove',
      summary: 'End that; copies made meanwhile still open',
      access: rule,
      schema: { body: EscrowRequest, answer: Rewrapped },
      handler: async (call) => {
        const by = await confirmed(call);
        return keys.removeEscrow(call.body.recipient, given(call.body.passphrase), by);
      },
    }),
    route({
      method: 'POST',
      url: '/api/keys/shred',
      summary: 'Make the recordings of a day unreadable for good',
      access: rule,
      schema: { body: ShredRequest, answer: Shredded },
      handler: async (call) => {
        const by = await confirmed(call);
        const { date } = call.body;
        if (Number.isNaN(Date.parse(`${date}T00:00:00Z`)))
          throw new Problem('http/invalid', 'there is no such day', { status: 422 });
        return { date, ...(await keys.shred(date, by)) };
      },
    }),
    route({
      method: 'POST',
      url: '/api/keys/sheet',
      summary: "The owner's sheet, to print: the key and how to recover with it",
      access: rule,
      callers: 'own-page',
      schema: { body: SheetRequest, answer: Sheet },
      handler: async (call) => {
        const by = await confirmed(call);
        const { recipient, identity } = await keys.sheet(given(call.body.passphrase), by);
        const sheet = { recipient, identity: identity.reveal(), madeAt: clock.now() };
        return { recipient, identity: sheet.identity, page: sheetHtml(sheet) };
      },
    }),
  ];
}

function given(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text);
}

/** The owner key, escrow, and the keys of the days. */
import Type from 'typebox';
import { Problem } from '../../base/problem.ts';
import { Secret } from '../../base/secret.ts';
import { localActor } from '../system.ts';
import type { Operation } from './operation.ts';
import { object, operation, secret } from './operation.ts';

const passphrase = Type.Optional(secret);
const recipient = Type.String({ minLength: 1, maxLength: 4096 });

export const keyOperations: Readonly<Record<string, Operation>> = {
  'key.status': operation(object({}), async (home) => ({
    ...home.vault.status(),
    keys: await home.vault.keyFacts(),
  })),
  'key.unlock': operation(object({ passphrase }), async (home, args) => {
    if (home.running === undefined)
      throw new Problem('cli/needs-server', 'there is no running server to unlock', {
        status: 409,
        hint: 'start it first',
      });
    await home.vault.unlock(given(args.passphrase));
    return home.vault.status();
  }),
  'key.rotate': operation(object({ passphrase, newPassphrase: passphrase }), async (home, args) =>
    home.vault.rotate(
      {
        ...(args.passphrase === undefined ? {} : { passphrase: new Secret(args.passphrase) }),
        ...(args.newPassphrase === undefined ? {} : { newPassphrase: new Secret(args.newPassphrase) }),
      },
      localActor,
    ),
  ),
  'key.escrow-add': operation(object({ recipient, passphrase }), async (home, args) =>
    home.vault.addEscrow(args.recipient, given(args.passphrase), localActor),
  ),
  'key.escrow-remove': operation(object({ recipient, passphrase }), async (home, args) =>
    home.vault.removeEscrow(args.recipient, given(args.passphrase), localActor),
  ),
  'key.shred': operation(object({ date: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }) }), async (home, args) =>
    home.vault.shred(args.date, localActor),
  ),
  'key.recover': operation(object({ identity: secret, passphrase }), async (home, args) =>
    home.vault.recover(
      {
        identity: new Secret(args.identity),
        ...(args.passphrase === undefined ? {} : { passphrase: new Secret(args.passphrase) }),
      },
      localActor,
    ),
  ),
  'key.export': operation(object({ passphrase }), async (home, args) => {
    const identity = await home.vault.ownerIdentity(given(args.passphrase), localActor);
    return { identity: identity.reveal(), recipient: home.vault.status().ownerRecipient ?? '' };
  }),
};

function given(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text);
}

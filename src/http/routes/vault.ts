/** The state of the owner's key: recordings can be watched while the vault is open. */
import { Secret } from '../../base/secret.ts';
import type { Parts, VaultState as State } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { UnlockRequest, VaultState } from '../schemas/session.ts';

export function vaultRoutes({ vault, audit }: Pick<Parts, 'vault' | 'audit'>): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/vault',
      summary: 'Whether recordings can be opened now',
      access: { action: 'session.own' },
      schema: { answer: VaultState },
      handler: () => vaultAnswer(vault.status()),
    }),
    route({
      method: 'POST',
      url: '/api/vault/unlock',
      summary: "Open the owner's key with its passphrase",
      access: { action: 'key.manage' },
      schema: { body: UnlockRequest, answer: VaultState },
      handler: async ({ body, principal, visit }) => {
        const entry = { who: principal.username, from: visit.address };
        try {
          await vault.unlock(body.passphrase === undefined ? undefined : new Secret(body.passphrase));
        } catch (error) {
          await audit.append({ kind: 'vault.unlock-failed', ...entry });
          throw error;
        }
        await audit.append({ kind: 'vault.unlocked', ...entry });
        return vaultAnswer(vault.status());
      },
    }),
    route({
      method: 'POST',
      url: '/api/vault/lock',
      summary: "Forget the owner's key until it is opened again",
      access: { action: 'key.manage' },
      schema: { answer: VaultState },
      handler: async ({ principal, visit }) => {
        await vault.lock();
        await audit.append({ kind: 'vault.locked', who: principal.username, from: visit.address });
        return vaultAnswer(vault.status());
      },
    }),
  ];
}

export function vaultAnswer(state: State): VaultState {
  const { kind, mode, ownerRecipient } = state;
  return { kind, mode: mode ?? null, ...(ownerRecipient === undefined ? {} : { recipient: ownerRecipient }) };
}

/** What the owner does to the keys of a home, written down before it is acknowledged. */
import type { Actor } from './access/audit.ts';
import { Problem } from './base/problem.ts';
import type { Secret } from './base/secret.ts';
import type { HomeParts } from './home.ts';
import { carryOutDeletion } from './recording/carry-out.ts';

export function keysOf({ vault, audit, catalog, createOwner, deletion, deletions }: HomeParts) {
  /** A key that is locked is opened for `work` alone. */
  const opened = async <T>(passphrase: Secret | undefined, work: () => Promise<T>): Promise<T> => {
    const wasLocked = vault.status().kind === 'locked';
    // One that is given is looked at even where the key is open
    if (passphrase !== undefined) await vault.unlock(passphrase);
    try {
      return await work();
    } finally {
      if (wasLocked) vault.lock();
    }
  };
  return {
    status: () => vault.status(),
    unlock: (passphrase: Secret | undefined) => vault.unlock(passphrase),
    keyFacts: () => vault.keyFacts(),
    rotate: async (wish: { readonly passphrase?: Secret; readonly newPassphrase?: Secret }, by: Actor) => {
      // Rotating looks at the passphrase itself; scrypt needn't run twice for a key that is open
      const locked = vault.status().kind === 'locked';
      const done = await opened(locked ? wish.passphrase : undefined, () => vault.rotateOwner(wish));
      const { recipient, changed, skipped } = done;
      await audit.append({ kind: 'key.rotated', ...by, detail: { recipient, changed, skipped } });
      return { recipient, changed, skipped };
    },
    addEscrow: async (recipient: string, passphrase: Secret | undefined, by: Actor) => {
      const done = await opened(passphrase, () => vault.addEscrow(recipient));
      await audit.append({ kind: 'key.escrow-added', ...by, detail: { recipient, ...done } });
      return done;
    },
    removeEscrow: async (recipient: string, passphrase: Secret | undefined, by: Actor) => {
      const done = await opened(passphrase, () => vault.removeEscrow(recipient));
      await audit.append({ kind: 'key.escrow-removed', ...by, detail: { recipient, ...done } });
      return done;
    },
    /** At once, or later: then it says when (null: when another admin agrees). */
    shred: async (date: string, by: Actor) => {
      const subject = { kind: 'day', date } as const;
      const waiting = await deletions.ask(subject, by);
      if (waiting !== undefined) return { keys: 0, waiting: { id: waiting.id, dueAt: waiting.dueAt } };
      const { recordings } = catalog;
      return { keys: await carryOutDeletion({ recordings, deletion, vault, audit }, subject, by) };
    },
    recover: async (
      { identity, passphrase }: { readonly identity: Secret; readonly passphrase?: Secret },
      by: Actor,
    ) => {
      const source =
        passphrase === undefined ? { mode: 'keyfile' as const } : { mode: 'passphrase' as const, passphrase };
      // Begun before and cut short: it goes on
      const again = vault.status().kind === 'open' && vault.ownerIdentity().reveal() === identity.reveal();
      if (!again) await createOwner({ ...source, identity });
      const status = vault.status();
      const recipient = status.kind === 'open' ? status.ownerRecipient : '';
      const days = await vault.adoptDayKeys();
      await audit.append({ kind: 'key.recovered', ...by, detail: { recipient, ...days } });
      return { recipient, ...days };
    },
    ownerIdentity: async (passphrase: Secret | undefined, by: Actor) => {
      const identity = await opened(passphrase, async () => vault.ownerIdentity());
      await audit.append({ kind: 'key.exported', ...by });
      return identity;
    },
    /** Over the network, knowing the passphrase is asked for also where the key is open: a page left alone is no sheet. */
    sheet: async (passphrase: Secret | undefined, by: Actor) => {
      const status = vault.status();
      if (status.kind === 'open' && status.mode === 'passphrase' && passphrase === undefined)
        throw new Problem('vault/wrong-passphrase', 'the passphrase of the owner key is needed', { status: 403 });
      const identity = await opened(passphrase, async () => vault.ownerIdentity());
      await audit.append({ kind: 'key.exported', ...by });
      const recipient = status.kind === 'absent' ? '' : (status.ownerRecipient ?? '');
      return { recipient, identity };
    },
  };
}

/** A vault of its own for a bench, on disk and with its real catalog, at one moment that stands still. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../src/base/log.ts';
import { openCatalog } from '../src/catalog/catalog.ts';
import { catalogLedger } from '../src/credentials/key-ledger.ts';
import { openDiskStore } from '../src/storage/disk-store.ts';
import { settleKeySwitch } from '../src/vault/key-switch.ts';
import { openVault } from '../src/vault/vault.ts';

export const at = Date.UTC(2026, 0, 1);

export async function openVaultHome() {
  await using stack = new AsyncDisposableStack();
  const base = await mkdtemp(join(tmpdir(), 'sentrix-bench-'));
  stack.defer(() => rm(base, { recursive: true, force: true }));
  const clock = { now: () => at, monotonicMs: () => performance.now() };
  const file = join(base, 'catalog.db');
  const catalog = stack.use(await openCatalog({ file, key: Buffer.alloc(32, 1), clock, log: silentLog }));
  const ledger = catalogLedger(catalog);
  const recordings = await openDiskStore(join(base, 'recordings'));
  const home = join(base, 'home');
  const parts = { home, recordings, ledger, encryption: {}, clock, log: silentLog };
  const vault = await openVault(parts);
  await vault.createOwner({ mode: 'keyfile' });
  const all = stack.move();
  return {
    base,
    vault,
    recordings,
    ledger,
    /** As a start does it: settles what a crash may have left of a change of keys, then opens. */
    reopen: async () => {
      await settleKeySwitch({ home, store: recordings, ledger, log: silentLog });
      const ownerPin = await ledger.owner();
      return await openVault({ ...parts, ...(ownerPin === undefined ? {} : { ownerPin }) });
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

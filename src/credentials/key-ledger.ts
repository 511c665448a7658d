/** The vault's ledger in the catalogue: day keys in their table, owner, escrow and an unfinished change in the state. */
import type { Catalog } from '../catalog/catalog.ts';
import type { KeyLedger } from '../vault/key-ledger.ts';

const ownerKey = 'owner-recipient';
const escrowKey = 'escrow-recipients';
const switchKey = 'key-switch';

export interface CatalogLedger extends KeyLedger {
  /** The owner's recipient as it was pinned. */
  owner(): Promise<string | undefined>;
  pinOwner(recipient: string): Promise<void>;
}

export function catalogLedger(catalog: Catalog): CatalogLedger {
  const { dayKeys, state } = catalog;
  return {
    owner: () => state.get(ownerKey),
    pinOwner: (recipient) => state.set(ownerKey, recipient),
    list: (date) => dayKeys.list(date),
    add: (pin) => dayKeys.add(pin),
    remove: (date) => dayKeys.remove(date),
    escrow: async () => {
      const text = await state.get(escrowKey);
      return text === undefined ? [] : (JSON.parse(text) as string[]);
    },
    commit: async ({ owner, escrow, hashes, journal }) => {
      await catalog.transaction(async (queries) => {
        for (const { date, kid, keySha256 } of hashes) await queries.dayKeys.setKeySha256(date, kid, keySha256);
        await queries.state.set(ownerKey, owner);
        await queries.state.set(escrowKey, JSON.stringify(escrow));
        await queries.state.set(switchKey, journal);
      });
      await catalog.durable();
    },
    pending: () => state.get(switchKey),
    settled: () => state.remove(switchKey),
  };
}

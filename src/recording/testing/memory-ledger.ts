/** The vault's ledger without a catalogue, of day keys alone: owner and escrow stay as they are. */
import type { DayKeyPin, KeyLedger } from '../../vault/key-ledger.ts';

export function memoryLedger(): KeyLedger {
  const pins: DayKeyPin[] = [];
  return {
    list: async (date) => pins.filter((pin) => date === undefined || pin.date === date),
    add: async (pin) => void pins.push(pin),
    remove: async () => {},
    escrow: async () => [],
    commit: async () => {},
    pending: async () => undefined,
    settled: async () => {},
  };
}

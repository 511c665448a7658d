/** The vault's ledger without a catalogue: for tests and measurements. */
import type { DayKeyPin, KeyChange, KeyLedger } from '../key-ledger.ts';

export class MemoryLedger implements KeyLedger {
  pins: DayKeyPin[] = [];
  ownerRecipient: string | undefined;
  #escrow: readonly string[] = [];
  #pending: string | undefined;

  async list(date?: string): Promise<readonly DayKeyPin[]> {
    return this.pins
      .filter((pin) => date === undefined || pin.date === date)
      .toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  }

  async add(pin: DayKeyPin): Promise<void> {
    this.pins.push(pin);
  }

  async remove(date: string): Promise<void> {
    this.pins = this.pins.filter((pin) => pin.date !== date);
  }

  async escrow(): Promise<readonly string[]> {
    return this.#escrow;
  }

  async commit({ owner, escrow, hashes, journal }: KeyChange): Promise<void> {
    const byKid = new Map(hashes.map((hash) => [`${hash.date} ${hash.kid}`, hash.keySha256]));
    this.pins = this.pins.map((pin) => ({ ...pin, keySha256: byKid.get(`${pin.date} ${pin.kid}`) ?? pin.keySha256 }));
    this.ownerRecipient = owner;
    this.#escrow = escrow;
    this.#pending = journal;
  }

  async pending(): Promise<string | undefined> {
    return this.#pending;
  }

  async settled(): Promise<void> {
    this.#pending = undefined;
  }
}

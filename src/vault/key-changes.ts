/**
 * What changes all day keys at once: a new owner, escrow added or removed. Each key file is opened with the owner key as
 * it is and gets a new header; what the old files opened is opened by the new ones and by nothing else.
 */
import { setImmediate } from 'node:timers/promises';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { KeyIdentity, KeyRecipient } from './age/keys.ts';
import { AgeError } from './age/problems.ts';
import { rewrap } from './age/rewrap.ts';
import type { DayKeys } from './day-keys.ts';
import { keyNames, sha256 } from './day-keys.ts';
import type { DayKeyPin, KeyLedger } from './key-ledger.ts';
import { filesOf, settleKeySwitch, writeJournal } from './key-switch.ts';
import { vaultProblem } from './problems.ts';

export interface KeyChangesDeps {
  readonly home: string;
  readonly store: ObjectStore;
  readonly ledger: KeyLedger;
  readonly days: DayKeys;
  readonly log: Log;
}

export interface Rewrapped {
  /** Day keys that are wrapped anew. */
  readonly changed: number;
  /** Day keys that this owner doesn't open, or whose files are gone or damaged: they stay as they are. */
  readonly skipped: number;
}

/** Key files being read side by side, and keys wrapped before others get the processor. */
const readLanes = 8;

export class KeyChanges {
  readonly #deps: KeyChangesDeps;
  #busy = false;

  constructor(deps: KeyChangesDeps) {
    this.#deps = deps;
  }

  /**
   * One change at a time, after what an earlier one has left to do, and never leaving something half-done where it can be
   * helped. Throws `vault/busy` where another is going on.
   */
  async alone<T>(change: () => Promise<T>): Promise<T> {
    if (this.#busy)
      throw vaultProblem('vault/busy', 'the keys are being changed', { status: 429, retryAfterSeconds: 2 });
    this.#busy = true;
    try {
      await settleKeySwitch(this.#deps);
      return await change();
    } catch (error) {
      await settleKeySwitch(this.#deps).catch((cause: unknown) =>
        this.#deps.log.error(describeError(cause), 'change of keys not settled'),
      );
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  /**
   * Within `alone`. Wraps every day key that `owner` opens to `recipients`, of which the first is the owner's afterwards; `escrow` is what the
   * ledger is to remember. `committed` is called when there is no way back, before the files are in place.
   */
  async wrapAll(
    owner: KeyIdentity,
    change: { readonly recipients: readonly KeyRecipient[]; readonly escrow: readonly string[] },
    committed: () => void,
  ): Promise<Rewrapped> {
    const { home, store, ledger, days, log } = this.#deps;
    return await days.holding(async (arriving) => {
      const pins = await ledger.list();
      const wrapped = await this.#rewrapped(pins, owner, change.recipients);
      const files = wrapped.map(({ pin, bytes }) => [keyNames(pin).wrapped, bytes.toString('base64')] as const);
      const newOwner = change.recipients[0]!.toString();
      const journal = await writeJournal(home, { owner: newOwner, files });
      const hashes = wrapped.map(({ pin: { date, kid }, bytes }) => ({ date, kid, keySha256: sha256(bytes) }));
      try {
        await ledger.commit({ owner: newOwner, escrow: change.escrow, hashes, journal });
      } catch (error) {
        // It may have happened all the same, where only waiting for the disk failed
        if ((await ledger.pending()) === journal) {
          arriving(new Map(filesOf({ owner: newOwner, files })));
          committed();
        }
        throw error;
      }
      arriving(new Map(filesOf({ owner: newOwner, files })));
      committed();
      await settleKeySwitch({ home, store, ledger, log });
      const skipped = pins.length - wrapped.length;
      log.info({ changed: wrapped.length, skipped }, 'day keys wrapped anew');
      return { changed: wrapped.length, skipped };
    });
  }

  /** Within `alone`. Removes the keys of a day for good; returns how many there were. */
  async shred(date: string): Promise<number> {
    const { store, ledger, days, log } = this.#deps;
    return await days.holding(async () => {
      const pins = await ledger.list(date);
      const names: string[] = [];
      for await (const { name } of store.list(`keys/${date}-`)) names.push(name);
      // The files first: where this is cut short, the ledger still names the day and it can be done again
      for (const name of names) await store.remove(name);
      await ledger.remove(date);
      days.forget(
        date,
        pins.map((pin) => pin.kid),
      );
      log.warn({ date, keys: pins.length }, 'day shredded');
      return pins.length;
    });
  }

  async #rewrapped(
    pins: readonly DayKeyPin[],
    owner: KeyIdentity,
    recipients: readonly KeyRecipient[],
  ): Promise<{ readonly pin: DayKeyPin; readonly bytes: Buffer }[]> {
    const { days, log } = this.#deps;
    const found: { pin: DayKeyPin; bytes: Buffer }[] = [];
    const left = pins.values();
    const lane = async (): Promise<void> => {
      for (const pin of left) {
        try {
          const bytes = await rewrap(await days.wrapped(pin), owner, recipients);
          found.push({ pin, bytes });
        } catch (error) {
          // Another owner's, shredded by hand, or damaged. A disk that fails is no reason to leave keys behind
          const expected = error instanceof AgeError || (error instanceof Problem && error.status !== 503);
          if (!expected) throw error;
          log.warn({ date: pin.date, kid: pin.kid }, 'day key left as it is');
        }
        await setImmediate();
      }
    };
    await Promise.all(Array.from({ length: readLanes }, lane));
    return found;
  }
}

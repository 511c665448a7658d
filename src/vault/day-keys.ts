/**
 * A key pair a day. The recordings directory holds the day's identity, wrapped to the owner and to escrow, beside what
 * it opens: `keys/YYYY-MM-DD-KID.key.age` and `.recipient`. Anybody who can write there could put a recipient of his
 * own, so a day key counts only as the catalogue pinned it, with the hash of its wrapped file; anything else means a
 * new key and an alarm. Order: wrapped key durable, recipient durable, pin durable, and only then the first clip.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import { Secret } from '../base/secret.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { decrypt } from './age/decryptor.ts';
import { encrypt } from './age/encryptor.ts';
import { formatIdentityFile, parseIdentityFile } from './age/identity-file.ts';
import type { KeyIdentity, KeyRecipient } from './age/keys.ts';
import { generateKeyIdentity, kindOf, parseKeyRecipient } from './age/keys.ts';
import { AgeError } from './age/problems.ts';
import { utcDate } from './clip-name.ts';
import type { DayKeyPin, KeyLedger } from './key-ledger.ts';
import { ageProblem, vaultProblem } from './problems.ts';
import { readSmallObject } from './sealed-files.ts';

export interface DayKey {
  readonly date: string;
  readonly kid: string;
  readonly recipient: KeyRecipient;
}

export interface DayKeysDeps {
  readonly store: ObjectStore;
  readonly pins: Pick<KeyLedger, 'list' | 'add'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Whom new day keys are wrapped to: the owner first, then escrow. Throws `vault/no-owner`. */
  wrapTo(): readonly KeyRecipient[];
}

const maxKeyFileBytes = 64 * 1024;
/** Days whose identity is held open, and days whose recipient is remembered. */
const maxIdentities = 64;
const maxDays = 4;

export function kidOf(recipient: string): string {
  return createHash('sha256').update(recipient).digest('hex').slice(0, 12);
}

export class DayKeys {
  readonly #deps: DayKeysDeps;
  readonly #days = new Map<string, Promise<DayKey>>();
  /** By KID, least recently used first. */
  readonly #identities = new Map<string, KeyIdentity>();
  /** Keys of another owner are of no use any more: only those in `#made` are gone on with. */
  #renewing = false;
  readonly #made = new Set<string>();
  /** While the wrapping of all keys changes, no new one is made: it would be left out. */
  #held: Promise<unknown> | undefined;
  readonly #making = new Set<Promise<DayKey>>();
  /** Files of a change that is committed and not yet all in place, by name: these count. */
  #arriving: ReadonlyMap<string, Buffer> = new Map();

  constructor(deps: DayKeysDeps) {
    this.#deps = deps;
  }

  /**
   * The key for what starts at `at` (UTC milliseconds); made where the day has none, or none any more: nothing is sealed
   * to a key whose wrapped half has been removed meanwhile, for nobody could ever open it.
   */
  async forSealing(at: number): Promise<DayKey> {
    const date = utcDate(at);
    const known = this.#days.get(date);
    if (known === undefined) return this.#day(date);
    const day = await known;
    if ((await this.#deps.store.stat(keyNames(day).wrapped)) !== undefined) return day;
    if (this.#days.get(date) === known) this.#days.delete(date);
    return this.#day(date);
  }

  #day(date: string): Promise<DayKey> {
    const known = this.#days.get(date);
    if (known !== undefined) return known;
    const day = this.#findOrMake(date);
    this.#days.set(date, day);
    for (const old of this.#days.keys()) if (this.#days.size > maxDays) this.#days.delete(old);
    day.catch(() => this.#days.delete(date));
    return day;
  }

  /**
   * The identities of a day that `owner` opens; a few at most. Belongs to the cache: don't wipe, don't keep. Throws
   * `vault/no-day-key` where the day has none that can be trusted, `vault/foreign` where the owner opens none.
   */
  async forOpening(date: string, owner: KeyIdentity): Promise<readonly KeyIdentity[]> {
    const pins = await this.#deps.pins.list(date);
    const found: KeyIdentity[] = [];
    let refused: unknown;
    for (const pin of pins) {
      try {
        found.push(this.#remembered(pin.kid) ?? (await this.#unwrapNow(pin, owner)));
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        refused = error;
      }
    }
    if (found.length > 0) return found;
    throw (
      refused ??
      vaultProblem('vault/no-day-key', 'the key of this day is gone or not known here', { status: 409, safe: { date } })
    );
  }

  /** From now on every day gets a new key: those that exist may be wrapped to another owner. */
  renew(): void {
    this.#renewing = true;
    this.#made.clear();
    this.#days.clear();
  }

  /**
   * Runs `work` while no day key is made; days that have one go on with it, for wrapping it anew doesn't change it.
   * `work` gets a function to call with the files that count from then on, whether they are in place or not.
   */
  async holding<T>(work: (arriving: (files: ReadonlyMap<string, Buffer>) => void) => Promise<T>): Promise<T> {
    while (this.#held !== undefined) await this.#held;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    try {
      await Promise.allSettled(this.#making);
      const result = await work((files) => {
        this.#arriving = files;
      });
      this.#arriving = new Map();
      return result;
    } finally {
      this.#held = undefined;
      resolve();
    }
  }

  /** The wrapped file of a pinned key. Throws `vault/no-day-key` where it isn't the pinned one, `storage/…`. */
  async wrapped(pin: DayKeyPin): Promise<Buffer> {
    const name = keyNames(pin).wrapped;
    const bytes = this.#arriving.get(name) ?? (await readSmallObject(this.#deps.store, name, maxKeyFileBytes));
    if (sha256(bytes) === pin.keySha256) return bytes;
    throw vaultProblem('vault/no-day-key', 'the key of this day was changed', { status: 409, safe: { name } });
  }

  /**
   * A key file that the ledger doesn't know and `owner` opens, as a pin: for a home that is made anew from recordings.
   * `undefined` for another owner's, and for what isn't a key of ours.
   */
  async recognize(name: string, owner: KeyIdentity): Promise<DayKeyPin | undefined> {
    const match = /^keys\/(\d{4}-\d{2}-\d{2})-([0-9a-f]{12})\.key\.age$/.exec(name);
    if (match === null) return undefined;
    const [, date, kid] = match as unknown as [string, string, string];
    try {
      const bytes = await readSmallObject(this.#deps.store, name, maxKeyFileBytes);
      const text = await decrypt(bytes, [owner]);
      const identity = parseIdentityFile(new Secret(text.toString('latin1')))[0]!;
      text.fill(0);
      const recipient = identity.recipient().toString();
      identity.wipe();
      return kidOf(recipient) === kid ? { date, kid, recipient, keySha256: sha256(bytes) } : undefined;
    } catch (error) {
      if (error instanceof AgeError || (error instanceof Problem && error.status !== 503)) return undefined;
      throw error;
    }
  }

  /** Forgets a day that has been shredded: what is recorded next gets a new key. */
  forget(date: string, kids: readonly string[]): void {
    this.#days.delete(date);
    for (const kid of kids) {
      this.#identities.get(kid)?.wipe();
      this.#identities.delete(kid);
    }
  }

  /** Forgets every identity. */
  wipe(): void {
    for (const identity of this.#identities.values()) identity.wipe();
    this.#identities.clear();
  }

  #remembered(kid: string): KeyIdentity | undefined {
    const identity = this.#identities.get(kid);
    if (identity === undefined) return undefined;
    this.#identities.delete(kid);
    this.#identities.set(kid, identity);
    return identity;
  }

  /** The file is read after its pin: where the two differ, all may have been wrapped anew in between. */
  async #unwrapNow(pin: DayKeyPin, owner: KeyIdentity): Promise<KeyIdentity> {
    try {
      return await this.#unwrap(pin, owner);
    } catch (error) {
      const now = (await this.#deps.pins.list(pin.date)).find((one) => one.kid === pin.kid);
      if (now !== undefined && now.keySha256 !== pin.keySha256) return await this.#unwrap(now, owner);
      if (error instanceof Problem && error.code === 'vault/no-day-key')
        this.#deps.log.error({ date: pin.date, kid: pin.kid }, 'day key differs from the pinned one');
      throw error;
    }
  }

  async #unwrap(pin: DayKeyPin, owner: KeyIdentity): Promise<KeyIdentity> {
    const name = keyNames(pin).wrapped;
    const wrapped = await this.wrapped(pin);
    let identity: KeyIdentity;
    try {
      const text = await decrypt(wrapped, [owner]);
      identity = parseIdentityFile(new Secret(text.toString('latin1')))[0]!;
      text.fill(0);
    } catch (error) {
      throw ageProblem(error, name);
    }
    if (identity.recipient().toString() !== pin.recipient)
      throw vaultProblem('vault/no-day-key', 'the key of this day was changed', { status: 409, safe: { name } });
    // Two readers may have unwrapped it at the same time: one copy stays
    const other = this.#identities.get(pin.kid);
    if (other !== undefined) {
      identity.wipe();
      return other;
    }
    this.#identities.set(pin.kid, identity);
    for (const [kid] of this.#identities) if (this.#identities.size > maxIdentities) this.#identities.delete(kid);
    return identity;
  }

  async #findOrMake(date: string): Promise<DayKey> {
    while (this.#held !== undefined) await this.#held;
    const making = this.#findOrMakeNow(date);
    this.#making.add(making);
    try {
      return await making;
    } finally {
      this.#making.delete(making);
    }
  }

  async #findOrMakeNow(date: string): Promise<DayKey> {
    // Without an owner nothing is sealed, even where a day key lies here
    const recipients = this.#deps.wrapTo();
    const pins = await this.#deps.pins.list(date);
    const newest = pins.at(-1);
    if (newest !== undefined && (!this.#renewing || this.#made.has(newest.kid))) {
      const fault = await this.#faultOf(newest);
      if (fault === undefined) return { date, kid: newest.kid, recipient: parseKeyRecipient(newest.recipient) };
      this.#deps.log.error({ date, kid: newest.kid, fault }, 'day key replaced');
    }
    return this.#make(date, recipients);
  }

  /** Why a pinned key can't go on being used, or `undefined`. */
  async #faultOf(pin: DayKeyPin): Promise<string | undefined> {
    try {
      await this.wrapped(pin);
      const text = await readSmallObject(this.#deps.store, keyNames(pin).recipient, maxKeyFileBytes);
      if (text.toString('latin1').trim() !== pin.recipient) return 'the recipient differs from the pinned one';
      return undefined;
    } catch (error) {
      // A full or dying disk is no reason for a new key; it would not take one either
      if (!(error instanceof Problem) || error.status === 503) throw error;
      return error.code;
    }
  }

  async #make(date: string, recipients: readonly KeyRecipient[]): Promise<DayKey> {
    const { store, pins, clock, log } = this.#deps;
    // A hybrid owner gains nothing where the key of the day itself can be broken later
    const identity = generateKeyIdentity(kindOf(recipients) ?? 'x25519');
    const text = Buffer.from(formatIdentityFile(identity, clock.now()).reveal());
    const recipient = identity.recipient();
    identity.wipe();
    const wrapped = await encrypt(recipients, [text]);
    text.fill(0);
    const pin = { date, kid: kidOf(recipient.toString()), recipient: recipient.toString(), keySha256: sha256(wrapped) };
    const names = keyNames(pin);
    await store.put(names.wrapped, wrapped, { exclusive: true });
    await store.put(names.recipient, Buffer.from(`${pin.recipient}\n`), { exclusive: true });
    await pins.add(pin);
    if (this.#renewing) this.#made.add(pin.kid);
    log.info({ date, kid: pin.kid }, 'day key made');
    return { date, kid: pin.kid, recipient };
  }
}

export function keyNames(key: { readonly date: string; readonly kid: string }): { wrapped: string; recipient: string } {
  const stem = `keys/${key.date}-${key.kid}`;
  return { wrapped: `${stem}.key.age`, recipient: `${stem}.recipient` };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

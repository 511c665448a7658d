/**
 * The vault: recordings go in as standard age v1 files, sealed for the key of their day, and come out only while the
 * owner key is open. Sealing needs recipients alone, so a locked vault records. The only folder that touches identities.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Secret } from '../base/secret.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { decrypt } from './age/decryptor.ts';
import { encrypt } from './age/encryptor.ts';
import type { KeyKind, KeyRecipient } from './age/keys.ts';
import { parseKeyRecipient } from './age/keys.ts';
import { AgeError } from './age/problems.ts';
import { badName, clipIdOf, dateOfName, utcDate } from './clip-name.ts';
import type { ClipReader } from './clip-reader.ts';
import { openClipReader } from './clip-reader.ts';
import { ClipWriter } from './clip-writer.ts';
import { DayKeys, keyNames } from './day-keys.ts';
import type { DecryptedFile, DecryptFileOptions } from './decrypt-file.ts';
import { decryptFileWith } from './decrypt-file.ts';
import type { Rewrapped } from './key-changes.ts';
import { KeyChanges } from './key-changes.ts';
import type { KeyLedger } from './key-ledger.ts';
import type { CreatedOwner, NewOwner, OwnerMode } from './owner-key.ts';
import { checkKinds, OwnerKey } from './owner-key.ts';
import { ageProblem, locked, vaultProblem } from './problems.ts';
import { readSmallObject } from './sealed-files.ts';
import { SealedStream } from './sealed-stream.ts';

/** Whole objects are for thumbnails and facts; a clip goes through `createClip`. */
const maxObjectBytes = 16 * 1024 * 1024;
const defaultWorkFactor = 18;

export interface VaultDeps {
  readonly home: string;
  /** `$CREDENTIALS_DIRECTORY`. */
  readonly credentials?: string;
  readonly recordings: ObjectStore;
  readonly ledger: KeyLedger;
  /** `security.encryption` of the configuration. */
  readonly encryption: {
    readonly mode?: OwnerMode;
    readonly recipients?: readonly string[];
    /** Kind of an owner key made from now on; `x25519` unless told. */
    readonly newKind?: KeyKind;
  };
  /** The owner's recipient as the catalogue has it, once there is one. */
  readonly ownerPin?: string;
  /** log2 of scrypt's N for a new passphrase; 18 (256 MiB, as `age -p`) unless told. */
  readonly workFactor?: number;
  readonly clock: Clock;
  readonly log: Log;
}

export type VaultStatus =
  | { readonly kind: 'absent' }
  | { readonly kind: 'locked'; readonly mode: OwnerMode; readonly ownerRecipient?: string }
  | { readonly kind: 'open'; readonly mode: OwnerMode; readonly ownerRecipient: string };

export interface KeyFacts {
  readonly escrow: readonly string[];
  /** Further ones, of the configuration. */
  readonly configured: readonly string[];
  readonly dayKeys: number;
  /** `YYYY-MM-DD` of the oldest and of the newest. */
  readonly firstDay?: string;
  readonly lastDay?: string;
}

/** Throws what `OwnerKey.load` throws, and `vault/bad-recipient` for a recipient that isn't `age1…`. */
export async function openVault(deps: VaultDeps): Promise<Vault> {
  const recipients = (deps.encryption.recipients ?? []).map(parseRecipient);
  const owner = await OwnerKey.load({
    home: deps.home,
    credentials: deps.credentials,
    mode: deps.encryption.mode,
    recipients,
    pin: deps.ownerPin,
    newKind: deps.encryption.newKind ?? 'x25519',
    workFactor: deps.workFactor ?? defaultWorkFactor,
    clock: deps.clock,
    log: deps.log,
  });
  const escrow = await deps.ledger.escrow();
  const known = owner.state.kind === 'absent' ? undefined : owner.state.recipient;
  checkKinds([
    ...(known === undefined ? [] : [known]),
    ...recipients,
    ...escrow.map((text) => parseKeyRecipient(text)),
  ]);
  return new Vault({ ...deps, owner, configured: recipients, escrow });
}

export class Vault {
  readonly #store: ObjectStore;
  readonly #log: Log;
  readonly #owner: OwnerKey;
  readonly #days: DayKeys;
  readonly #ledger: KeyLedger;
  readonly #changes: KeyChanges;
  /** Escrow of the configuration: for new day keys at once, for old ones when all are wrapped anew. */
  readonly #configured: readonly KeyRecipient[];
  #escrow: readonly string[];
  readonly #readers = new Set<ClipReader>();

  /** Use `openVault`. */
  constructor(
    deps: VaultDeps & {
      readonly owner: OwnerKey;
      readonly configured: readonly KeyRecipient[];
      readonly escrow: readonly string[];
    },
  ) {
    this.#store = deps.recordings;
    this.#log = deps.log;
    this.#owner = deps.owner;
    this.#days = new DayKeys({
      store: deps.recordings,
      pins: deps.ledger,
      clock: deps.clock,
      log: deps.log,
      wrapTo: () => this.#wrapTo(deps.owner.recipient(), this.#escrow),
    });
    this.#ledger = deps.ledger;
    this.#configured = deps.configured;
    this.#escrow = deps.escrow;
    this.#changes = new KeyChanges({
      home: deps.home,
      store: deps.recordings,
      ledger: deps.ledger,
      days: this.#days,
      log: deps.log,
    });
  }

  status(): VaultStatus {
    const state = this.#owner.state;
    switch (state.kind) {
      case 'absent':
        return { kind: 'absent' };
      case 'locked':
        return {
          kind: 'locked',
          mode: state.mode,
          ...(state.recipient === undefined ? {} : { ownerRecipient: state.recipient.toString() }),
        };
      case 'open':
        return { kind: 'open', mode: state.mode, ownerRecipient: state.recipient.toString() };
      default:
        return state satisfies never;
    }
  }

  /** Calls back with each new status; returns how to stop it. */
  onStatus(listener: (status: VaultStatus) => void): () => void {
    return this.#owner.onChange(() => listener(this.status()));
  }

  /** Makes the owner key; see `OwnerKey.create`. The caller pins the recipient and shows the identity once. */
  async createOwner(wish: NewOwner): Promise<CreatedOwner> {
    const created = await this.#owner.create(wish);
    this.#days.renew();
    return created;
  }

  /** See `OwnerKey.unlock`. Where it is open already, the passphrase is looked at all the same. */
  async unlock(passphrase: Secret | undefined): Promise<void> {
    await this.#owner.unlock(passphrase);
  }

  /** Forgets every identity; readers that are open fail with `vault/locked`. */
  lock(): void {
    this.#owner.lock();
    this.#days.wipe();
    for (const reader of this.#readers) reader.revoke();
    this.#readers.clear();
  }

  /**
   * Starts a clip. `name` is `CAMERA/YYYY/MM/DD/HHMMSS-ID.mp4.age` with the UTC day of `at` (its start, milliseconds)
   * and `clipId` as ID. Throws `vault/no-owner`, `vault/bad-clip-name`, and what storing throws.
   */
  async createClip(name: string, clip: { readonly clipId: string; readonly at: number }): Promise<ClipWriter> {
    if (dateOfName(name) !== utcDate(clip.at) || clipIdOf(name) !== clip.clipId) throw badName(name);
    const day = await this.#days.forSealing(clip.at);
    const object = await this.#store.create(name);
    return ClipWriter.start({ object, day, clipId: clip.clipId });
  }

  /** Opens a clip, finished or not. Throws `vault/locked`, `vault/no-day-key`, and what `openClipReader` throws. */
  async openClip(name: string): Promise<ClipReader> {
    const identities = await this.#days.forOpening(dateOfName(name), this.#owner.identity());
    const reader = await openClipReader(name, identities, {
      store: this.#store,
      log: this.#log,
      onClose: (closed) => this.#readers.delete(closed),
    });
    if (this.#owner.state.kind !== 'open') {
      // Locked while the files were being opened
      this.#days.wipe();
      await reader[Symbol.asyncDispose]();
      throw locked();
    }
    this.#readers.add(reader);
    return reader;
  }

  /** Seals a small object under a dated name; replaces an older one. `sha256`: of the age file, hex. */
  async sealObject(
    name: string,
    bytes: Uint8Array,
    options: { readonly at: number },
  ): Promise<{ readonly kid: string; readonly sha256: string }> {
    if (dateOfName(name) !== utcDate(options.at)) throw badName(name);
    const day = await this.#days.forSealing(options.at);
    const sealed = await encrypt([day.recipient], [bytes]);
    await this.#store.put(name, sealed);
    return { kid: day.kid, sha256: createHash('sha256').update(sealed).digest('hex') };
  }

  /** The plaintext of a small object (16 MiB at most), strictly. Throws as `openClip`. */
  async openObject(name: string): Promise<Buffer> {
    const identities = await this.#days.forOpening(dateOfName(name), this.#owner.identity());
    const sealed = await readSmallObject(this.#store, name, maxObjectBytes);
    try {
      return await decrypt(sealed, identities);
    } catch (error) {
      throw ageProblem(error, name);
    }
  }

  /**
   * Takes in the day keys that lie with the recordings, that the ledger doesn't know, and that the owner key opens. Only on the
   * owner's word: whoever can write there could have put keys of his own. Throws `vault/locked`, `vault/no-owner`.
   */
  async adoptDayKeys(): Promise<{ readonly adopted: number; readonly foreign: number }> {
    const owner = this.#owner.identity();
    const known = new Set((await this.#ledger.list()).map((pin) => keyNames(pin).wrapped));
    let adopted = 0;
    let foreign = 0;
    for await (const { name } of this.#store.list('keys/')) {
      if (!name.endsWith('.key.age') || known.has(name)) continue;
      const pin = await this.#days.recognize(name, owner);
      if (pin === undefined) foreign++;
      else {
        await this.#ledger.add(pin);
        adopted++;
      }
    }
    return { adopted, foreign };
  }

  /** The owner's identity, `AGE-SECRET-KEY-1…`, for the key sheet. Throws `vault/locked`, `vault/recipients-only`, `vault/no-owner`. */
  ownerIdentity(): Secret {
    return this.#owner.identity().toSecret();
  }

  /** The key of a day as it lies on the disk, wrapped to owner and escrow. Throws `vault/no-day-key`, `storage/…`. */
  async wrappedDayKey(date: string, kid: string): Promise<Buffer> {
    const pin = (await this.#ledger.list(date)).find((one) => one.kid === kid);
    if (pin !== undefined) return await this.#days.wrapped(pin);
    throw vaultProblem('vault/no-day-key', 'the key of this day is gone or not known here', {
      status: 409,
      safe: { date },
    });
  }

  /** Who can open what is recorded, and of how many days. */
  async keyFacts(): Promise<KeyFacts> {
    const pins = await this.#ledger.list();
    const first = pins[0];
    const last = pins.at(-1);
    return {
      escrow: [...this.#escrow],
      configured: this.#configured.map(String).filter((recipient) => !this.#escrow.includes(recipient)),
      dayKeys: pins.length,
      ...(first === undefined || last === undefined ? {} : { firstDay: first.date, lastDay: last.date }),
    };
  }

  /**
   * A new owner key; the old one opens nothing that lies here any more (copies made before it still does). The caller
   * shows the identity once. See `OwnerKey.rotate` for `wish` and what is thrown.
   */
  async rotateOwner(wish: {
    readonly passphrase?: Secret;
    readonly newPassphrase?: Secret;
  }): Promise<CreatedOwner & Rewrapped> {
    const escrow = this.#escrow;
    const { owner, result } = await this.#changes.alone(() =>
      this.#owner.rotate(wish, (old, next, committed) =>
        this.#changes.wrapAll(old, { recipients: this.#wrapTo(next.recipient(), escrow), escrow }, committed),
      ),
    );
    return { ...owner, ...result };
  }

  /** Whoever holds the identity of `recipient` can open everything that the owner can. Throws `vault/bad-recipient`, `vault/escrow-exists`, `vault/locked`. */
  async addEscrow(recipient: string): Promise<Rewrapped> {
    const added = parseRecipient(recipient).toString();
    const owner = this.#owner.recipient().toString();
    if (added === owner || this.#escrow.includes(added))
      throw vaultProblem('vault/escrow-exists', 'this recipient can open the recordings already', { status: 409 });
    return this.#changeEscrow([...this.#escrow, added]);
  }

  /** `recipient` opens nothing any more that lies here. Throws `vault/no-escrow`, `vault/locked`. */
  async removeEscrow(recipient: string): Promise<Rewrapped> {
    if (this.#configured.some((one) => one.toString() === recipient))
      throw vaultProblem('vault/no-escrow', 'this recipient stands in the configuration', {
        status: 409,
        hint: 'remove it from security.encryption.recipients, restart, and add and remove any escrow or rotate the key',
      });
    if (!this.#escrow.includes(recipient))
      throw vaultProblem('vault/no-escrow', 'this recipient is no escrow here', {
        status: 404,
        hint: '`sentrix key status` lists them',
      });
    return this.#changeEscrow(this.#escrow.filter((one) => one !== recipient));
  }

  /**
   * Makes a day unreadable for good: its keys are forgotten here, whoever holds copies of the wrapped keys keeps them.
   * Today goes on with a new key. Returns how many keys there were.
   */
  async shredDay(date: string): Promise<number> {
    return await this.#changes.alone(() => this.#changes.shred(date));
  }

  /** A stream sealed for the owner and every escrow, and the owner's recipient. Throws `vault/no-owner`. */
  async sealStream(): Promise<{ readonly seal: SealedStream; readonly owner: string }> {
    const owner = this.#owner.recipient();
    return { seal: await SealedStream.start(this.#wrapTo(owner, this.#escrow)), owner: owner.toString() };
  }

  async #changeEscrow(escrow: readonly string[]): Promise<Rewrapped> {
    const recipients = this.#wrapTo(this.#owner.recipient(), escrow);
    return await this.#changes.alone(() =>
      this.#changes.wrapAll(this.#owner.identity(), { recipients, escrow }, () => {
        this.#escrow = escrow;
      }),
    );
  }

  /** The owner first. */
  #wrapTo(owner: KeyRecipient, escrow: readonly string[]): KeyRecipient[] {
    const all = unique([owner, ...this.#configured, ...escrow.map((text) => parseKeyRecipient(text))]);
    checkKinds(all);
    return all;
  }

  /** `decryptFile` with the owner key of this home. */
  async decryptFile(path: string, options: DecryptFileOptions): Promise<DecryptedFile> {
    return decryptFileWith(path, [this.#owner.identity()], options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.lock();
  }
}

function parseRecipient(text: string): KeyRecipient {
  try {
    return parseKeyRecipient(text);
  } catch (cause) {
    if (!(cause instanceof AgeError)) throw cause;
    throw vaultProblem('vault/bad-recipient', 'a recipient of the configuration is no age recipient', {
      status: 422,
      hint: 'recipients begin with age1 and have 62 characters, or with age1pq1 and have 1,959',
      safe: { recipient: text.slice(0, 80) },
      cause,
    });
  }
}

function unique(recipients: readonly KeyRecipient[]): KeyRecipient[] {
  return [...new Map(recipients.map((recipient) => [recipient.toString(), recipient])).values()];
}

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
import { AgeError } from './age/problems.ts';
import { X25519Recipient } from './age/x25519.ts';
import { badName, clipIdOf, dateOfName, utcDate } from './clip-name.ts';
import type { ClipReader } from './clip-reader.ts';
import { openClipReader } from './clip-reader.ts';
import { ClipWriter } from './clip-writer.ts';
import type { DayKeyPins } from './day-keys.ts';
import { DayKeys } from './day-keys.ts';
import type { DecryptedFile, DecryptFileOptions } from './decrypt-file.ts';
import { decryptFileWith } from './decrypt-file.ts';
import type { CreatedOwner, NewOwner, OwnerMode } from './owner-key.ts';
import { OwnerKey } from './owner-key.ts';
import { ageProblem, locked, vaultProblem } from './problems.ts';
import { readSmallObject } from './sealed-files.ts';

/** Whole objects are for thumbnails and facts; a clip goes through `createClip`. */
const maxObjectBytes = 16 * 1024 * 1024;
const defaultWorkFactor = 18;

export interface VaultDeps {
  readonly home: string;
  readonly recordings: ObjectStore;
  readonly pins: DayKeyPins;
  /** `security.encryption` of the configuration. */
  readonly encryption: { readonly mode?: OwnerMode; readonly recipients?: readonly string[] };
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

/** Throws what `OwnerKey.load` throws, and `vault/bad-recipient` for a recipient that isn't `age1…`. */
export async function openVault(deps: VaultDeps): Promise<Vault> {
  const recipients = (deps.encryption.recipients ?? []).map(parseRecipient);
  const owner = await OwnerKey.load({
    home: deps.home,
    mode: deps.encryption.mode,
    recipients,
    pin: deps.ownerPin,
    workFactor: deps.workFactor ?? defaultWorkFactor,
    clock: deps.clock,
    log: deps.log,
  });
  return new Vault({ ...deps, owner, escrow: recipients });
}

export class Vault {
  readonly #store: ObjectStore;
  readonly #log: Log;
  readonly #owner: OwnerKey;
  readonly #days: DayKeys;
  readonly #readers = new Set<ClipReader>();

  /** Use `openVault`. */
  constructor(deps: VaultDeps & { readonly owner: OwnerKey; readonly escrow: readonly X25519Recipient[] }) {
    this.#store = deps.recordings;
    this.#log = deps.log;
    this.#owner = deps.owner;
    this.#days = new DayKeys({
      store: deps.recordings,
      pins: deps.pins,
      clock: deps.clock,
      log: deps.log,
      wrapTo: () => unique([deps.owner.recipient(), ...deps.escrow]),
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

  /** See `OwnerKey.unlock`: `vault/wrong-passphrase`, `vault/busy`, `vault/no-owner`, `vault/recipients-only`. */
  async unlock(passphrase: Secret): Promise<void> {
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

  /** `decryptFile` with the owner key of this home. */
  async decryptFile(path: string, options: DecryptFileOptions): Promise<DecryptedFile> {
    return decryptFileWith(path, [this.#owner.identity()], options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.lock();
  }
}

function parseRecipient(text: string): X25519Recipient {
  try {
    return X25519Recipient.parse(text);
  } catch (cause) {
    if (!(cause instanceof AgeError)) throw cause;
    throw vaultProblem('vault/bad-recipient', 'a recipient of the configuration is no age X25519 recipient', {
      status: 422,
      hint: 'recipients begin with age1 and have 62 characters',
      safe: { recipient: text.slice(0, 80) },
      cause,
    });
  }
}

function unique(recipients: readonly X25519Recipient[]): X25519Recipient[] {
  return [...new Map(recipients.map((recipient) => [recipient.toString(), recipient])).values()];
}

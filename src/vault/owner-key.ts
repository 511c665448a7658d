/**
 * The owner key as a state machine: absent (nothing can be sealed yet) → locked (recordings can be sealed, not opened)
 * ⇄ open. Which kind of key it is follows from what lies in the home; the configuration may only demand one, so nothing
 * is ever taken silently that is weaker than what was asked for.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Secret } from '../base/secret.ts';
import type { KeyIdentity, KeyKind, KeyRecipient } from './age/keys.ts';
import { generateKeyIdentity, kindOf, parseKeyIdentity } from './age/keys.ts';
import { OwnerFiles } from './owner-files.ts';
import { PassphraseGuard } from './passphrase-guard.ts';
import { ageProblem, locked, vaultProblem } from './problems.ts';

/** `security.encryption.mode` of the configuration. `keyring` can't be had yet. */
export type OwnerMode = 'keyfile' | 'passphrase' | 'keyring' | 'systemd' | 'recipients_only';

export type OwnerState =
  | { readonly kind: 'absent' }
  /** `recipient` is missing where a crash cut the making of a sealed key short; unlocking it once mends that. */
  | { readonly kind: 'locked'; readonly mode: OwnerMode; readonly recipient: KeyRecipient | undefined }
  | {
      readonly kind: 'open';
      readonly mode: OwnerMode;
      readonly recipient: KeyRecipient;
      readonly identity: KeyIdentity;
    };

export type NewOwner = ({ readonly mode: 'passphrase'; readonly passphrase: Secret } | { readonly mode: 'keyfile' }) & {
  /** From the sheet, where it is to be this one (`AGE-SECRET-KEY-1…`); otherwise a new one is made. */
  readonly identity?: Secret;
};

export interface CreatedOwner {
  /** `age1…`, for the caller to pin. */
  readonly recipient: string;
  /** `AGE-SECRET-KEY-1…`, for the key sheet; this is the only time it is handed out. */
  readonly identity: Secret;
}

export interface OwnerKeyDeps {
  readonly home: string;
  /** `$CREDENTIALS_DIRECTORY`, where systemd started us with credentials. */
  readonly credentials: string | undefined;
  /** The mode that the configuration demands, if it does. */
  readonly mode: OwnerMode | undefined;
  /** `recipients` of the configuration: in recipients-only mode the first is the owner. */
  readonly recipients: readonly KeyRecipient[];
  /** The recipient that the catalogue knows; the file in the home counts only where it is the same. */
  readonly pin: string | undefined;
  /** Of keys made here; a hybrid one is never followed by a weaker one. */
  readonly newKind: KeyKind;
  /** log2 of scrypt's N. */
  readonly workFactor: number;
  readonly clock: Clock;
  readonly log: Log;
}

const minPassphraseLength = 8;

export class OwnerKey {
  readonly #deps: OwnerKeyDeps;
  readonly #files: OwnerFiles;
  #state: OwnerState = { kind: 'absent' };
  readonly #guard: PassphraseGuard;
  #busy = false;
  #pin: string | undefined;
  readonly #listeners = new Set<() => void>();

  private constructor(deps: OwnerKeyDeps) {
    this.#deps = deps;
    this.#files = new OwnerFiles(deps.home, deps.log, deps.credentials);
    this.#pin = deps.pin;
    this.#guard = new PassphraseGuard(deps.clock);
  }

  /** Throws `vault/mode-mismatch`, `vault/mode-unavailable`, `vault/owner-mismatch`, `vault/bad-key-file`. */
  static async load(deps: OwnerKeyDeps): Promise<OwnerKey> {
    const owner = new OwnerKey(deps);
    owner.#state = await owner.#find();
    return owner;
  }

  get state(): OwnerState {
    return this.#state;
  }

  /** Calls back after each change of state; returns how to stop it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The identity, or `vault/locked`, `vault/recipients-only`, `vault/no-owner`. */
  identity(): KeyIdentity {
    switch (this.#state.kind) {
      case 'open':
        return this.#state.identity;
      case 'absent':
        throw noOwner();
      case 'locked':
        throw this.#state.mode === 'recipients_only' ? recipientsOnly() : locked();
      default:
        return this.#state satisfies never;
    }
  }

  /** The recipient of new day keys, or `vault/no-owner`. */
  recipient(): KeyRecipient {
    const recipient = this.#state.kind === 'absent' ? undefined : this.#state.recipient;
    if (recipient === undefined) throw noOwner();
    return recipient;
  }

  /**
   * Makes the owner key; it is open afterwards. Throws `vault/owner-exists`, `vault/weak-passphrase`, `vault/busy`, and
   * `vault/bad-identity` for a given one that isn't.
   */
  async create(wish: NewOwner): Promise<CreatedOwner> {
    if (this.#deps.mode !== undefined && this.#deps.mode !== wish.mode) throw modeMismatch(this.#deps.mode, wish.mode);
    if (wish.mode === 'passphrase') checkPassphrase(wish.passphrase);
    return this.#alone(async () => {
      if (this.#state.kind !== 'absent') throw ownerExists();
      const identity =
        wish.identity === undefined ? generateKeyIdentity(this.#deps.newKind) : parseIdentity(wish.identity);
      checkKinds([identity.recipient(), ...this.#deps.recipients]);
      const createdAt = this.#deps.clock.now();
      try {
        if (wish.mode === 'keyfile') await this.#files.writePlain(identity, createdAt);
        else
          await this.#files.writeSealed(identity, {
            createdAt,
            passphrase: wish.passphrase,
            workFactor: this.#deps.workFactor,
          });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw ownerExists();
        throw error;
      }
      const recipient = identity.recipient();
      await this.#files.writeRecipient(recipient);
      this.#become({ kind: 'open', mode: wish.mode, recipient, identity });
      return { recipient: recipient.toString(), identity: identity.toSecret() };
    });
  }

  /**
   * Opens the owner key. A keyfile has no passphrase: one that is given anyhow is refused, not passed over. Throws
   * `vault/wrong-passphrase`, `vault/too-many-tries`, `vault/no-passphrase`, `vault/busy` (scrypt takes memory: one at a
   * time), `vault/no-owner`, `vault/recipients-only`.
   */
  async unlock(passphrase: Secret | undefined): Promise<void> {
    await this.#alone(async () => {
      const state = this.#state;
      if (state.kind === 'absent') throw noOwner();
      if (state.mode === 'recipients_only') throw recipientsOnly();
      const identity = await this.#read(state.mode, passphrase);
      if (state.kind === 'open') identity.wipe();
      else this.#become(await this.#opened(state.mode, identity, state.recipient));
    });
  }

  /**
   * Another identity takes this one's place. `work` gets both, when the new one is on the disk beside the old; it calls
   * `committed` when there is no way back, and puts the files in place. Where it throws before that, all is as before.
   * A sealed key needs its passphrase, and may get another. Throws `vault/locked`, `vault/wrong-passphrase`, `vault/busy`,
   * `vault/weak-passphrase`, `vault/no-owner`, `vault/recipients-only`.
   */
  async rotate<T>(
    wish: { readonly passphrase?: Secret; readonly newPassphrase?: Secret },
    work: (old: KeyIdentity, next: KeyIdentity, committed: () => void) => Promise<T>,
  ): Promise<{ readonly owner: CreatedOwner; readonly result: T }> {
    return this.#alone(async () => {
      const old = this.identity();
      const { mode } = this.#state as Extract<OwnerState, { kind: 'open' }>;
      if (mode === 'systemd') throw systemdRotates();
      const next = generateKeyIdentity(old.kind === 'hybrid' ? 'hybrid' : this.#deps.newKind);
      const createdAt = this.#deps.clock.now();
      const { workFactor } = this.#deps;
      if (mode === 'passphrase') {
        (await this.#readSealed(wish.passphrase)).wipe();
        const passphrase = wish.newPassphrase ?? wish.passphrase!;
        if (wish.newPassphrase !== undefined) checkPassphrase(wish.newPassphrase);
        await this.#files.writeSealed(next, { createdAt, passphrase, workFactor, as: 'next' });
      } else {
        if (wish.passphrase !== undefined || wish.newPassphrase !== undefined) throw noPassphrase();
        await this.#files.writePlain(next, createdAt, 'next');
      }
      let committed = false;
      try {
        const result = await work(old, next, () => {
          committed = true;
          this.#pin = next.recipient().toString();
          this.#become({ kind: 'open', mode, recipient: next.recipient(), identity: next });
        });
        return { owner: { recipient: next.recipient().toString(), identity: next.toSecret() }, result };
      } finally {
        if (committed) old.wipe();
      }
    });
  }

  /** Forgets the identity. Nothing to do where it isn't open. */
  lock(): void {
    if (this.#state.kind !== 'open') return;
    const { mode, recipient, identity } = this.#state;
    identity.wipe();
    this.#become({ kind: 'locked', mode, recipient });
  }

  async #read(mode: Exclude<OwnerMode, 'recipients_only'>, passphrase: Secret | undefined): Promise<KeyIdentity> {
    if (mode === 'passphrase') return await this.#readSealed(passphrase);
    if (passphrase !== undefined) throw noPassphrase();
    if (mode === 'keyfile') return await this.#files.readPlain();
    const credential = await this.#files.readCredential();
    if (credential === undefined) throw noCredential();
    return credential;
  }

  /** Throws `vault/wrong-passphrase`, also for none; `vault/too-many-tries`. */
  async #readSealed(passphrase: Secret | undefined): Promise<KeyIdentity> {
    if (passphrase === undefined) throw wrongPassphrase();
    return this.#guard.tried(() => this.#files.readSealed(passphrase));
  }

  async #find(): Promise<OwnerState> {
    const { mode, recipients, log } = this.#deps;
    if (mode === 'keyring')
      throw vaultProblem('vault/mode-unavailable', 'the owner key cannot come from a keyring', {
        status: 422,
        hint: 'set security.encryption.mode to passphrase, systemd, recipients_only or keyfile',
      });
    const recipient = await this.#files.readRecipient();
    const credential = mode === undefined || mode === 'systemd' ? await this.#files.readCredential() : undefined;
    if (credential !== undefined) return this.#opened('systemd', credential, recipient);
    // Asked for and not there: never something weaker in its place
    if (mode === 'systemd') throw noCredential();
    const sealed = await this.#files.has('sealed');
    const plain = await this.#files.has('plain');
    if (mode === 'recipients_only') {
      if (sealed || plain) throw modeMismatch(mode, sealed ? 'passphrase' : 'keyfile');
      const owner = recipient ?? recipients[0];
      return owner === undefined ? { kind: 'absent' } : { kind: 'locked', mode, recipient: this.#pinned(owner) };
    }
    if (sealed && plain) log.warn({ file: 'keys/owner.key' }, 'plain owner key ignored beside the sealed one');
    const found = sealed ? 'passphrase' : plain ? 'keyfile' : recipient === undefined ? undefined : 'recipients_only';
    if (found === undefined) return { kind: 'absent' };
    if (mode !== undefined && mode !== found) throw modeMismatch(mode, found);
    if (found === 'keyfile') return this.#opened(found, await this.#files.readPlain(), recipient);
    return { kind: 'locked', mode: found, recipient: recipient === undefined ? undefined : this.#pinned(recipient) };
  }

  /** The state with this identity, whose recipient must be the one on file; written where none is on file. */
  async #opened(mode: OwnerMode, identity: KeyIdentity, onFile: KeyRecipient | undefined): Promise<OwnerState> {
    const recipient = this.#pinned(identity.recipient());
    if (onFile === undefined) await this.#files.writeRecipient(recipient);
    else if (onFile.toString() !== recipient.toString()) throw ownerMismatch();
    return { kind: 'open', mode, recipient, identity };
  }

  #pinned(recipient: KeyRecipient): KeyRecipient {
    if (this.#pin !== undefined && this.#pin !== recipient.toString()) throw ownerMismatch();
    return recipient;
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy)
      throw vaultProblem('vault/busy', 'the owner key is being worked on', { status: 429, retryAfterSeconds: 2 });
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  #become(state: OwnerState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** Throws `vault/mixed-recipients`: a file is only as strong as its weakest recipient. */
export function checkKinds(recipients: readonly KeyRecipient[]): void {
  if (recipients.length === 0 || kindOf(recipients) !== undefined) return;
  throw vaultProblem(
    'vault/mixed-recipients',
    'post-quantum recipients (age1pq1…) and others (age1…) cannot be mixed',
    {
      status: 409,
      hint: 'give owner, escrow and security.encryption.recipients keys of one kind',
    },
  );
}

function parseIdentity(text: Secret): KeyIdentity {
  try {
    return parseKeyIdentity(text);
  } catch (error) {
    throw ageProblem(error, 'identity');
  }
}

function checkPassphrase(passphrase: Secret): void {
  if (passphrase.reveal().length >= minPassphraseLength) return;
  throw vaultProblem('vault/weak-passphrase', `the passphrase is shorter than ${minPassphraseLength} characters`, {
    status: 422,
    hint: 'several words are easier to keep than a few signs',
  });
}

function wrongPassphrase(): Error {
  return vaultProblem('vault/wrong-passphrase', 'the passphrase of the owner key is needed', { status: 403 });
}

function noCredential(): Error {
  return vaultProblem('vault/mode-unavailable', 'systemd handed over no owner key', {
    status: 409,
    hint: 'start the service with LoadCredentialEncrypted=sentrix.owner-key:…',
    safe: { credential: 'sentrix.owner-key' },
  });
}

function systemdRotates(): Error {
  return vaultProblem('vault/mode-unavailable', 'a key that systemd hands over cannot be replaced from here', {
    status: 409,
    hint: 'add the new key as escrow, then `sentrix recover` a new home with it',
  });
}

function noPassphrase(): Error {
  return vaultProblem('vault/no-passphrase', 'this owner key has no passphrase', {
    status: 409,
    hint: 'leave the passphrase out',
  });
}

function noOwner(): Error {
  return vaultProblem('vault/no-owner', 'there is no owner key yet', { status: 409, hint: 'finish the set-up first' });
}

function recipientsOnly(): Error {
  return vaultProblem('vault/recipients-only', 'this server can seal recordings and not open them', {
    status: 409,
    hint: 'open them with the owner key in the browser or by the age tool',
  });
}

function ownerExists(): Error {
  return vaultProblem('vault/owner-exists', 'there is an owner key already', { status: 409 });
}

function ownerMismatch(): Error {
  return vaultProblem('vault/owner-mismatch', 'the owner key in the home is not the one that the catalogue knows', {
    status: 409,
    hint: 'somebody may have changed keys/owner.recipient; restore the keys folder from a backup',
  });
}

function modeMismatch(demanded: OwnerMode, found: OwnerMode): Error {
  return vaultProblem('vault/mode-mismatch', `the configuration demands ${demanded}, but the owner key is ${found}`, {
    status: 409,
    hint: 'correct security.encryption.mode',
    safe: { demanded, found },
  });
}

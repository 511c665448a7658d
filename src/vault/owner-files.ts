/**
 * Where the owner key lies in the home, as bytes:
 *   keys/owner.key        an age identity file (keyfile mode)
 *   keys/owner.key.age    the same, sealed with a passphrase as `age -p` does (passphrase mode)
 *   keys/owner.next.key, keys/owner.next.key.age   the same of a key that isn't the owner's yet
 *   keys/owner.recipient  whom recordings are sealed for; written last, so its being there says that making it is done
 */
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import { makePrivateFolder, readSmallFile, syncFolder, writeSmallFile } from '../storage/files.ts';
import { decrypt } from './age/decryptor.ts';
import { encrypt } from './age/encryptor.ts';
import { formatIdentityFile, parseIdentityFile } from './age/identity-file.ts';
import type { KeyIdentity, KeyRecipient } from './age/keys.ts';
import { parseKeyRecipient } from './age/keys.ts';
import { AgeError } from './age/problems.ts';
import { ScryptIdentity, ScryptRecipient } from './age/scrypt.ts';
import { ageProblem, vaultProblem } from './problems.ts';

const maxFileBytes = 64 * 1024;
const names = { plain: 'owner.key', sealed: 'owner.key.age', recipient: 'owner.recipient' } as const;
const next = { plain: 'owner.next.key', sealed: 'owner.next.key.age' } as const;

/** `LoadCredentialEncrypted=` of the unit names it so. */
const credentialName = 'sentrix.owner-key';

export class OwnerFiles {
  readonly #folder: string;
  readonly #log: Log;
  readonly #credential: string | undefined;

  /** `credentials`: the folder of `$CREDENTIALS_DIRECTORY`, where systemd puts what it unsealed for us. */
  constructor(home: string, log: Log, credentials?: string) {
    this.#folder = join(home, 'keys');
    this.#log = log;
    this.#credential = credentials === undefined ? undefined : join(credentials, credentialName);
  }

  /** The recipient on file, or `undefined`. Throws `vault/bad-key-file`. */
  async readRecipient(): Promise<KeyRecipient | undefined> {
    const bytes = await this.#read(names.recipient);
    if (bytes === undefined) return undefined;
    try {
      return parseKeyRecipient(bytes.toString('latin1').trim());
    } catch (cause) {
      throw badFile(names.recipient, cause);
    }
  }

  async writeRecipient(recipient: KeyRecipient): Promise<void> {
    await makePrivateFolder(this.#folder);
    await writeSmallFile(join(this.#folder, names.recipient), Buffer.from(`${recipient.toString()}\n`), {
      exclusive: false,
    });
  }

  async has(kind: 'plain' | 'sealed'): Promise<boolean> {
    const bytes = await this.#read(names[kind]);
    bytes?.fill(0);
    return bytes !== undefined;
  }

  /** Throws `vault/bad-key-file`; EEXIST as it comes where there is a key already. `as`: the key to come. */
  async writePlain(identity: KeyIdentity, createdAt: number, as: 'owner' | 'next' = 'owner'): Promise<void> {
    const { plain } = as === 'owner' ? names : next;
    await this.#write(plain, Buffer.from(formatIdentityFile(identity, createdAt).reveal()));
  }

  /** The key to come takes the owner's place. Where that has happened already, nothing does. */
  async promoteNext(): Promise<void> {
    for (const kind of ['plain', 'sealed'] as const) {
      try {
        await rename(join(this.#folder, next[kind]), join(this.#folder, names[kind]));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    await syncFolder(this.#folder);
  }

  /** A change that was given up leaves nothing. */
  async dropNext(): Promise<void> {
    for (const name of [next.plain, next.sealed]) await rm(join(this.#folder, name), { force: true });
  }

  async writeSealed(
    identity: KeyIdentity,
    options: {
      readonly createdAt: number;
      readonly passphrase: Secret;
      readonly workFactor: number;
      readonly as?: 'owner' | 'next';
    },
  ): Promise<void> {
    const text = Buffer.from(formatIdentityFile(identity, options.createdAt).reveal());
    const sealed = await encrypt([new ScryptRecipient(options.passphrase, options.workFactor)], [text]);
    text.fill(0);
    await this.#write((options.as ?? 'owner') === 'owner' ? names.sealed : next.sealed, sealed);
  }

  async readPlain(): Promise<KeyIdentity> {
    const bytes = await this.#read(names.plain);
    if (bytes === undefined) throw badFile(names.plain, undefined);
    try {
      return parseIdentityFile(new Secret(bytes.toString('latin1')))[0]!;
    } catch (cause) {
      throw badFile(names.plain, cause);
    } finally {
      bytes.fill(0);
    }
  }

  /** Throws `vault/wrong-passphrase`, `vault/bad-key-file`. Takes scrypt's time and memory. */
  async readSealed(passphrase: Secret): Promise<KeyIdentity> {
    const bytes = await this.#read(names.sealed);
    if (bytes === undefined) throw badFile(names.sealed, undefined);
    let text: Buffer;
    try {
      text = await decrypt(bytes, [new ScryptIdentity(passphrase)]);
    } catch (error) {
      if (error instanceof AgeError && error.fault === 'no match')
        throw vaultProblem('vault/wrong-passphrase', 'this is not the passphrase of the owner key', { status: 403 });
      if (error instanceof AgeError) throw badFile(names.sealed, error);
      throw error;
    }
    try {
      return parseIdentityFile(new Secret(text.toString('latin1')))[0]!;
    } catch (error) {
      throw ageProblem(error, names.sealed);
    } finally {
      text.fill(0);
    }
  }

  /**
   * The identity that systemd hands us, or `undefined` where it hands none. The file is systemd's: its mode is not ours
   * to mend. Throws `vault/bad-key-file`.
   */
  async readCredential(): Promise<KeyIdentity | undefined> {
    if (this.#credential === undefined) return undefined;
    let bytes: Buffer;
    try {
      bytes = await readFile(this.#credential);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw badCredential(cause);
    }
    try {
      return parseIdentityFile(new Secret(bytes.toString('latin1')))[0]!;
    } catch (cause) {
      throw badCredential(cause);
    } finally {
      bytes.fill(0);
    }
  }

  async #write(name: string, bytes: Buffer): Promise<void> {
    await makePrivateFolder(this.#folder);
    try {
      await writeSmallFile(join(this.#folder, name), bytes, { exclusive: true });
    } finally {
      bytes.fill(0);
    }
  }

  async #read(name: string): Promise<Buffer | undefined> {
    try {
      const file = await readSmallFile(join(this.#folder, name), maxFileBytes);
      if (file?.wasOpenToOthers === true) this.#log.warn({ file: `keys/${name}` }, 'key file mode mended');
      return file?.bytes;
    } catch (cause) {
      throw badFile(name, cause);
    }
  }
}

function badCredential(cause: unknown): Error {
  return vaultProblem('vault/bad-key-file', `the credential ${credentialName} cannot be used`, {
    hint: 'it holds an age identity (AGE-SECRET-KEY-…); make it anew with systemd-creds',
    safe: { credential: credentialName },
    cause,
  });
}

function badFile(name: string, cause: unknown): Error {
  return vaultProblem('vault/bad-key-file', `the file keys/${name} of the home cannot be used`, {
    hint: 'restore it from a backup or from the key sheet',
    safe: { file: `keys/${name}` },
    cause,
  });
}

/** What every kind of recipient and identity can do. */
import type { Stanza } from './header.ts';
import { AgeError } from './problems.ts';

export interface Recipient {
  /** The stanza by which the matching identity finds `fileKey` (16 bytes). */
  wrap(fileKey: Uint8Array): Promise<Stanza> | Stanza;
}

export interface Identity {
  /**
   * The file key (16 bytes, the caller's to wipe), or `undefined` where no stanza is for this identity. Throws
   * `header failure` for a stanza of its kind that is malformed.
   */
  unwrap(stanzas: readonly Stanza[]): Promise<Buffer | undefined> | Buffer | undefined;
}

/** The file key by the first identity that finds it. Throws `no match`. */
export async function unwrapFileKey(stanzas: readonly Stanza[], identities: readonly Identity[]): Promise<Buffer> {
  // A passphrase next to other recipients would let its holder vouch for a file that others take as theirs
  if (stanzas.length > 1 && stanzas.some((stanza) => stanza.args[0] === 'scrypt'))
    throw new AgeError('header failure', 'a passphrase must be the only recipient');
  for (const identity of identities) {
    const fileKey = await identity.unwrap(stanzas);
    if (fileKey !== undefined) return fileKey;
  }
  throw new AgeError('no match', 'none of the identities opens this file');
}

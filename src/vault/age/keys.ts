/** Key pairs, of whichever kind their text names: X25519 or post-quantum hybrid. Passphrases are no key pairs. */
import type { Secret } from '../../base/secret.ts';
import { HybridIdentity, HybridRecipient } from './hybrid.ts';
import type { Identity, Recipient } from './recipients.ts';
import { X25519Identity, X25519Recipient } from './x25519.ts';

/** `hybrid`: ML-KEM-768 and X25519 together; whoever records a file today and has a quantum computer later opens it not. */
export type KeyKind = 'x25519' | 'hybrid';

export interface KeyRecipient extends Recipient {
  readonly kind: KeyKind;
  /** `age1…` or `age1pq1…` */
  toString(): string;
}

export interface KeyIdentity extends Identity {
  readonly kind: KeyKind;
  recipient(): KeyRecipient;
  /** `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…` */
  toSecret(): Secret;
  /** Overwrites the key; it opens nothing afterwards. */
  wipe(): void;
}

export function generateKeyIdentity(kind: KeyKind): KeyIdentity {
  return kind === 'hybrid' ? HybridIdentity.generate() : X25519Identity.generate();
}

/** Throws `bad key` for anything but an identity of one of the two kinds. */
export function parseKeyIdentity(text: Secret): KeyIdentity {
  return HybridIdentity.isText(text) ? HybridIdentity.parse(text) : X25519Identity.parse(text);
}

/** Throws `bad key` for anything but a recipient of one of the two kinds. */
export function parseKeyRecipient(text: string): KeyRecipient {
  return HybridRecipient.isText(text) ? HybridRecipient.parse(text) : X25519Recipient.parse(text);
}

/**
 * The kind of all of them, or `undefined` where they are mixed: then one file must not be for all of them, for it is only
 * as strong as its weakest recipient (the `age` tool refuses that too).
 */
export function kindOf(recipients: readonly KeyRecipient[]): KeyKind | undefined {
  const kinds = new Set(recipients.map((recipient) => recipient.kind));
  const [kind] = kinds;
  return kinds.size === 1 ? kind : undefined;
}

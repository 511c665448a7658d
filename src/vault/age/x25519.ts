/** X25519 recipients (`age1…`) and identities (`AGE-SECRET-KEY-1…`); C2SP age.md, "X25519 recipient stanza". */
import type { KeyObject } from 'node:crypto';
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import { Secret } from '../../base/secret.ts';
import { encodeBase64, tryDecodeBase64 } from './base64.ts';
import { encodeBech32, tryDecodeBech32 } from './bech32.ts';
import { tryUnwrapFileKey, wrapFileKey } from './file-key.ts';
import type { Stanza } from './header.ts';
import { AgeError } from './problems.ts';
import type { Identity, Recipient } from './recipients.ts';

const stanzaKind = 'X25519';
const info = 'age-encryption.org/v1/X25519';
const keyBytes = 32;
// RFC 8410 §4 and §7: what stands before the 32 bytes in SubjectPublicKeyInfo and in PKCS #8
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex');
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

export class X25519Recipient implements Recipient {
  readonly kind = 'x25519';
  readonly #bytes: Buffer;
  readonly #key: KeyObject;

  /** `bytes`: the public key, 32 bytes, copied. */
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
    this.#key = publicKeyOf(bytes);
  }

  /** Throws `bad key` for anything but `age1…` of an X25519 key. */
  static parse(text: string): X25519Recipient {
    const decoded = tryDecodeBech32(text);
    if (decoded?.prefix !== 'age' || decoded.bytes.length !== keyBytes || text !== text.toLowerCase())
      throw new AgeError('bad key', 'this is no age X25519 recipient');
    return new X25519Recipient(decoded.bytes);
  }

  wrap(fileKey: Uint8Array): Stanza {
    const ephemeral = generateKeyPairSync('x25519');
    const share = rawPublicKey(ephemeral.publicKey);
    const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: this.#key });
    const key = wrapKey(shared, share, this.#bytes);
    const body = wrapFileKey(key, fileKey);
    key.fill(0);
    return { args: [stanzaKind, encodeBase64(share)], body };
  }

  /** `age1…` */
  toString(): string {
    return encodeBech32('age', this.#bytes);
  }
}

export class X25519Identity implements Identity {
  readonly kind = 'x25519';
  /** Kept as bytes, which `wipe` can overwrite; OpenSSL wipes its own copies when they are collected. */
  readonly #scalar: Buffer;
  readonly #public: Buffer;
  /** Made once it is needed: parsing it costs more than the agreement itself. */
  #key: KeyObject | undefined;
  #wiped = false;

  /** Takes the 32 bytes over. */
  constructor(scalar: Buffer) {
    this.#scalar = scalar;
    this.#public = rawPublicKey(createPublicKey(privateKeyOf(scalar)));
  }

  static generate(): X25519Identity {
    return new X25519Identity(randomBytes(keyBytes));
  }

  /** Throws `bad key` for anything but `AGE-SECRET-KEY-1…`. */
  static parse(secret: Secret): X25519Identity {
    const decoded = tryDecodeBech32(secret.reveal());
    if (decoded?.prefix !== 'age-secret-key-' || decoded.bytes.length !== keyBytes || !/^[A-Z]/.test(secret.reveal()))
      throw new AgeError('bad key', 'this is no age identity');
    return new X25519Identity(decoded.bytes);
  }

  recipient(): X25519Recipient {
    return new X25519Recipient(this.#public);
  }

  /** `AGE-SECRET-KEY-1…` */
  toSecret(): Secret {
    this.#check();
    return new Secret(encodeBech32('age-secret-key-', this.#scalar).toUpperCase());
  }

  unwrap(stanzas: readonly Stanza[]): Buffer | undefined {
    this.#check();
    this.#key ??= privateKeyOf(this.#scalar);
    for (const { args, body } of stanzas) {
      if (args[0] !== stanzaKind) continue;
      const share = args.length === 2 ? tryDecodeBase64(args[1]!) : undefined;
      if (share?.length !== keyBytes) throw new AgeError('header failure', 'an X25519 share is malformed');
      let shared: Buffer;
      try {
        shared = diffieHellman({ privateKey: this.#key, publicKey: publicKeyOf(share) });
      } catch {
        // OpenSSL refuses the all-zero result (RFC 7748 §6.1), which would be the same key for everybody
        throw new AgeError('header failure', 'an X25519 share is of low order');
      }
      const key = wrapKey(shared, share, this.#public);
      const fileKey = tryUnwrapFileKey(key, body);
      key.fill(0);
      if (fileKey !== undefined) return fileKey;
    }
    return undefined;
  }

  /** Overwrites the key; it opens nothing afterwards. */
  wipe(): void {
    this.#scalar.fill(0);
    this.#key = undefined;
    this.#wiped = true;
  }

  #check(): void {
    if (this.#wiped) throw new AgeError('no match', 'this identity has been wiped');
  }
}

function wrapKey(shared: Buffer, share: Uint8Array, recipient: Uint8Array): Buffer {
  const key = Buffer.from(hkdfSync('sha256', shared, Buffer.concat([share, recipient]), info, 32));
  shared.fill(0);
  return key;
}

/** `bytes`: 32. */
export function publicKeyOf(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([publicPrefix, bytes]), format: 'der', type: 'spki' });
}

/** `scalar`: 32 bytes, copied. */
export function privateKeyOf(scalar: Uint8Array): KeyObject {
  const der = Buffer.concat([privatePrefix, scalar]);
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } finally {
    der.fill(0);
  }
}

export function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length);
}

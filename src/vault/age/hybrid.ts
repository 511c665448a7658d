/**
 * Post-quantum hybrid recipients (`age1pq1…`) and identities (`AGE-SECRET-KEY-PQ-1…`); C2SP age.md, "mlkem768x25519".
 * The file key is sealed by HPKE (RFC 9180, base mode, HKDF-SHA-256, ChaCha20-Poly1305) with the KEM X-Wing
 * (draft-connolly-cfrg-xwing-kem): ML-KEM-768 (FIPS 203) and X25519, of which an attacker has to break both.
 */
import type { KeyObject } from 'node:crypto';
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto';
import { Secret } from '../../base/secret.ts';
import { encodeBase64, tryDecodeBase64 } from './base64.ts';
import { encodeBech32, tryDecodeBech32 } from './bech32.ts';
import { tryUnwrapFileKey, wrapFileKey } from './file-key.ts';
import type { Stanza } from './header.ts';
import { AgeError } from './problems.ts';
import type { Identity, Recipient } from './recipients.ts';
import { privateKeyOf, publicKeyOf, rawPublicKey } from './x25519.ts';

const stanzaKind = 'mlkem768x25519';
const info = Buffer.from('age-encryption.org/mlkem768x25519');
const seedBytes = 32;
/** FIPS 203, table 3. */
const mlkem = { publicBytes: 1184, ciphertextBytes: 1088 } as const;
const x25519Bytes = 32;
const recipientBytes = mlkem.publicBytes + x25519Bytes;
const shareBytes = mlkem.ciphertextBytes + x25519Bytes;

// RFC 9935: SubjectPublicKeyInfo, and PKCS #8 of the seed alone, both of id-alg-ml-kem-768
const mlkemPublicPrefix = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex');
const mlkemSeedPrefix = Buffer.from('3054020100300b060960864801650304040204428040', 'hex');
/** X-Wing's label, the six bytes of `\.//^\`. */
const xwingLabel = Buffer.from('5c2e2f2f5e5c', 'hex');
/** RFC 9180 §5.1: "HPKE", KEM 0x647a (X-Wing), KDF 0x0001 (HKDF-SHA-256), AEAD 0x0003 (ChaCha20-Poly1305). */
const suite = Buffer.concat([Buffer.from('HPKE'), Buffer.from('647a00010003', 'hex')]);

export class HybridRecipient implements Recipient {
  readonly kind = 'hybrid';
  readonly #bytes: Buffer;
  readonly #mlkem: KeyObject;
  readonly #x25519: KeyObject;

  /** `bytes`: ML-KEM's public key and X25519's, 1,216 bytes, copied. Throws `bad key`. */
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
    try {
      this.#mlkem = mlkemPublic(this.#bytes.subarray(0, mlkem.publicBytes));
      this.#x25519 = publicKeyOf(this.#bytes.subarray(mlkem.publicBytes));
    } catch {
      throw new AgeError('bad key', 'this is no ML-KEM-768 key');
    }
  }

  static isText(text: string): boolean {
    return text.startsWith('age1pq1');
  }

  /** Throws `bad key` for anything but `age1pq1…`. */
  static parse(text: string): HybridRecipient {
    const decoded = tryDecodeBech32(text);
    if (decoded?.prefix !== 'age1pq' || decoded.bytes.length !== recipientBytes || text !== text.toLowerCase())
      throw new AgeError('bad key', 'this is no age post-quantum recipient');
    return new HybridRecipient(decoded.bytes);
  }

  wrap(fileKey: Uint8Array): Stanza {
    const { sharedKey: sharedM, ciphertext } = encapsulate(this.#mlkem);
    const ephemeral = generateKeyPairSync('x25519');
    const shareX = rawPublicKey(ephemeral.publicKey);
    const sharedX = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: this.#x25519 });
    const shared = combined(sharedM, sharedX, shareX, this.#bytes.subarray(mlkem.publicBytes));
    const { key, nonce } = hpkeKey(shared);
    const body = wrapFileKey(key, fileKey, nonce);
    key.fill(0);
    return { args: [stanzaKind, encodeBase64(Buffer.concat([ciphertext, shareX]))], body };
  }

  /** `age1pq1…`, 1,959 characters. */
  toString(): string {
    return encodeBech32('age1pq', this.#bytes);
  }
}

export class HybridIdentity implements Identity {
  readonly kind = 'hybrid';
  /** Kept as bytes, which `wipe` can overwrite; OpenSSL wipes its own copies when they are collected. */
  readonly #seed: Buffer;
  /** Made once they are needed. */
  #keys: { readonly mlkem: KeyObject; readonly x25519: KeyObject; readonly recipient: Buffer } | undefined;
  #wiped = false;

  /** Takes the 32 bytes over. */
  constructor(seed: Buffer) {
    this.#seed = seed;
  }

  static generate(): HybridIdentity {
    return new HybridIdentity(randomBytes(seedBytes));
  }

  static isText(text: Secret): boolean {
    return text.reveal().startsWith('AGE-SECRET-KEY-PQ-1');
  }

  /** Throws `bad key` for anything but `AGE-SECRET-KEY-PQ-1…`. */
  static parse(secret: Secret): HybridIdentity {
    const decoded = tryDecodeBech32(secret.reveal());
    if (
      decoded?.prefix !== 'age-secret-key-pq-' ||
      decoded.bytes.length !== seedBytes ||
      !HybridIdentity.isText(secret)
    )
      throw new AgeError('bad key', 'this is no age post-quantum identity');
    return new HybridIdentity(decoded.bytes);
  }

  recipient(): HybridRecipient {
    return new HybridRecipient(this.#expanded().recipient);
  }

  /** `AGE-SECRET-KEY-PQ-1…` */
  toSecret(): Secret {
    this.#check();
    return new Secret(encodeBech32('age-secret-key-pq-', this.#seed).toUpperCase());
  }

  unwrap(stanzas: readonly Stanza[]): Buffer | undefined {
    this.#check();
    for (const { args, body } of stanzas) {
      if (args[0] !== stanzaKind) continue;
      const share = args.length === 2 ? tryDecodeBase64(args[1]!) : undefined;
      if (share?.length !== shareBytes) throw new AgeError('header failure', 'a post-quantum share is malformed');
      const keys = this.#expanded();
      const shareX = share.subarray(mlkem.ciphertextBytes);
      let sharedX: Buffer;
      try {
        sharedX = diffieHellman({ privateKey: keys.x25519, publicKey: publicKeyOf(shareX) });
      } catch {
        // OpenSSL refuses the all-zero result (RFC 7748 §6.1), as the reference implementation does
        throw new AgeError('header failure', 'an X25519 share is of low order');
      }
      // A foreign ciphertext decapsulates too, to a key that fits nothing (FIPS 203, implicit rejection)
      const sharedM = decapsulate(keys.mlkem, share.subarray(0, mlkem.ciphertextBytes));
      const shared = combined(sharedM, sharedX, shareX, keys.recipient.subarray(mlkem.publicBytes));
      const { key, nonce } = hpkeKey(shared);
      const fileKey = tryUnwrapFileKey(key, body, nonce);
      key.fill(0);
      if (fileKey !== undefined) return fileKey;
    }
    return undefined;
  }

  wipe(): void {
    this.#seed.fill(0);
    this.#keys = undefined;
    this.#wiped = true;
  }

  /** X-Wing's expansion: 64 bytes of SHAKE-256 are ML-KEM's seed, 32 more are X25519's scalar. */
  #expanded() {
    this.#check();
    if (this.#keys !== undefined) return this.#keys;
    const expanded = createHash('shake256', { outputLength: 96 }).update(this.#seed).digest();
    const der = Buffer.concat([mlkemSeedPrefix, expanded.subarray(0, 64)]);
    const mlkemKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const x25519Key = privateKeyOf(expanded.subarray(64));
    der.fill(0);
    expanded.fill(0);
    const publicM = createPublicKey(mlkemKey).export({ format: 'der', type: 'spki' });
    const recipient = Buffer.concat([
      publicM.subarray(mlkemPublicPrefix.length),
      rawPublicKey(createPublicKey(x25519Key)),
    ]);
    this.#keys = { mlkem: mlkemKey, x25519: x25519Key, recipient };
    return this.#keys;
  }

  #check(): void {
    if (this.#wiped) throw new AgeError('no match', 'this identity has been wiped');
  }
}

/** X-Wing's combiner; wipes the two secrets. */
function combined(sharedM: Buffer, sharedX: Buffer, shareX: Uint8Array, publicX: Uint8Array): Buffer {
  const hash = createHash('sha3-256').update(sharedM).update(sharedX).update(shareX).update(publicX);
  const shared = hash.update(xwingLabel).digest();
  sharedM.fill(0);
  sharedX.fill(0);
  return shared;
}

/** RFC 9180 §5.1, `KeySchedule` in base mode, for the one message of a context; wipes `shared`. */
function hpkeKey(shared: Buffer): { readonly key: Buffer; readonly nonce: Buffer } {
  const empty = Buffer.alloc(0);
  const context = Buffer.concat([
    Buffer.from([0]),
    labeledExtract(empty, 'psk_id_hash', empty),
    labeledExtract(empty, 'info_hash', info),
  ]);
  const secret = labeledExtract(shared, 'secret', empty);
  shared.fill(0);
  const key = labeledExpand(secret, 'key', context, 32);
  const nonce = labeledExpand(secret, 'base_nonce', context, 12);
  secret.fill(0);
  return { key, nonce };
}

/** RFC 9180 §4. */
function labeledExtract(salt: Uint8Array, label: string, material: Uint8Array): Buffer {
  const mac = createHmac('sha256', salt).update('HPKE-v1').update(suite).update(label).update(material);
  return mac.digest();
}

/** RFC 9180 §4; `length` at most 32, so that one block of HKDF-Expand is enough. */
function labeledExpand(secret: Uint8Array, label: string, context: Uint8Array, length: number): Buffer {
  const mac = createHmac('sha256', secret).update(Buffer.from([length >> 8, length & 255]));
  mac
    .update('HPKE-v1')
    .update(suite)
    .update(label)
    .update(context)
    .update(Buffer.from([1]));
  return mac.digest().subarray(0, length);
}

function mlkemPublic(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([mlkemPublicPrefix, bytes]), format: 'der', type: 'spki' });
}

/** Public keys as authenticators write them: COSE_Key (RFC 9052 §7, RFC 9053), as a key of Node's. */
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { createPublicKey, verify } from 'node:crypto';
import type { CborMap, CborValue } from './cbor.ts';
import { decodeCbor } from './cbor.ts';
import { notWebAuthn } from './problems.ts';

/** COSE's numbers (IANA): Ed25519, ECDSA P-256 and RSA PKCS #1, in the order that is asked for. */
export const algorithms = [-8, -7, -257] as const;

interface PublicKey {
  readonly algorithm: number;
  readonly key: KeyObject;
}

/** @throws Problem access/not-webauthn */
export function parsePublicKey(cose: Uint8Array): PublicKey {
  const map = decodeCbor(cose);
  if (!(map instanceof Map)) throw notWebAuthn('a key that is no map');
  const algorithm = map.get(3);
  try {
    return { algorithm: algorithm as number, key: createPublicKey({ key: toJwk(map, algorithm), format: 'jwk' }) };
  } catch {
    // A point that isn't on the curve, a modulus of nothing.
    throw notWebAuthn('no public key of an algorithm that was asked for');
  }
}

/** WebAuthn §6.5.6: what `cose` has signed. */
export function isSignedBy(cose: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const { algorithm, key } = parsePublicKey(cose);
  return verify(algorithm === -8 ? null : 'sha256', data, key, signature);
}

function toJwk(map: CborMap, algorithm: CborValue | undefined): JsonWebKey {
  const [type, curve] = [map.get(1), map.get(-1)];
  if (algorithm === -7 && type === 2 && curve === 1)
    return { kty: 'EC', crv: 'P-256', x: text(map.get(-2), 32), y: text(map.get(-3), 32) };
  if (algorithm === -8 && type === 1 && curve === 6) return { kty: 'OKP', crv: 'Ed25519', x: text(map.get(-2), 32) };
  if (algorithm === -257 && type === 3) {
    const modulus = map.get(-1);
    // Shorter ones are broken, longer ones are work for a stranger.
    if (!(modulus instanceof Uint8Array) || modulus.length < 256 || modulus.length > 512)
      throw notWebAuthn('an RSA key of another size');
    return { kty: 'RSA', n: text(modulus), e: text(map.get(-2)) };
  }
  throw notWebAuthn('a key of another algorithm');
}

function text(value: CborValue | undefined, size?: number): string {
  if (!(value instanceof Uint8Array) || (size !== undefined && value.length !== size))
    throw notWebAuthn('a key of another size');
  return Buffer.from(value).toString('base64url');
}

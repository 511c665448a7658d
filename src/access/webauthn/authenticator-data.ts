/** What an authenticator says about itself and the key: authenticator data (WebAuthn level 3, §6.1). */
import { decodeCborPrefix } from './cbor.ts';
import { notWebAuthn } from './problems.ts';

export interface AuthenticatorData {
  /** SHA-256 of the name that the passkey is for. */
  readonly rpIdHash: Uint8Array;
  /** Somebody touched it. */
  readonly userPresent: boolean;
  /** Somebody showed it a PIN, a finger or a face. */
  readonly userVerified: boolean;
  /** 0 for ever where it doesn't count. */
  readonly signCount: number;
  /** Only when it was made. `publicKey` is a COSE_Key. */
  readonly made?: { readonly id: Uint8Array; readonly publicKey: Uint8Array };
}

const fixedBytes = 37;
const aaguidBytes = 16;
const flag = { userPresent: 1, userVerified: 4, attested: 64, extensions: 128 } as const;

/** @throws Problem access/not-webauthn */
export function parseAuthenticatorData(bytes: Uint8Array): AuthenticatorData {
  if (bytes.length < fixedBytes) throw notWebAuthn('authenticator data that is too short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = bytes[32]!;
  let at = fixedBytes;
  let made: AuthenticatorData['made'];
  if ((flags & flag.attested) !== 0) {
    if (bytes.length < at + aaguidBytes + 2) throw notWebAuthn('a credential that is cut off');
    const size = view.getUint16(at + aaguidBytes);
    const start = at + aaguidBytes + 2;
    // §7.1 step 25: an id has at most 1023 bytes.
    if (size === 0 || size > 1023 || bytes.length < start + size) throw notWebAuthn('a credential id of another size');
    const rest = bytes.subarray(start + size);
    const [, end] = decodeCborPrefix(rest);
    made = { id: bytes.subarray(start, start + size), publicKey: rest.subarray(0, end) };
    at = start + size + end;
  }
  if ((flags & flag.extensions) !== 0) at += decodeCborPrefix(bytes.subarray(at))[1];
  if (at !== bytes.length) throw notWebAuthn('bytes after the authenticator data');
  return {
    rpIdHash: bytes.subarray(0, 32),
    userPresent: (flags & flag.userPresent) !== 0,
    userVerified: (flags & flag.userVerified) !== 0,
    signCount: view.getUint32(33),
    ...(made === undefined ? {} : { made }),
  };
}

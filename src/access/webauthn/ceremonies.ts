/**
 * The two ceremonies of WebAuthn (level 3): a passkey is made (§7.1), and it signs a challenge (§7.2). Pure: what was
 * asked and what came back go in, what is known for sure comes out. Attestation isn't asked for and not looked at: which
 * maker's authenticator somebody uses is their business.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthenticatorData } from './authenticator-data.ts';
import { parseAuthenticatorData } from './authenticator-data.ts';
import { decodeCbor } from './cbor.ts';
import { notWebAuthn } from './problems.ts';
import { isSignedBy, parsePublicKey } from './public-key.ts';

/** What was asked of the browser. */
export interface Asked {
  /** 32 random bytes. */
  readonly challenge: Uint8Array;
  /** Of the page: `https://localhost:8080`. */
  readonly origin: string;
  /** The host's name, without port. */
  readonly rpId: string;
  readonly userVerified: boolean;
}

export interface MadePasskey {
  readonly id: Uint8Array;
  /** COSE_Key. */
  readonly publicKey: Uint8Array;
  readonly signCount: number;
}

/** The challenge that a browser says it answers, to look up what was asked. @throws Problem access/not-webauthn */
export function challengeOf(clientData: Uint8Array): string {
  return parseClientData(clientData).challenge;
}

/** @throws Problem access/not-webauthn */
export function checkRegistration(
  asked: Asked,
  given: { readonly clientData: Uint8Array; readonly attestation: Uint8Array },
): MadePasskey {
  checkClientData('webauthn.create', asked, given.clientData);
  const attestation = decodeCbor(given.attestation);
  const data = attestation instanceof Map ? attestation.get('authData') : undefined;
  if (!(data instanceof Uint8Array)) throw notWebAuthn('an attestation without authenticator data');
  const parsed = parseAuthenticatorData(data);
  checkAuthenticator(asked, parsed);
  if (parsed.made === undefined) throw notWebAuthn('no new credential');
  parsePublicKey(parsed.made.publicKey);
  return { ...parsed.made, signCount: parsed.signCount };
}

/** @returns the new count of signatures. @throws Problem access/not-webauthn */
export function checkAssertion(
  asked: Asked,
  publicKey: Uint8Array,
  given: { readonly clientData: Uint8Array; readonly authenticatorData: Uint8Array; readonly signature: Uint8Array },
): number {
  checkClientData('webauthn.get', asked, given.clientData);
  const parsed = parseAuthenticatorData(given.authenticatorData);
  checkAuthenticator(asked, parsed);
  const signed = Buffer.concat([given.authenticatorData, sha256(given.clientData)]);
  if (!isSignedBy(publicKey, signed, given.signature)) throw notWebAuthn('a signature of another key');
  return parsed.signCount;
}

interface ClientData {
  readonly type: string;
  readonly challenge: string;
  readonly origin: string;
  readonly crossOrigin: boolean;
}

function checkClientData(type: string, asked: Asked, bytes: Uint8Array): void {
  const data = parseClientData(bytes);
  if (data.type !== type) throw notWebAuthn('an answer to another question');
  if (data.challenge !== Buffer.from(asked.challenge).toString('base64url')) throw notWebAuthn('another challenge');
  // The one check that a page of another site can't get around: the browser writes it.
  if (data.origin !== asked.origin) throw notWebAuthn('a page of another origin');
  if (data.crossOrigin) throw notWebAuthn('a page inside of another');
}

function checkAuthenticator(asked: Asked, data: AuthenticatorData): void {
  if (!timingSafeEqual(data.rpIdHash, sha256(Buffer.from(asked.rpId)))) throw notWebAuthn('a passkey of another name');
  if (!data.userPresent) throw notWebAuthn('nobody was there');
  if (asked.userVerified && !data.userVerified) throw notWebAuthn('nobody was recognised');
}

function parseClientData(bytes: Uint8Array): ClientData {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw notWebAuthn('client data that is no JSON');
  }
  if (typeof value !== 'object' || value === null) throw notWebAuthn('client data that is no object');
  const { type, challenge, origin, crossOrigin } = value as Record<string, unknown>;
  if (typeof type !== 'string' || typeof challenge !== 'string' || typeof origin !== 'string')
    throw notWebAuthn('client data without its parts');
  return { type, challenge, origin, crossOrigin: crossOrigin === true };
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/**
 * Makes the two certificates of an installation (RFC 5280): a small CA that people trust once, and the server's leaf.
 * The CA is held by name constraints to this machine's names and to private addresses, so that whoever steals its key
 * can't speak for anybody's bank. Both are ECDSA P-256 with SHA-256.
 */

import type { KeyObject } from 'node:crypto';
import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import { addressBytes, maskBytes, privateRanges } from './addresses.ts';
import {
  bitString,
  boolean,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  time,
  utf8String,
} from './der.ts';

const dayMs = 86_400_000;
/** Apple refuses more than 825 days even from a CA that the user trusted; shorter than that costs nobody anything. */
export const leafDays = 397;
export const caDays = 3650;
/** Clocks of phones and of freshly booted boards are wrong by hours. */
const backdateMs = dayMs;

export interface Issuer {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));

/** `names` are DNS names and addresses beyond private ranges that the CA may issue for. */
export function issueCa(options: { readonly names: readonly string[]; readonly now: number }): Issuer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  // A random word in the name keeps two installations apart in a phone's list of trusted authorities.
  const subject = name(`SentriX local CA ${randomBytes(3).toString('hex')}`);
  const keyId = keyIdentifier(publicKey);
  const bytes = certificate({
    issuer: subject,
    subject,
    publicKey,
    signer: privateKey,
    notBefore: options.now - backdateMs,
    notAfter: options.now + caDays * dayMs,
    extensions: [
      extension('2.5.29.19', sequence(boolean(true), integer(Buffer.from([0]))), 'critical'),
      // keyCertSign and cRLSign
      extension('2.5.29.15', bitString(Buffer.from([0x06]), 1), 'critical'),
      extension('2.5.29.14', octetString(keyId)),
      extension('2.5.29.35', sequence(tagged(0, keyId, 'primitive'))),
      extension('2.5.29.30', nameConstraints(options.names), 'critical'),
    ],
  });
  return { certificate: new X509Certificate(bytes), key: privateKey };
}

export function issueLeaf(options: {
  readonly issuer: Issuer;
  readonly names: readonly string[];
  readonly now: number;
}): {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
} {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const issuerKeyId = keyIdentifier(options.issuer.certificate.publicKey);
  const bytes = certificate({
    issuer: subjectOf(options.issuer.certificate),
    subject: name('surveillance.local'),
    publicKey,
    signer: options.issuer.key,
    notBefore: options.now - backdateMs,
    notAfter: Math.min(options.now + (leafDays - 1) * dayMs, Date.parse(options.issuer.certificate.validTo)),
    extensions: [
      extension('2.5.29.19', sequence(), 'critical'),
      // digitalSignature alone: ECDHE needs no more
      extension('2.5.29.15', bitString(Buffer.from([0x80]), 7), 'critical'),
      extension('2.5.29.37', sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.14', octetString(keyIdentifier(publicKey))),
      extension('2.5.29.35', sequence(tagged(0, issuerKeyId, 'primitive'))),
      extension('2.5.29.17', sequence(...options.names.map(generalName))),
    ],
  });
  return { certificate: new X509Certificate(bytes), key: privateKey };
}

interface Fields {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Buffer[];
}

function certificate(fields: Fields): Buffer {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const toBeSigned = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256,
    fields.issuer,
    sequence(time(fields.notBefore), time(fields.notAfter)),
    fields.subject,
    fields.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...fields.extensions)),
  );
  return sequence(toBeSigned, ecdsaWithSha256, bitString(sign('sha256', toBeSigned, fields.signer)));
}

function name(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))));
}

/** The subject as we wrote it: one common name. Byte for byte the same, for the chain is matched on it. */
function subjectOf(issuer: X509Certificate): Buffer {
  return name(issuer.subject.replace(/^CN=/, ''));
}

function extension(id: string, value: Buffer, criticality: 'critical' | 'optional' = 'optional'): Buffer {
  const critical = criticality === 'critical' ? [boolean(true)] : [];
  return sequence(objectIdentifier(id), ...critical, octetString(value));
}

/** SHA-1 of the public key bits: an identifier to find issuers by (RFC 5280 §4.2.1.2), nothing rests on its strength. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
  return createHash('sha1').update(point).digest();
}

function generalName(text: string): Buffer {
  return isIP(text) === 0
    ? tagged(2, Buffer.from(text, 'latin1'), 'primitive')
    : tagged(7, addressBytes(text), 'primitive');
}

/** RFC 5280 §4.2.1.10. The names themselves and all private ranges are permitted, nothing else is. */
function nameConstraints(names: readonly string[]): Buffer {
  const range = (address: string, prefix: number) => {
    const length = isIPv4(address) ? 4 : 16;
    return sequence(tagged(7, Buffer.concat([addressBytes(address), maskBytes(prefix, length)]), 'primitive'));
  };
  const permitted = [
    ...names.filter((text) => isIP(text) === 0).map((text) => sequence(generalName(text))),
    ...privateRanges.map(({ address, prefix }) => range(address, prefix)),
    ...names.filter((text) => isIP(text) !== 0).map((text) => range(text, isIPv4(text) ? 32 : 128)),
  ];
  return sequence(tagged(0, Buffer.concat(permitted)));
}

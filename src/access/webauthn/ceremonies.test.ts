/** A soft authenticator against the two ceremonies: what is right comes through, everything else is refused. */
import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../../base/problem.ts';
import { parseAuthenticatorData } from './authenticator-data.ts';
import { decodeCbor } from './cbor.ts';
import type { Asked } from './ceremonies.ts';
import { checkAssertion, checkRegistration } from './ceremonies.ts';

const asked: Asked = {
  challenge: randomBytes(32),
  origin: 'https://localhost:8080',
  rpId: 'localhost',
  userVerified: true,
};
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest();

/** CBOR of what is needed here. */
function cbor(value: number | string | Uint8Array | readonly (readonly [number | string, unknown])[]): Buffer {
  const head = (major: number, argument: number) =>
    argument < 24
      ? Buffer.from([(major << 5) | argument])
      : argument < 256
        ? Buffer.from([(major << 5) | 24, argument])
        : Buffer.from([(major << 5) | 25, argument >> 8, argument & 255]);
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.length), ...value.flatMap(([key, one]) => [cbor(key), cbor(one as never)])]);
}

type Pairs = (readonly [number, number | Buffer])[];

interface SoftKey {
  readonly cose: Buffer;
  readonly sign: (data: Uint8Array) => Buffer;
}

const bytesOf = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');

function softKey(kind: 'P-256' | 'Ed25519' | 'RSA'): SoftKey {
  const pair: { publicKey: KeyObject; privateKey: KeyObject } =
    kind === 'P-256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : kind === 'Ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = pair.publicKey.export({ format: 'jwk' });
  const fields: Record<typeof kind, Pairs> = {
    'P-256': [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytesOf(jwk.x)],
      [-3, bytesOf(jwk.y)],
    ],
    Ed25519: [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytesOf(jwk.x)],
    ],
    RSA: [
      [1, 3],
      [3, -257],
      [-1, bytesOf(jwk.n)],
      [-2, bytesOf(jwk.e)],
    ],
  };
  return {
    cose: cbor(fields[kind]),
    sign: (data) => sign(kind === 'Ed25519' ? null : 'sha256', data, pair.privateKey),
  };
}

function clientData(type: string, change: object = {}): Buffer {
  const { challenge, origin } = asked;
  const text = { type, challenge: Buffer.from(challenge).toString('base64url'), origin, crossOrigin: false, ...change };
  return Buffer.from(JSON.stringify(text));
}

function authenticatorData(options: { rpId?: string; flags?: number; count?: number; made?: Buffer } = {}): Buffer {
  const { rpId = 'localhost', flags = 5, count = 7, made = Buffer.alloc(0) } = options;
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(count);
  return Buffer.concat([sha256(rpId), Buffer.from([flags]), counter, made]);
}

function made(key: SoftKey): Buffer {
  return Buffer.concat([Buffer.alloc(16), Buffer.from([0, 4]), Buffer.from('name'), key.cose]);
}

function attestation(data: Buffer): Buffer {
  return cbor([
    ['fmt', 'none'],
    ['attStmt', []],
    ['authData', data],
  ]);
}

const refused = (error: unknown) => error instanceof Problem && error.code === 'access/not-webauthn';

for (const kind of ['P-256', 'Ed25519', 'RSA'] as const)
  test(`makes a passkey of ${kind}, and believes what it signs and nothing else`, () => {
    const key = softKey(kind);
    const data = authenticatorData({ flags: 0x45, made: made(key) });
    const given = { clientData: clientData('webauthn.create'), attestation: attestation(data) };
    const passkey = checkRegistration(asked, given);
    assert.equal(Buffer.from(passkey.id).toString(), 'name');
    assert.equal(passkey.signCount, 7);
    const signed = (client: Buffer, authenticator: Buffer, by = key) => ({
      clientData: client,
      authenticatorData: authenticator,
      signature: by.sign(Buffer.concat([authenticator, sha256(client)])),
    });
    const good = signed(clientData('webauthn.get'), authenticatorData({ count: 8 }));
    assert.equal(checkAssertion(asked, passkey.publicKey, good), 8);
    const bad = {
      'another key': signed(clientData('webauthn.get'), authenticatorData(), softKey(kind)),
      'another name': signed(clientData('webauthn.get'), authenticatorData({ rpId: 'evil.com' })),
      'nobody there': signed(clientData('webauthn.get'), authenticatorData({ flags: 4 })),
      'nobody recognised': signed(clientData('webauthn.get'), authenticatorData({ flags: 1 })),
      'another origin': signed(clientData('webauthn.get', { origin: 'https://evil.com' }), authenticatorData()),
      'another port': signed(clientData('webauthn.get', { origin: 'https://localhost:3000' }), authenticatorData()),
      'a frame': signed(clientData('webauthn.get', { crossOrigin: true }), authenticatorData()),
      'another challenge': signed(clientData('webauthn.get', { challenge: 'AAAA' }), authenticatorData()),
      'another ceremony': signed(clientData('webauthn.create'), authenticatorData()),
      'a changed count': { ...good, authenticatorData: authenticatorData({ count: 9 }) },
      'no signature': { ...good, signature: Buffer.alloc(0) },
    };
    for (const [what, one] of Object.entries(bad))
      assert.throws(() => checkAssertion(asked, passkey.publicKey, one), refused, what);
  });

test('makes none for another name, of another algorithm, or off the curve', () => {
  const key = softKey('P-256');
  const make = (data: Buffer, client = clientData('webauthn.create')) =>
    checkRegistration(asked, { clientData: client, attestation: attestation(data) });
  const offCurve = { ...key, cose: Buffer.from(key.cose) };
  offCurve.cose[offCurve.cose.length - 1]! ^= 1;
  const other = cbor([
    [1, 2],
    [3, -35],
    [-1, 2],
    [-2, Buffer.alloc(48)],
    [-3, Buffer.alloc(48)],
  ]);
  for (const [what, data] of Object.entries({
    'another name': authenticatorData({ flags: 0x45, rpId: 'evil.com', made: made(key) }),
    'no credential': authenticatorData({ flags: 5 }),
    'off the curve': authenticatorData({ flags: 0x45, made: made(offCurve) }),
    'P-384': authenticatorData({ flags: 0x45, made: made({ ...key, cose: other }) }),
    'bytes left over': Buffer.concat([authenticatorData({ flags: 0x45, made: made(key) }), Buffer.from([0])]),
    'cut off': authenticatorData({ flags: 0x45, made: made(key).subarray(0, -1) }),
  }))
    assert.throws(() => make(data), refused, what);
  const origin = clientData('webauthn.create', { origin: 'https://evil.com' });
  assert.throws(() => make(authenticatorData({ flags: 0x45, made: made(key) }), origin), refused);
});

test('gives a value or its own refusal for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const parse of [decodeCbor, parseAuthenticatorData])
        try {
          parse(bytes);
        } catch (error) {
          assert.ok(refused(error), String(error));
        }
    }),
    { numRuns: 2000 },
  );
});

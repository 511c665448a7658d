/** The official vectors of the age format (C2SP CCTV), from npm: strictness that no test of our own would think of. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { inflateSync } from 'node:zlib';
import * as vectors from 'cctv-age';
import { Secret } from '../base/secret.ts';
import { dearmor } from './age/armor.ts';
import { decryptStream } from './age/decryptor.ts';
import { AgeError } from './age/problems.ts';
import type { RandomAccess } from './age/reader.ts';
import { openAgeReader } from './age/reader.ts';
import type { Identity } from './age/recipients.ts';
import { ScryptIdentity } from './age/scrypt.ts';
import { X25519Identity } from './age/x25519.ts';

interface Vector {
  readonly expect: string;
  readonly payload: string | undefined;
  readonly identities: readonly string[];
  readonly passphrases: readonly string[];
  readonly armored: boolean;
  readonly body: Buffer;
}

function parseVector(bytes: Uint8Array): Vector {
  const all = Buffer.from(bytes);
  const end = all.indexOf('\n\n');
  const fields = all
    .toString('utf8', 0, end)
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const);
  const every = (key: string) => fields.filter(([name]) => name === key).map(([, value]) => value);
  const body = all.subarray(end + 2);
  return {
    expect: every('expect')[0]!,
    payload: every('payload')[0],
    identities: every('identity'),
    passphrases: every('passphrase'),
    armored: every('armored')[0] === 'yes',
    body: every('compressed')[0] === 'zlib' ? inflateSync(body) : body,
  };
}

function identitiesOf(vector: Vector): Identity[] {
  return [
    ...vector.identities.map((text) => X25519Identity.parse(new Secret(text))),
    ...vector.passphrases.map((text) => new ScryptIdentity(new Secret(text))),
  ];
}

async function run(vector: Vector, pieceBytes: number): Promise<{ fault: string; sha256: string; released: number }> {
  const hash = createHash('sha256');
  let released = 0;
  let fault = 'success';
  try {
    const file = vector.armored ? dearmor(vector.body) : vector.body;
    for await (const piece of decryptStream(pieces(file, pieceBytes), identitiesOf(vector))) {
      hash.update(piece);
      released += piece.length;
    }
  } catch (error) {
    if (!(error instanceof AgeError)) throw error;
    fault = error.fault;
  }
  return { fault, sha256: hash.digest('hex'), released };
}

/** A byte at a time for what is short; the long ones differ only at the edges of chunks. */
function sizesFor(bodyBytes: number): number[] {
  if (bodyBytes > 1_000_000) return [65537];
  return bodyBytes > 4096 ? [4093, 65535, 65536, 65537] : [1, 7];
}

function* pieces(bytes: Buffer, size: number): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const known = Object.entries(vectors as unknown as Record<string, Uint8Array>)
  .filter(([name]) => name !== 'default' && name !== 'module.exports')
  .map(([name, bytes]) => ({ name, vector: parseVector(bytes) }));
const isHybrid = ({ name, vector }: { name: string; vector: Vector }) =>
  name.includes('hybrid') || vector.identities.some((identity) => identity.startsWith('AGE-SECRET-KEY-PQ-'));

describe('age test vectors', () => {
  it('are there', () => assert.ok(known.length >= 100, `${known.length}`));

  for (const each of known) {
    const skip = isHybrid(each) ? 'post-quantum recipients come with #6' : false;
    it(`${each.name}: ${each.vector.expect}`, { skip }, async () => {
      const { vector } = each;
      const got = await run(vector, Number.MAX_SAFE_INTEGER);
      assert.equal(got.fault, vector.expect);
      if (vector.expect === 'success') assert.equal(got.sha256, vector.payload);
      else if (vector.expect !== 'payload failure') assert.equal(got.released, 0);
      else if (got.sha256 !== vector.payload) assert.equal(got.released % 65536, 0); // held back, never more
      for (const size of sizesFor(vector.body.length))
        assert.deepEqual(await run(vector, size), got, `in pieces of ${size}`);
    });
  }

  it('read at random agree with the stream, and a payload failure is a torn file or a damaged chunk', async () => {
    for (const each of known) {
      const { vector } = each;
      if (isHybrid(each) || vector.armored || vector.expect === 'header failure') continue;
      const source: RandomAccess = {
        sizeBytes: vector.body.length,
        read: async (offset, target) => vector.body.copy(target, 0, offset),
      };
      let outcome = 'success';
      const hash = createHash('sha256');
      try {
        const reader = await openAgeReader(source, identitiesOf(vector));
        if (reader.torn) outcome = 'payload failure';
        for await (const bytes of reader.read(0, reader.plainBytes)) hash.update(bytes);
      } catch (error) {
        if (!(error instanceof AgeError)) throw error;
        outcome = error.fault;
      }
      assert.equal(outcome, vector.expect, each.name);
      if (outcome === 'success') assert.equal(hash.digest('hex'), vector.payload, each.name);
    }
  });
});

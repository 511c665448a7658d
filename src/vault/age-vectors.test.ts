/** The official vectors of the age format (C2SP CCTV), from npm: strictness that no test of our own would think of. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { inflateSync } from 'node:zlib';
import * as vectors from 'cctv-age';
import { Secret } from '../base/secret.ts';
import { dearmor } from './age/armor.ts';
import { decryptStream } from './age/decryptor.ts';
import { parseKeyIdentity } from './age/keys.ts';
import { AgeError } from './age/problems.ts';
import type { RandomAccess } from './age/reader.ts';
import { openAgeReader } from './age/reader.ts';
import type { Identity } from './age/recipients.ts';
import { ScryptIdentity } from './age/scrypt.ts';

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
    ...vector.identities.map((text) => parseKeyIdentity(new Secret(text))),
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

/** Around a chunk and a sealed chunk, and so small that every edge falls between two pieces. */
const pieceSizes = [1, 7, 65535, 65536, 65537];

/** Three vectors have 16 MiB: there, tiny pieces are kept for the header and for the edges of chunks. */
function* pieces(bytes: Buffer, size: number): Iterable<Buffer> {
  const start = bytes.indexOf('\n', bytes.indexOf('\n--- ') + 1) + 1 + 16;
  const sparing = bytes.length > 1_000_000 && size < 1024;
  for (let at = 0; at < bytes.length; ) {
    const within = (((at - start) % 65552) + 65552) % 65552;
    const far = sparing && at > start && within >= 32 && within < 65520 && bytes.length - at > 65552;
    const end = at + (far ? 65520 - within : size);
    yield bytes.subarray(at, end);
    at = end;
  }
}

const known = Object.entries(vectors as unknown as Record<string, Uint8Array>)
  .filter(([name]) => name !== 'default' && name !== 'module.exports')
  .map(([name, bytes]) => ({ name, vector: parseVector(bytes) }));
describe('age test vectors', () => {
  it('are there', () => assert.ok(known.length >= 143, `${known.length}`));

  for (const each of known) {
    it(`${each.name}: ${each.vector.expect}`, async () => {
      const { vector } = each;
      const got = await run(vector, Number.MAX_SAFE_INTEGER);
      assert.equal(got.fault, vector.expect);
      if (vector.expect === 'success') assert.equal(got.sha256, vector.payload);
      else if (vector.expect !== 'payload failure') assert.equal(got.released, 0);
      else if (got.sha256 !== vector.payload) assert.equal(got.released % 65536, 0); // held back, never more
      for (const size of pieceSizes) assert.deepEqual(await run(vector, size), got, `in pieces of ${size}`);
    });
  }

  it('read at random agree with the stream, and a payload failure is a torn file or a damaged chunk', async () => {
    for (const each of known) {
      const { vector } = each;
      if (vector.armored || vector.expect === 'header failure') continue;
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

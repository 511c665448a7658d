import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Encrypter, generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { SealedSource } from './sealed-clip.ts';
import { openDayKey, SealedClip } from './sealed-clip.ts';

async function seal(identity: string, plain: Uint8Array | string): Promise<Uint8Array> {
  const writer = new Encrypter();
  writer.addRecipient(await identityToRecipient(identity));
  return await writer.encrypt(plain);
}

/** Counts what is fetched. */
function source(file: Uint8Array): SealedSource & { fetched: number } {
  return {
    sizeBytes: file.length,
    fetched: 0,
    async fetch(start, end) {
      assert.ok(start >= 0 && end <= file.length && start < end, `${start}-${end} of ${file.length}`);
      this.fetched += end - start;
      return Uint8Array.from(file.subarray(start, end));
    },
  };
}

async function read(clip: SealedClip, start: number, end: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of clip.read(start, end)) parts.push(part);
  return Buffer.concat(parts);
}

const plainOf = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 255));

describe('a sealed clip', () => {
  it('gives any range, of files of every length around a chunk', async () => {
    const identity = await generateX25519Identity();
    for (const length of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
      const plain = plainOf(length);
      const clip = await SealedClip.open(source(await seal(identity, plain)), identity);
      assert.equal(clip.plainBytes, length);
      assert.deepEqual(await read(clip, 0, length + 10), plain, `${length} bytes`);
      for (const [start, end] of [
        [length - 10, length],
        [65_530, 65_540],
        [131_000, 131_100],
      ] as const) {
        const expected = start < 0 ? Buffer.alloc(0) : plain.subarray(start, end);
        assert.deepEqual(await read(clip, start, end), expected, `${start}-${end} of ${length}`);
      }
    }
  });

  it('fetches for a seek what the seek needs, and not the file', async () => {
    const identity = await generateX25519Identity();
    const plain = plainOf(4_000_000);
    const from = source(await seal(identity, plain));
    const clip = await SealedClip.open(from, identity);
    assert.deepEqual(await read(clip, 2_000_000, 2_000_100), plain.subarray(2_000_000, 2_000_100));
    assert.ok(from.fetched < 200_000, `${from.fetched} bytes`);
  });

  it('is opened by the owner through the key of its day, of either kind', async () => {
    for (const owner of [await generateX25519Identity(), await generateHybridIdentity()]) {
      const day = owner.includes('-PQ-') ? await generateHybridIdentity() : await generateX25519Identity();
      const wrapped = await seal(owner, `# created: now\n${day}\n`);
      assert.equal(await openDayKey(wrapped, ` ${owner}\n`), day);
      await assert.rejects(openDayKey(wrapped, await generateX25519Identity()), { kind: 'foreign' });
      const clip = await SealedClip.open(source(await seal(day, 'seen')), day);
      assert.equal((await read(clip, 0, 10)).toString(), 'seen');
    }
  });

  it('says what is wrong: another key, a chunk that was changed, an end that is missing', async () => {
    const identity = await generateX25519Identity();
    const file = await seal(identity, plainOf(200_000));
    await assert.rejects(SealedClip.open(source(file), await generateX25519Identity()), { kind: 'foreign' });
    await assert.rejects(SealedClip.open(source(file.subarray(0, 150_000)), identity), { kind: 'torn' });
    await assert.rejects(SealedClip.open(source(file.subarray(0, 60)), identity), { kind: 'damaged' });
    const changed = Uint8Array.from(file);
    changed[100_000]! ^= 1;
    const clip = await SealedClip.open(source(changed), identity);
    assert.equal((await read(clip, 0, 65_536)).length, 65_536);
    await assert.rejects(read(clip, 0, 200_000), { kind: 'damaged' });
  });
});

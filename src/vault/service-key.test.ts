import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, symlink, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { silentLog } from '../base/log.ts';
import { createColumnSeal } from './column-seal.ts';
import { openServiceKey, serviceKeyFrom } from './service-key.ts';

let base: string;
before(async () => {
  base = await mkdtemp(join(tmpdir(), 'sentrix-key-'));
});
after(async () => rm(base, { recursive: true, force: true }));

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

describe('service key', () => {
  it('is made once, 0600, and the same ever after, by however many at once', async () => {
    const home = join(base, 'a');
    const keys = await Promise.all([1, 2, 3].map(() => openServiceKey({ home, log: silentLog })));
    keys.push(await openServiceKey({ home, log: silentLog }));
    assert.equal(new Set(keys.map((key) => key.derive('x').toString('hex'))).size, 1);
    assert.equal((await stat(join(home, 'keys/service.key'))).mode & 0o777, 0o600);
    assert.equal((await stat(join(home, 'keys'))).mode & 0o777, 0o700);
  });

  it('gives independent keys to different labels, none of them the key itself', async () => {
    const raw = Buffer.alloc(32, 7);
    const key = serviceKeyFrom(raw);
    const derived = ['a', 'b', ''].map((label) => key.derive(label));
    assert.equal(new Set([...derived, raw].map((each) => each.toString('hex'))).size, 4);
    assert.ok(key.derive('a').equals(derived[0]!));
  });

  it('mends a mode that is open to others', async () => {
    const home = join(base, 'b');
    await openServiceKey({ home, log: silentLog });
    await chmod(join(home, 'keys/service.key'), 0o644);
    const warned: string[] = [];
    await openServiceKey({ home, log: { ...silentLog, warn: (_, event) => warned.push(event) } });
    assert.equal((await stat(join(home, 'keys/service.key'))).mode & 0o777, 0o600);
    assert.deepEqual(warned, ['key file mode mended']);
  });

  it('refuses a file of a wrong size or a link, and never replaces it', async () => {
    const home = join(base, 'c');
    const path = join(home, 'keys/service.key');
    await openServiceKey({ home, log: silentLog });
    await truncate(path, 31);
    await assert.rejects(openServiceKey({ home, log: silentLog }), code('vault/bad-key-file'));
    assert.equal((await readFile(path)).length, 31);
    await rm(path);
    await symlink(join(base, 'a/keys/service.key'), path);
    await assert.rejects(openServiceKey({ home, log: silentLog }), code('vault/bad-key-file'));
  });
});

describe('column seal', () => {
  const seal = createColumnSeal(serviceKeyFrom(Buffer.alloc(32, 1)), 'columns');

  it('opens what it sealed, in its place only', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.uint8Array(), (context, other, bytes) => {
        const sealed = seal.seal(context, bytes);
        assert.deepEqual(new Uint8Array(seal.open(context, sealed)), new Uint8Array(bytes));
        if (other !== context) assert.throws(() => seal.open(other, sealed), code('vault/unsealable'));
      }),
    );
  });

  it('refuses any changed bit, any cut and another key', () => {
    const sealed = seal.seal('t/1/c', Buffer.from('value'));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => seal.open('t/1/c', changed), code('vault/unsealable'));
    }
    for (let end = 0; end < sealed.length; end++)
      assert.throws(() => seal.open('t/1/c', sealed.subarray(0, end)), code('vault/unsealable'));
    const foreign = createColumnSeal(serviceKeyFrom(Buffer.alloc(32, 2)), 'columns');
    assert.throws(() => foreign.open('t/1/c', sealed), code('vault/unsealable'));
    assert.notDeepEqual(seal.seal('t/1/c', Buffer.from('value')), sealed);
  });
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { S3Server } from '../../test/support/s3-server.ts';
import { s3Account, startS3 } from '../../test/support/s3-server.ts';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import type { DiskStore } from './disk-store.ts';
import { openDiskStore } from './disk-store.ts';
import type { Mirror } from './mirror.ts';
import { startMirror } from './mirror.ts';
import type { CopyStore, ObjectStore } from './object-store.ts';
import { signed } from './s3/signature.ts';
import type { S3Store } from './s3-store.ts';
import { openS3Store } from './s3-store.ts';

const clip = 'yard/2026/11/24/210000-7.mp4.age';
const tail = 'yard/2026/11/24/210000-7.tail.age';

async function bytesOf(store: ObjectStore, name: string): Promise<Buffer> {
  await using object = await store.open(name);
  const bytes = Buffer.alloc(object.sizeBytes);
  return bytes.subarray(0, await object.read(0, bytes));
}

async function names(store: ObjectStore): Promise<string[]> {
  return (await Array.fromAsync(store.list(''))).map(({ name }) => name);
}

describe('the signature', () => {
  it('is that of the example in the documentation of S3', () => {
    const request = {
      ...{ method: 'GET', url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'), body: new Uint8Array() },
      headers: { range: 'bytes=0-9' },
    };
    const secretAccessKey = new Secret('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY');
    const { authorization } = signed(
      request,
      { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey },
      { region: 'us-east-1', at: Date.UTC(2013, 4, 24) },
    );
    assert.match(authorization!, /Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41$/);
  });
});

describe('a bucket', () => {
  let s3: S3Server;
  let store: S3Store;
  const open = (secret: string = s3Account.secret): Promise<S3Store> =>
    openS3Store({
      ...{ endpoint: s3.endpoint, bucket: s3Account.bucket, region: s3Account.region, prefix: 'home/' },
      ...{ credentials: { accessKeyId: s3Account.id, secretAccessKey: new Secret(secret) }, clock: systemClock },
    });

  beforeEach(async () => {
    s3 = await startS3({ pageSize: 2 });
    store = await open();
  });
  afterEach(async () => {
    await s3[Symbol.asyncDispose]();
  });

  it('holds objects that grow, in pieces that read as one, and whole when they are finished', async () => {
    const object = await store.create(clip);
    const parts = [randomBytes(100), randomBytes(1), randomBytes(5000)];
    for (const part of parts) await object.append(part);
    await object.replaceTail(Buffer.from('tail'));
    const all = Buffer.concat(parts);
    assert.deepEqual(await bytesOf(store, clip), all);
    await using reader = await store.open(clip);
    const middle = Buffer.alloc(4);
    assert.equal(await reader.read(99, middle), 4);
    assert.deepEqual(middle, all.subarray(99, 103));
    assert.equal((await store.stat(clip))?.sizeBytes, all.length);
    assert.deepEqual(await names(store), [clip, tail]);
    await object.finish();
    assert.deepEqual([...s3.objects.keys()], [`home/${clip}`]);
    assert.deepEqual(await bytesOf(store, clip), all);
    await assert.rejects(store.create(clip), { code: 'storage/exists' });
    await store.remove(clip);
    assert.equal(await store.stat(clip), undefined);
    await assert.rejects(store.open(clip), { code: 'storage/not-found' });
  });

  it('goes on with an object that was left, behind what is there', async () => {
    const object = await store.create(clip);
    await object.append(Buffer.from('one '));
    await object[Symbol.asyncDispose]();
    const again = await store.grow(clip);
    assert.equal(again.sizeBytes, 4);
    await again.append(Buffer.from('two'));
    assert.equal((await bytesOf(store, clip)).toString(), 'one two');
  });

  it('takes small objects, once only where that is asked, and large ones in parts', async () => {
    await store.put('keys/a.recipient', Buffer.from('a'), { exclusive: true });
    await assert.rejects(store.put('keys/a.recipient', Buffer.from('b'), { exclusive: true }), {
      code: 'storage/exists',
    });
    const large = randomBytes(17 * 1024 * 1024);
    await store.upload(clip, {
      sizeBytes: large.length,
      read: async (offset, target) => {
        const part = large.subarray(offset, offset + target.length);
        target.set(part);
        return part.length;
      },
      [Symbol.asyncDispose]: async () => {},
    });
    assert.ok(s3.objects.get(`home/${clip}`)!.equals(large));
    assert.deepEqual(await names(store), ['keys/a.recipient', clip]);
    await assert.rejects(store.put('../x', Buffer.from('')), { code: 'storage/bad-name' });
    assert.deepEqual(s3.refused, []);
  });

  it('says so where the credentials are wrong, the bucket isn’t there or nobody answers', async () => {
    await assert.rejects(open('another'), /refuses the credentials \(SignatureDoesNotMatch\)/);
    s3.failing = 500;
    await assert.rejects(store.put('a', Buffer.from('')), { code: 'storage/unavailable' });
  });
});

for (const kind of ['directory', 's3'] as const) {
  describe(`a mirror to ${kind}`, () => {
    let base: string;
    let count = 0;
    let first: DiskStore;
    let copy: CopyStore;
    let s3: S3Server;
    let journal: string;
    /** While set, the copy can't be reached. */
    let isAway = false;

    before(async () => {
      base = await mkdtemp(join(tmpdir(), 'sentrix-mirror-'));
      s3 = await startS3();
    });
    after(async () => {
      await s3[Symbol.asyncDispose]();
      await rm(base, { recursive: true, force: true });
    });
    beforeEach(async () => {
      isAway = false;
      const place = join(base, String(count++));
      first = await openDiskStore(join(place, 'first'));
      journal = join(place, 'journal');
      const credentials = { accessKeyId: s3Account.id, secretAccessKey: new Secret(s3Account.secret) };
      const { endpoint } = s3;
      const { bucket, region } = s3Account;
      copy =
        kind === 'directory'
          ? await openDiskStore(join(place, 'copy'))
          : await openS3Store({ endpoint, bucket, region, prefix: `${count}/`, credentials, clock: systemClock });
    });

    const start = (): Promise<Mirror> =>
      startMirror({
        ...{ first, journal, clock: systemClock, log: silentLog },
        openCopy: async () => {
          if (isAway) throw new Error('away');
          return copy;
        },
      });

    async function current(mirror: Mirror): Promise<void> {
      const until = performance.now() + 20_000;
      while (mirror.state().kind !== 'current') {
        assert.ok(performance.now() < until, JSON.stringify(mirror.state()));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }

    it('brings what grows while it grows, and its end', async () => {
      await using mirror = await start();
      const object = await mirror.create(clip);
      await object.append(Buffer.from('one '));
      await object.replaceTail(Buffer.from('tail'));
      await current(mirror);
      assert.equal((await bytesOf(copy, clip)).toString(), 'one ');
      assert.equal((await bytesOf(copy, tail)).toString(), 'tail');
      await object.append(Buffer.from('two'));
      await object.finish();
      await current(mirror);
      assert.equal((await bytesOf(copy, clip)).toString(), 'one two');
      assert.deepEqual(await names(copy), [clip]);
    });

    it('takes away what was removed here, also when the copy was away then', async () => {
      {
        await using mirror = await start();
        await mirror.put('keys/a.key.age', Buffer.from('key'));
        await mirror.put('yard/a.jpg.age', Buffer.from('jpg'));
        await current(mirror);
        await mirror.remove('yard/a.jpg.age');
        await current(mirror);
        assert.deepEqual(await names(copy), ['keys/a.key.age']);
      }
      isAway = true;
      {
        await using mirror = await start();
        await mirror.remove('keys/a.key.age');
      }
      assert.deepEqual(await names(copy), ['keys/a.key.age']);
      isAway = false;
      await using mirror = await start();
      await current(mirror);
      assert.deepEqual(await names(copy), []);
    });

    it('completes what is shorter in the copy, and has all that was there until it is', async () => {
      const object = await first.create(clip);
      await object.append(Buffer.from('one two'));
      await object.finish();
      const part = await copy.create(clip);
      await part.append(Buffer.from('one '));
      await part[Symbol.asyncDispose]();
      const removed: string[] = [];
      const watched = copy;
      copy = new Proxy(watched, {
        get: (target, name) => {
          if (name === 'remove') return async (one: string) => removed.push(one) && (await target.remove(one));
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      await using mirror = await start();
      await current(mirror);
      assert.equal((await bytesOf(watched, clip)).toString(), 'one two');
      assert.deepEqual(removed, []);
      assert.ok(![...s3.objects.keys()].some((key) => key.includes('.piece-')));
    });

    it('makes one object of what a crash left, as it lies here', async () => {
      const object = await first.create(clip);
      await object.append(Buffer.from('one'));
      await object[Symbol.asyncDispose]();
      const part = await copy.create(clip);
      await part.append(Buffer.from('one'));
      await part[Symbol.asyncDispose]();
      await using mirror = await start();
      await current(mirror);
      assert.equal((await bytesOf(copy, clip)).toString(), 'one');
      assert.equal((await copy.stat(clip))?.inPieces, undefined);
    });

    it('keeps what disappears here by another hand', async () => {
      {
        await using mirror = await start();
        await mirror.put('yard/a.jpg.age', Buffer.from('jpg'));
        await current(mirror);
      }
      await first.remove('yard/a.jpg.age');
      await using mirror = await start();
      await current(mirror);
      assert.deepEqual(await names(copy), ['yard/a.jpg.age']);
    });
  });
}

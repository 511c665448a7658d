import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { DiskStore } from './disk-store.ts';
import { openDiskStore } from './disk-store.ts';
import { isObjectName, tailNameOf } from './object-name.ts';

let base: string;
let root: string;
let store: DiskStore;
let count = 0;

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'sentrix-store-'));
});
after(async () => rm(base, { recursive: true, force: true }));
beforeEach(async () => {
  root = join(base, `root-${count++}`);
  store = await openDiskStore(root);
});

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

async function readAll(name: string): Promise<string> {
  await using object = await store.open(name);
  const bytes = Buffer.alloc(object.sizeBytes + 10);
  return bytes.toString('latin1', 0, await object.read(0, bytes));
}

async function names(prefix: string): Promise<string[]> {
  const found = [];
  for await (const { name } of store.list(prefix)) found.push(name);
  return found;
}

describe('disk store', () => {
  it('grows an object by appends, replaces its tail, and removes the tail at the end', async () => {
    const object = await store.create('cam/2026/11/24/101112-7.mp4.age');
    await object.append(Buffer.from('one '));
    await object.append([Buffer.from('two '), Buffer.from('three')]);
    await object.replaceTail(Buffer.from('a long first tail'));
    await object.replaceTail(Buffer.from('second'));
    assert.equal(await readAll('cam/2026/11/24/101112-7.tail.age'), 'second');
    assert.equal(object.sizeBytes, 13);
    await object.finish();
    assert.deepEqual(await names(''), ['cam/2026/11/24/101112-7.mp4.age']);
    assert.equal(await readAll('cam/2026/11/24/101112-7.mp4.age'), 'one two three');
    assert.deepEqual(await readdir(join(root, '.tmp')), []);
    await assert.rejects(object.append(Buffer.from('x')), code('storage/unavailable'));
  });

  it('leaves clip and tail where a writer is closed, and nothing where it is abandoned', async () => {
    for (const end of ['close', 'abandon'] as const) {
      const object = await store.create(`${end}/x.mp4.age`);
      await object.append(Buffer.from('x'));
      await object.replaceTail(Buffer.from('t'));
      if (end === 'close') await object[Symbol.asyncDispose]();
      else await object.abandon();
    }
    assert.deepEqual(await names(''), ['close/x.mp4.age', 'close/x.tail.age']);
  });

  it('creates and puts exclusively, and otherwise replaces', async () => {
    await store.put('a/b', Buffer.from('1'), { exclusive: true });
    await assert.rejects(store.put('a/b', Buffer.from('2'), { exclusive: true }), code('storage/exists'));
    await assert.rejects(store.create('a/b'), code('storage/exists'));
    assert.equal(await readAll('a/b'), '1');
    await store.put('a/b', Buffer.from('2'));
    assert.equal(await readAll('a/b'), '2');
    assert.deepEqual(await readdir(join(root, '.tmp')), []);
    await store.remove('a/b');
    await store.remove('a/b');
    assert.equal(await store.stat('a/b'), undefined);
    await assert.rejects(store.open('a/b'), code('storage/not-found'));
    assert.ok((await store.freeBytes()) > 0);
  });

  it('lists by prefix, in order, and hides what is not an object', async () => {
    for (const name of ['keys/2026-11-24-b.key.age', 'keys/2026-11-24-a.key.age', 'keys/2026-11-25-a.key.age', 'cam/x'])
      await store.put(name, Buffer.from('x'));
    await writeFile(join(root, 'keys', '.hidden'), 'x');
    await writeFile(join(root, 'keys', 'not a name'), 'x');
    await symlink('/etc/passwd', join(root, 'keys', 'link'));
    assert.deepEqual(await names('keys/2026-11-24-'), ['keys/2026-11-24-a.key.age', 'keys/2026-11-24-b.key.age']);
    assert.deepEqual(await names('keys/'), [
      'keys/2026-11-24-a.key.age',
      'keys/2026-11-24-b.key.age',
      'keys/2026-11-25-a.key.age',
    ]);
    assert.deepEqual(await names('ca'), ['cam/x']);
    assert.deepEqual(await names('nothing/'), []);
  });

  it('keeps files 0600 and folders 0700 under any umask', async () => {
    for (const umask of [0o000, 0o277]) {
      const previous = process.umask(umask);
      try {
        const own = await openDiskStore(join(base, `umask-${umask}`));
        await own.put('a/b/c', Buffer.from('x'));
        await (await own.create('a/d/e.mp4.age')).finish();
      } finally {
        process.umask(previous);
      }
      for (const path of ['', '.tmp', 'a', 'a/b', 'a/d'])
        assert.equal((await stat(join(base, `umask-${umask}`, path))).mode & 0o777, 0o700, path);
      for (const path of ['a/b/c', 'a/d/e.mp4.age'])
        assert.equal((await stat(join(base, `umask-${umask}`, path))).mode & 0o777, 0o600, path);
    }
  });

  it('mends a root that is open to others', async () => {
    await chmod(root, 0o755);
    await openDiskStore(root);
    assert.equal((await stat(root)).mode & 0o777, 0o700);
  });

  it('refuses hostile names everywhere', async () => {
    const hostile = ['', '.', '..', '/etc/passwd', 'a//b', 'a/../b', 'a/./b', '../x', 'a/', '/a', '.tmp/x', 'a/.b'];
    hostile.push('a\\b', 'a\0b', 'a b', 'ä', 'a\n', 'x'.repeat(200), `${'a/'.repeat(20)}a`, '%2e%2e/x', 'a:b', '~');
    for (const name of hostile) {
      await assert.rejects(store.create(name), code('storage/bad-name'), name);
      await assert.rejects(store.open(name), code('storage/bad-name'), name);
      await assert.rejects(store.put(name, Buffer.alloc(1)), code('storage/bad-name'), name);
      await assert.rejects(store.stat(name), code('storage/bad-name'), name);
      await assert.rejects(store.remove(name), code('storage/bad-name'), name);
    }
  });

  it('takes no name that leads out of the root, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', 'a', '-', '\\', '\0', ' ', 'é') }), (name) => {
        if (isObjectName(name)) assert.ok(join('/base', name).startsWith('/base/') && !/(^|\/)\./.test(name));
      }),
    );
  });

  it('follows no link, neither as the file nor as a folder, and opens nothing but regular files', async () => {
    const outside = join(base, `outside-${count}`);
    await mkdir(outside);
    await writeFile(join(outside, 'secret'), 'secret');
    await store.put('real/x', Buffer.from('x'));
    await symlink(join(outside, 'secret'), join(root, 'real', 'link'));
    await symlink(outside, join(root, 'folder'));
    await mkdir(join(root, 'real', 'sub'));
    for (const name of ['real/link', 'folder/secret', 'real/sub', 'real/x/y'])
      await assert.rejects(store.open(name), code('storage/not-regular'), name);
    await assert.rejects(store.put('folder/new', Buffer.from('x')), code('storage/not-regular'));
    await assert.rejects(store.create('folder/new'), code('storage/not-regular'));
    await assert.rejects(store.remove('folder/secret'), code('storage/not-regular'));
    assert.equal(await store.stat('real/link'), undefined);
    await store.put('real/link', Buffer.from('mine')); // replaces the link, not what it points to
    assert.equal(await readFile(join(outside, 'secret'), 'utf8'), 'secret');
    assert.deepEqual(await readdir(outside), ['secret']);
  });

  it('makes a folder again that was removed meanwhile', async () => {
    await store.put('a/b/c', Buffer.from('x'));
    await rm(join(root, 'a'), { recursive: true });
    await store.put('a/b/c', Buffer.from('y'));
    assert.equal(await readAll('a/b/c'), 'y');
  });

  it('goes on where its root was removed, or made anew by somebody else', async () => {
    await store.put('yard/2026/11/24/101500-1.jpg.age', Buffer.from('a'));
    for (const again of [false, true]) {
      await rm(root, { recursive: true });
      if (again) await mkdir(root, { mode: 0o755 });
      const name = `${again ? 'door' : 'yard'}/2026/11/24/101500-2.mp4.age`;
      const object = await store.create(name);
      await object.append(Buffer.from('bytes'));
      await object.replaceTail(Buffer.from('tail'));
      await object.finish();
      assert.equal(await readAll(name), 'bytes');
      assert.equal((await stat(root)).mode & 0o777, 0o700);
    }
  });

  it('sweeps what a crash left half-written', async () => {
    await writeFile(join(root, '.tmp', 'left'), 'x');
    assert.equal(await store.sweepTemporary(), 1);
    assert.deepEqual(await readdir(join(root, '.tmp')), []);
  });

  it('names tails beside their clips', () => {
    assert.equal(tailNameOf('c/2026/1/CLIP.mp4.age'), 'c/2026/1/CLIP.tail.age');
    assert.equal(tailNameOf('CLIP.age'), 'CLIP.tail.age');
  });
});

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import type { Log } from '../base/log.ts';
import { silentLog } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import type { DiskStore } from '../storage/disk-store.ts';
import { openDiskStore } from '../storage/disk-store.ts';
import { decryptFile } from './decrypt-file.ts';
import { MemoryLedger } from './testing/memory-ledger.ts';
import type { Vault, VaultDeps } from './vault.ts';
import { openVault } from './vault.ts';

const run = promisify(execFile);
const age = spawnSync('age', ['--version']).status === 0;
const withoutAge = age ? false : 'the age tool is not installed';
const chunk = 65536;
const at = Date.UTC(2026, 10, 24, 10, 11, 12);
const name = 'front-door/2026/11/24/101112-7.mp4.age';
const clip = { clipId: '7', at };
const passphrase = new Secret('correct horse battery');

let base: string;
let home: string;
let recordings: string;
let store: DiskStore;
let ledger: MemoryLedger;
let errors: string[];
let count = 0;

const log: Log = { ...silentLog, error: (_, event) => errors.push(event) };

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'sentrix-vault-'));
});
after(async () => rm(base, { recursive: true, force: true }));
beforeEach(async () => {
  home = join(base, `home-${count}`);
  recordings = join(base, `recordings-${count++}`);
  store = await openDiskStore(recordings);
  ledger = new MemoryLedger();
  errors = [];
});

function open(options: Partial<VaultDeps> = {}): Promise<Vault> {
  const clock = { now: () => at, monotonicMs: () => 0 };
  return openVault({ home, recordings: store, ledger, encryption: {}, workFactor: 10, clock, log, ...options });
}

async function openWithOwner(): Promise<Vault> {
  const vault = await open();
  await vault.createOwner({ mode: 'keyfile' });
  return vault;
}

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

async function collect(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}

async function readClip(vault: Vault, start = 0, end = Number.MAX_SAFE_INTEGER): Promise<Buffer> {
  await using reader = await vault.openClip(name);
  return await collect(reader.read(start, end)); // the reader lives until then
}

async function record(vault: Vault, bytes: Uint8Array): Promise<void> {
  const writer = await vault.createClip(name, clip);
  await writer.write(bytes);
  await writer.finish();
}

describe('vault', () => {
  it('records nothing before there is an owner key, and says so', async () => {
    const vault = await open();
    assert.deepEqual(vault.status(), { kind: 'absent' });
    await assert.rejects(vault.createClip(name, clip), code('vault/no-owner'));
    await assert.rejects(vault.openClip(name), code('vault/no-owner'));
    await assert.rejects(vault.unlock(passphrase), code('vault/no-owner'));
    assert.deepEqual(await readdir(recordings), ['.tmp']);
  });

  it('reads any range of a clip of any length, written in pieces of any size', async () => {
    const vault = await openWithOwner();
    const source = randomBytes(3 * chunk + 100);
    const edge = fc.integer({ min: -2, max: 2 });
    const length = fc.oneof(
      fc.integer({ min: 0, max: source.length }),
      fc.tuple(fc.integer({ min: 1, max: 3 }), edge).map(([chunks, by]) => chunks * chunk + by),
    );
    let id = 100;
    await fc.assert(
      fc.asyncProperty(
        length,
        fc.array(fc.integer({ min: 1, max: 2 * chunk }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.tuple(length, length), { minLength: 1, maxLength: 5 }),
        async (total, sizes, ranges) => {
          const plain = source.subarray(0, total);
          const own = `cam/2026/11/24/000000-${id}.mp4.age`;
          const writer = await vault.createClip(own, { clipId: String(id++), at });
          for (let from = 0, turn = 0; from < total; turn++) {
            const to = Math.min(total, from + sizes[turn % sizes.length]!);
            await writer.write([plain.subarray(from, to - 1), plain.subarray(to - 1, to)]);
            from = to;
          }
          const facts = await writer.finish();
          const sealed = await readFile(join(recordings, own));
          assert.equal(facts.plainBytes, total);
          assert.equal(facts.sealedBytes, sealed.length);
          assert.equal(facts.plainSha256, createHash('sha256').update(plain).digest('hex'));
          assert.equal(facts.ciphertextSha256, createHash('sha256').update(sealed).digest('hex'));
          await using reader = await vault.openClip(own);
          assert.equal(reader.torn, false);
          assert.equal(reader.plainBytes, total);
          for (const [start, end] of ranges)
            assert.ok((await collect(reader.read(start, end))).equals(plain.subarray(start, Math.max(start, end))));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('joins a running clip and its tail at every moment', async () => {
    const vault = await openWithOwner();
    const plain = randomBytes(3 * chunk);
    const writer = await vault.createClip(name, clip);
    let written = 0;
    for (const step of [1, 1000, chunk - 1001, 1, chunk, 500, chunk - 501]) {
      await writer.write(plain.subarray(written, written + step));
      written += step;
      await writer.flushTail();
      await using reader = await vault.openClip(name);
      assert.equal(reader.torn, true);
      assert.equal(reader.plainBytes, written);
      assert.ok((await collect(reader.read(0, written))).equals(plain.subarray(0, written)));
      assert.ok((await collect(reader.read(written - 1, written))).equals(plain.subarray(written - 1, written)));
    }
    await writer.finish();
    assert.ok((await readClip(vault)).equals(plain.subarray(0, written)));
    assert.equal(await store.stat('front-door/2026/11/24/101112-7.tail.age'), undefined);
  });

  it('writes no tail for what came just now, nor for what is sealed', async () => {
    const vault = await openWithOwner();
    const writer = await vault.createClip(name, clip);
    const tail = 'front-door/2026/11/24/101112-7.tail.age';
    await writer.write(randomBytes(1000));
    await writer.flushTail(60_000);
    assert.equal(await store.stat(tail), undefined);
    await writer.write(randomBytes(1000));
    await writer.flushTail(0);
    const first = await store.stat(tail);
    assert.ok(first !== undefined && first.sizeBytes > 2000);
    await writer.write(randomBytes(chunk));
    await writer.flushTail(60_000);
    assert.deepEqual(await store.stat(tail), first);
    await writer.abandon();
  });

  it('loses no byte that a flushed tail has covered when writing goes on beside it', async () => {
    const vault = await openWithOwner();
    const plain = randomBytes(20 * chunk);
    const writer = await vault.createClip(name, clip);
    const flushes: Promise<void>[] = [];
    for (let from = 0; from < plain.length; from += 30_000) {
      const waiting = writer.write(plain.subarray(from, from + 30_000));
      flushes.push(writer.flushTail());
      if (from % 4 === 0) await waiting;
    }
    await Promise.all(flushes);
    await writer.flushTail();
    assert.ok((await readClip(vault)).equals(plain));
    await writer.abandon();
    assert.equal(await store.stat(name), undefined);
  });

  it('puts a chunk on the disk before the tail that begins behind it', async (context) => {
    const vault = await openWithOwner();
    const writer = await vault.createClip(name, clip);
    await using probe = await store.create('cam/probe');
    const prototype: { append(bytes: unknown): Promise<void>; replaceTail(bytes: unknown): Promise<void> } =
      Object.getPrototypeOf(probe);
    const order: string[] = [];
    for (const method of ['append', 'replaceTail'] as const) {
      const original = prototype[method];
      context.mock.method(prototype, method, async function (this: unknown, bytes: unknown) {
        await original.call(this, bytes);
        order.push(method);
      });
    }
    await writer.write(Buffer.alloc(chunk));
    const flushed = writer.flushTail();
    await writer.write(Buffer.alloc(1)); // the tail now begins behind the first chunk
    await flushed;
    assert.deepEqual(order, ['append', 'replaceTail']);
    await writer.abandon();
  });

  it('reads a torn clip up to the tear, wherever it is torn, and never a wrong byte', async () => {
    const vault = await openWithOwner();
    const plain = randomBytes(2 * chunk + 5000);
    await record(vault, plain);
    const sealed = await readFile(join(recordings, name));
    const header = sealed.length - (plain.length + 3 * 16);
    const cuts = fc.oneof(
      fc.integer({ min: 0, max: sealed.length - 1 }),
      fc
        .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: -20, max: 20 }))
        .map(([chunks, by]) => Math.min(sealed.length - 1, header + chunks * (chunk + 16) + by)),
    );
    await fc.assert(
      fc.asyncProperty(cuts, fc.constantFrom(0, 1, 70_000), async (cut, zeros) => {
        await writeFile(join(recordings, name), Buffer.concat([sealed.subarray(0, cut), Buffer.alloc(zeros)]));
        if (cut < header && zeros === 0) return assert.rejects(vault.openClip(name), code('vault/damaged'));
        if (cut < header) return; // zeros in the place of the nonce: damaged or empty, as it comes
        await using reader = await vault.openClip(name);
        const whole = Math.floor((cut - header) / (chunk + 16)) * chunk;
        assert.equal(reader.torn, true);
        assert.equal(reader.plainBytes, whole);
        assert.ok((await collect(reader.read(0, plain.length))).equals(plain.subarray(0, whole)));
      }),
      { numRuns: 60 },
    );
  });

  it('stops at a chunk that was changed, and plays the others', async () => {
    const vault = await openWithOwner();
    const plain = randomBytes(3 * chunk + 10);
    await record(vault, plain);
    const sealed = await readFile(join(recordings, name));
    sealed[sealed.length - 2 * chunk]! ^= 1; // in the second of four chunks
    await writeFile(join(recordings, name), sealed);
    assert.ok((await readClip(vault, 0, chunk)).equals(plain.subarray(0, chunk)));
    assert.ok((await readClip(vault, 2 * chunk)).equals(plain.subarray(2 * chunk)));
    await assert.rejects(readClip(vault), code('vault/damaged'));
  });

  it('leaves out a tail that is damaged or another clip’s', async () => {
    const vault = await openWithOwner();
    const other = await vault.createClip('cam/2026/11/24/101112-8.mp4.age', { clipId: '8', at });
    const writer = await vault.createClip(name, clip);
    for (const [each, text] of [
      [writer, 'mine'],
      [other, 'theirs'],
    ] as const) {
      await each.write(Buffer.from(text));
      await each.flushTail();
    }
    const tail = join(recordings, 'front-door/2026/11/24/101112-7.tail.age');
    const mine = await readFile(tail);
    assert.equal((await readClip(vault)).toString(), 'mine');
    await writeFile(tail, await readFile(join(recordings, 'cam/2026/11/24/101112-8.tail.age')));
    assert.equal((await readClip(vault)).toString(), '');
    mine[mine.length - 1]! ^= 1;
    await writeFile(tail, mine);
    assert.equal((await readClip(vault)).toString(), '');
    await writer[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  it('keeps the failure of the disk for the next write and leaves what was written', async () => {
    const vault = await openWithOwner();
    const writer = await vault.createClip(name, clip);
    await writer.write(randomBytes(chunk));
    await using probe = await store.create('cam/probe');
    const handle = Object.getPrototypeOf(probe) as { append: unknown };
    const { append } = handle;
    handle.append = async () => {
      throw Object.assign(new Error('full'), { code: 'storage/full' });
    };
    try {
      void writer.write(randomBytes(chunk));
      await assert.rejects(async () => writer.flushTail(), code('storage/full'));
      assert.throws(() => writer.write(Buffer.from('x')), code('storage/full'));
      await assert.rejects(writer.finish(), code('storage/full'));
    } finally {
      handle.append = append;
    }
    await writer[Symbol.asyncDispose]();
    assert.ok(await store.stat(name));
  });

  it('refuses names that do not fit the clip', async () => {
    const vault = await openWithOwner();
    const wrong = ['front-door/2026/11/25/101112-7.mp4.age', 'front-door/2026/11/24/101112-8.mp4.age', 'x.mp4.age'];
    for (const each of wrong) await assert.rejects(vault.createClip(each, clip), code('vault/bad-clip-name'), each);
    await assert.rejects(vault.openClip('../../etc/passwd'), code('vault/bad-clip-name'));
  });

  it('seals and opens small objects', async () => {
    const vault = await openWithOwner();
    const picture = randomBytes(70_000);
    const thumbnail = 'front-door/2026/11/24/101112-7.jpg.age';
    const { kid, sha256 } = await vault.sealObject(thumbnail, picture, { at });
    const sealed = await readFile(join(recordings, thumbnail));
    assert.equal(sha256, createHash('sha256').update(sealed).digest('hex'));
    assert.equal(kid, ledger.pins[0]!.kid);
    assert.ok((await vault.openObject(thumbnail)).equals(picture));
    await truncate(join(recordings, thumbnail), sealed.length - 1);
    await assert.rejects(vault.openObject(thumbnail), code('vault/damaged'));
  });

  it('goes on recording while locked, and opens nothing', async () => {
    const vault = await open();
    const seen: string[] = [];
    vault.onStatus((status) => seen.push(status.kind));
    const { recipient, identity } = await vault.createOwner({ mode: 'passphrase', passphrase });
    assert.match(identity.reveal(), /^AGE-SECRET-KEY-1/);
    await record(vault, Buffer.from('before'));
    const reader = await vault.openClip(name);
    vault.lock();
    assert.deepEqual(vault.status(), { kind: 'locked', mode: 'passphrase', ownerRecipient: recipient });
    await assert.rejects(collect(reader.read(0, 6)), code('vault/locked'));
    await reader[Symbol.asyncDispose]();
    await assert.rejects(vault.openClip(name), code('vault/locked'));

    const restarted = await open({ ownerPin: recipient });
    assert.equal(restarted.status().kind, 'locked');
    await restarted.sealObject('cam/2026/11/24/101113-9.jpg.age', Buffer.from('locked'), { at });
    assert.equal(ledger.pins.length, 1);
    await assert.rejects(restarted.unlock(new Secret('wrong passphrase')), code('vault/wrong-passphrase'));
    const twice = await Promise.allSettled([restarted.unlock(passphrase), restarted.unlock(passphrase)]);
    assert.deepEqual(
      twice.map((result) => result.status),
      ['fulfilled', 'rejected'],
    );
    assert.equal((await readClip(restarted)).toString(), 'before');
    assert.deepEqual(seen, ['open', 'locked']);
  });

  it('opens a keyfile with no passphrase only: a wrong one would seem to have been right', async () => {
    const vault = await open();
    await vault.createOwner({ mode: 'keyfile' });
    vault.lock();
    await assert.rejects(vault.unlock(new Secret('anything at all')), code('vault/no-passphrase'));
    assert.equal(vault.status().kind, 'locked');
    await vault.unlock(undefined);
    assert.equal(vault.status().kind, 'open');
  });

  it('looks at a passphrase also where it is open, and stops who tries many', async () => {
    const vault = await open();
    await vault.createOwner({ mode: 'passphrase', passphrase });
    await vault.unlock(passphrase);
    for (let at = 0; at < 5; at++)
      await assert.rejects(vault.unlock(new Secret('not this one')), code('vault/wrong-passphrase'));
    await assert.rejects(vault.unlock(passphrase), code('vault/too-many-tries'));
    assert.equal(vault.status().kind, 'open');
  });

  it('makes an owner key once, and refuses a weak passphrase', async () => {
    const vault = await open();
    const weak = { mode: 'passphrase', passphrase: new Secret('short') } as const;
    await assert.rejects(vault.createOwner(weak), code('vault/weak-passphrase'));
    await vault.createOwner({ mode: 'keyfile' });
    await assert.rejects(vault.createOwner({ mode: 'keyfile' }), code('vault/owner-exists'));
    assert.equal((await stat(join(home, 'keys/owner.key'))).mode & 0o777, 0o600);
    assert.equal((await stat(join(home, 'keys'))).mode & 0o777, 0o700);
  });

  it('takes up a set-up that a crash cut between key and recipient', async () => {
    await (await open()).createOwner({ mode: 'passphrase', passphrase });
    await rm(join(home, 'keys/owner.recipient'));
    const vault = await open();
    assert.deepEqual(vault.status(), { kind: 'locked', mode: 'passphrase' });
    await assert.rejects(vault.createClip(name, clip), code('vault/no-owner'));
    await vault.unlock(passphrase);
    await record(vault, Buffer.from('x'));
    assert.ok(await stat(join(home, 'keys/owner.recipient')));
  });

  it('never takes another mode than the configuration demands', async () => {
    await (await open()).createOwner({ mode: 'keyfile' });
    for (const mode of ['passphrase', 'recipients_only'] as const)
      await assert.rejects(open({ encryption: { mode } }), code('vault/mode-mismatch'));
    await assert.rejects(open({ encryption: { mode: 'keyring' } }), code('vault/mode-unavailable'));
    await assert.rejects(open({ encryption: { recipients: ['age1nonsense'] } }), code('vault/bad-recipient'));
  });

  it('refuses an owner recipient that the catalogue does not know', async () => {
    const { recipient } = await (await open()).createOwner({ mode: 'passphrase', passphrase });
    const thief = await openVault({
      ...{ home: join(base, 'thief'), recordings: store, ledger: new MemoryLedger(), encryption: {}, workFactor: 10 },
      clock: { now: () => at, monotonicMs: () => 0 },
      log,
    });
    const { recipient: planted } = await thief.createOwner({ mode: 'keyfile' });
    await writeFile(join(home, 'keys/owner.recipient'), `${planted}\n`);
    await assert.rejects(open({ ownerPin: recipient }), code('vault/owner-mismatch'));
    await assert.rejects((await open()).unlock(passphrase), code('vault/owner-mismatch'));
  });

  it('records for recipients alone and says that it cannot read', async () => {
    const { recipient } = await (await open()).createOwner({ mode: 'keyfile' });
    await rm(join(home, 'keys'), { recursive: true });
    const vault = await open({ encryption: { mode: 'recipients_only', recipients: [recipient] } });
    assert.deepEqual(vault.status(), { kind: 'locked', mode: 'recipients_only', ownerRecipient: recipient });
    await record(vault, Buffer.from('x'));
    await assert.rejects(vault.openClip(name), code('vault/recipients-only'));
    await assert.rejects(vault.unlock(passphrase), code('vault/recipients-only'));
  });

  it('makes a new day key with an alarm when a pinned one was changed, and never uses what is not pinned', async () => {
    await record(await openWithOwner(), Buffer.from('x'));
    const first = ledger.pins[0]!;
    const stem = join(recordings, `keys/2026-11-24-${first.kid}`);
    const damages: (() => Promise<unknown>)[] = [
      () => writeFile(`${stem}.recipient`, 'age1other\n'),
      () => writeFile(`${stem}.key.age`, 'other'),
      () => rm(`${stem}.recipient`),
    ];
    for (const damage of damages) {
      const files = await Promise.all([readFile(`${stem}.key.age`), readFile(`${stem}.recipient`)]);
      await damage();
      ledger.pins.splice(1);
      errors = [];
      const vault = await open();
      const { kid } = await vault.sealObject('cam/2026/11/24/101113-9.jpg.age', Buffer.from('y'), { at });
      assert.notEqual(kid, first.kid);
      assert.deepEqual(errors, ['day key replaced']);
      await writeFile(`${stem}.key.age`, files[0]);
      await writeFile(`${stem}.recipient`, files[1]);
    }
    assert.equal((await readClip(await open())).toString(), 'x');
    ledger.pins.splice(0);
    await assert.rejects(readClip(await open()), code('vault/no-day-key'));
  });

  it('seals nothing to a day key whose file was removed while it runs', async () => {
    const vault = await openWithOwner();
    await record(vault, Buffer.from('before'));
    await rm(recordings, { recursive: true });
    await record(vault, Buffer.from('after'));
    assert.deepEqual(errors, ['day key replaced']);
    await vault[Symbol.asyncDispose]();
    // What counts is whether the next start can open it, with nothing but what lies on the disk.
    await using next = await open();
    assert.equal((await readClip(next)).toString(), 'after');
  });

  it('uses one day key for a day however many clips start at once, and another for the next day', async () => {
    const vault = await openWithOwner();
    await Promise.all(
      [1, 2, 3].map((id) => vault.sealObject(`cam/2026/11/24/000000-${id}.jpg.age`, Buffer.from('x'), { at })),
    );
    await vault.sealObject('cam/2026/11/25/000000-4.jpg.age', Buffer.from('x'), { at: at + 86_400_000 });
    assert.deepEqual(
      ledger.pins.map((pin) => pin.date),
      ['2026-11-24', '2026-11-25'],
    );
  });

  it('leaves no plaintext and no temporary file', async () => {
    const vault = await openWithOwner();
    const marker = Buffer.from('PLAINTEXT-MARKER-'.repeat(50));
    const writer = await vault.createClip(name, clip);
    await writer.write(marker);
    await writer.flushTail();
    await writer[Symbol.asyncDispose]();
    await vault.sealObject('cam/2026/11/24/101113-9.jpg.age', marker, { at });
    for (const file of await readdir(recordings, { recursive: true, withFileTypes: true }))
      if (file.isFile()) {
        assert.notEqual(file.parentPath, join(recordings, '.tmp'));
        assert.ok(!(await readFile(join(file.parentPath, file.name))).includes('PLAINTEXT-MARKER-'));
      }
  });
});

describe('decryptFile', () => {
  const out: Buffer[] = [];
  const write = async (bytes: Uint8Array) => void out.push(Buffer.from(bytes));
  beforeEach(() => out.splice(0));

  it('opens a clip by its path with the owner’s key or the day’s, and refuses a torn one unless told', async () => {
    const vault = await open();
    const { identity } = await vault.createOwner({ mode: 'passphrase', passphrase });
    const plain = randomBytes(chunk + 100);
    const writer = await vault.createClip(name, clip);
    await writer.write(plain);
    await writer.flushTail();
    const path = join(recordings, name);
    const owner = Buffer.from(identity.reveal());
    await assert.rejects(decryptFile(path, { torn: false, write, identityFile: owner }), code('vault/torn'));
    assert.equal(out.length, 0);
    assert.deepEqual(await decryptFile(path, { torn: true, write, identityFile: owner }), {
      plainBytes: plain.length,
      torn: true,
    });
    assert.ok(Buffer.concat(out.splice(0)).equals(plain));
    await writer.finish();
    const sealedOwner = await readFile(join(home, 'keys/owner.key.age'));
    await decryptFile(path, { torn: false, write, identityFile: sealedOwner, passphrase });
    assert.ok(Buffer.concat(out.splice(0)).equals(plain));
    assert.deepEqual(await vault.decryptFile(path, { torn: false, write }), { plainBytes: plain.length, torn: false });
    const wrong = decryptFile(path, { torn: false, write, identityFile: sealedOwner, passphrase: new Secret('no') });
    await assert.rejects(wrong, code('vault/wrong-passphrase'));
  });

  it('says when the file is for somebody else', async () => {
    await record(await openWithOwner(), Buffer.from('x'));
    home = `${home}-other`;
    const { identity } = await (await open()).createOwner({ mode: 'keyfile' });
    const identityFile = Buffer.from(identity.reveal());
    await assert.rejects(
      decryptFile(join(recordings, name), { torn: false, write, identityFile }),
      code('vault/foreign'),
    );
  });
});

describe('the age tool', { skip: withoutAge }, () => {
  it('opens a clip by hand, day key first, as the key sheet says', async () => {
    const vault = await openWithOwner();
    const plain = randomBytes(5 * chunk);
    await record(vault, plain);
    const pin = ledger.pins[0]!;
    const day = join(base, `day-${count}.key`);
    const wrapped = join(recordings, `keys/2026-11-24-${pin.kid}.key.age`);
    await run('age', ['-d', '-i', join(home, 'keys/owner.key'), '-o', day, wrapped]);
    const args = ['-d', '-i', day, join(recordings, name)];
    const { stdout } = await run('age', args, { encoding: 'buffer', maxBuffer: 1 << 24 });
    assert.ok(stdout.equals(plain));
  });

  it('seals what the vault then reads, at the edges of chunks', async () => {
    const vault = await openWithOwner();
    const probe = 'cam/2026/11/24/000000-1.jpg.age';
    await vault.sealObject(probe, Buffer.from('x'), { at });
    for (const size of [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk]) {
      const plain = randomBytes(size);
      const path = join(recordings, name);
      await mkdir(dirname(path), { recursive: true });
      const input = join(base, `plain-${count}`);
      await writeFile(input, plain);
      await run('age', ['-r', ledger.pins[0]!.recipient, '-o', path, input]);
      await chmod(path, 0o600);
      await using reader = await vault.openClip(name);
      assert.equal(reader.torn, false);
      assert.ok((await collect(reader.read(0, size))).equals(plain), `${size}`);
    }
  });
});

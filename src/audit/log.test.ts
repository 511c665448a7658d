import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Log } from '../base/log.ts';
import { silentLog } from '../base/log.ts';
import { serviceKeyFrom } from '../vault/service-key.ts';
import type { AuditEntry, AuditEvent } from './entry.ts';
import { canonicalJson, leafHash } from './entry.ts';
import type { AuditLog } from './log.ts';
import { openAuditLog } from './log.ts';
import { CompactRange, nodeHash } from './merkle.ts';

let base: string;
let dir: string;
let warned: string[];
let count = 0;
let now = 1_000_000;
const log: Log = { ...silentLog, warn: (_, event) => warned.push(event) };

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'sentrix-audit-'));
});
after(async () => rm(base, { recursive: true, force: true }));
beforeEach(() => {
  dir = join(base, `audit-${count++}`);
  warned = [];
});

function open(key = 1): Promise<AuditLog> {
  const clock = { now: () => now++, monotonicMs: () => 0 };
  return openAuditLog({ dir, serviceKey: serviceKeyFrom(Buffer.alloc(32, key)), node: 'home', clock, log });
}

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;
const event = (kind: string): AuditEvent => ({ kind, who: 'ann', from: '127.0.0.1', detail: { ok: true, n: 1 } });

async function entries(audit: AuditLog, from = 0, limit = 1e9): Promise<AuditEntry[]> {
  const found = [];
  for await (const entry of audit.read({ from, limit })) found.push(entry);
  return found;
}

describe('audit log', () => {
  it('numbers appends without a gap however many come at once, and reads them back after a restart', async () => {
    const audit = await open();
    const appended = await Promise.all(Array.from({ length: 600 }, (_, n) => audit.append(event(`test/n-${n}`))));
    assert.deepEqual(
      appended,
      Array.from({ length: 600 }, (_, sequence) => ({ sequence })),
    );
    const { size, root } = audit.tree();
    assert.equal(size, 600);
    await audit[Symbol.asyncDispose]();
    await using again = await open();
    assert.deepEqual(again.tree(), { size, root });
    assert.equal((await again.append(event('test/last'))).sequence, 600);
    const all = await entries(again);
    assert.deepEqual(all.map((entry) => entry.kind).slice(598), ['test/n-598', 'test/n-599', 'test/last']);
    assert.deepEqual({ ...all[0], at: 0 }, { ...event('test/n-0'), sequence: 0, node: 'home', at: 0 });
    assert.deepEqual(
      (await entries(again, 300, 2)).map((entry) => entry.sequence),
      [300, 301],
    );
    assert.deepEqual(await entries(again, 601), []);
  });

  it('has an entry on the disk when append resolves, sealed and 0600', async () => {
    await using audit = await open();
    await audit.append(event('access/logged-in'));
    const path = join(dir, 'home.entries');
    const text = await readFile(path, 'latin1');
    assert.match(text, /^0 [\w-]{43} [\w-]+\n$/);
    assert.ok(!Buffer.from(text.split(' ')[2]!, 'base64url').includes('ann'));
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(dir)).mode & 0o777, 0o700);
  });

  it('cuts off a torn last line, wherever it is torn, and goes on after it', async () => {
    const audit = await open();
    for (const kind of ['test/a', 'test/b', 'test/c']) await audit.append(event(kind));
    await audit[Symbol.asyncDispose]();
    const path = join(dir, 'home.entries');
    const whole = await readFile(path);
    const second = whole.lastIndexOf(10, whole.length - 2) + 1;
    for (const cut of [second + 1, second + 30, whole.length - 1]) {
      await writeFile(path, whole.subarray(0, cut));
      warned = [];
      await using again = await open();
      assert.deepEqual(warned, ['audit log mended after a crash']);
      assert.equal((await again.append(event('test/d'))).sequence, 2);
      assert.deepEqual(
        (await entries(again)).map((entry) => entry.kind),
        ['test/a', 'test/b', 'test/d'],
      );
    }
  });

  it('refuses a log whose lines were removed, re-ordered or changed', async () => {
    const audit = await open();
    for (const kind of ['test/a', 'test/b', 'test/c']) await audit.append(event(kind));
    await audit[Symbol.asyncDispose]();
    const path = join(dir, 'home.entries');
    const lines = (await readFile(path, 'latin1')).trimEnd().split('\n');
    for (const changed of [
      [1, 2],
      [0, 2],
      [1, 0, 2],
      [0, 0, 1, 2],
    ]) {
      await writeFile(path, `${changed.map((at) => lines[at]).join('\n')}\n`);
      await assert.rejects(open(), code('audit/damaged'));
    }
    // Renumbered so that it looks right: the seal knows its place
    await writeFile(path, `${lines[0]}\n${lines[2]!.replace(/^2/, '1')}\n`);
    await using moved = await open();
    await assert.rejects(entries(moved), code('vault/unsealable'));
    await writeFile(path, `${lines[0]}\n${lines[1]!.replace(/ [\w-]{43} /, ` ${'A'.repeat(43)} `)}\n`);
    await using swapped = await open();
    await assert.rejects(entries(swapped), code('audit/damaged'));
    await assert.rejects(open(2), code('vault/unsealable'));
  });

  it('counts refusals per address and kind in one entry, bounded, at the latest when it closes', async () => {
    const audit = await open();
    for (let n = 0; n < 50; n++) audit.refused({ address: '10.0.0.1', kind: 'access/refused' });
    audit.refused({ address: '10.0.0.2', kind: 'access/refused' });
    for (let n = 0; n < 1000; n++) audit.refused({ address: `10.1.${n >> 8}.${n & 255}`, kind: 'access/flood' });
    assert.equal(audit.tree().size, 0);
    await audit[Symbol.asyncDispose]();
    await using again = await open();
    const all = await entries(again);
    assert.deepEqual(all[0]!.detail, { count: 50 });
    assert.equal(all[0]!.from, '10.0.0.1');
    assert.ok(all.length <= 258);
    const sum = all.reduce((total, entry) => total + Number(Object.values(entry.detail ?? {})[0]), 0);
    assert.equal(sum, 1051);
    assert.ok(all.some((entry) => entry.from === null));
  });

  it('writes refusals after a minute without anybody closing it', async (context) => {
    await using audit = await open();
    context.mock.timers.enable({ apis: ['setTimeout'] });
    audit.refused({ address: '10.0.0.1', kind: 'access/refused' });
    context.mock.timers.tick(60_000);
    await audit.append(event('test/after')); // queued behind the refusals
    assert.deepEqual(
      (await entries(audit)).map((entry) => entry.kind),
      ['access/refused', 'test/after'],
    );
  });

  it('refuses entries that are too long, and any after it is closed', async () => {
    const audit = await open();
    await assert.rejects(audit.append(event('x'.repeat(9000))), code('audit/entry-too-long'));
    await audit[Symbol.asyncDispose]();
    await assert.rejects(audit.append(event('test/a')), code('audit/closed'));
    assert.deepEqual(await readdir(dir), ['home.checkpoint', 'home.entries', 'home.signer', 'home.vkey']);
    await truncate(join(dir, 'home.entries'));
    await appendFile(join(dir, 'home.entries'), 'nonsense\n');
    await assert.rejects(open(), code('audit/damaged'));
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order in which fields were set, and parses to the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
    assert.equal(canonicalJson({ b: 1, a: { d: [null, 'x'], c: undefined } }), '{"a":{"d":[null,"x"]},"b":1}');
  });
});

describe('compact range', () => {
  /** RFC 6962 §2.1 as it is written there. */
  const rootOf = (leaves: readonly Buffer[]): Buffer => {
    if (leaves.length === 0) return createHash('sha256').digest();
    if (leaves.length === 1) return leaves[0]!;
    let split = 1;
    while (split * 2 < leaves.length) split *= 2;
    return nodeHash(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
  };

  it('has the root of the RFC at every size', () => {
    const range = new CompactRange();
    const leaves: Buffer[] = [];
    for (let size = 0; size <= 70; size++) {
      assert.ok(range.root().equals(rootOf(leaves)), `${size}`);
      const leaf = leafHash(Buffer.from(`${size}`));
      leaves.push(leaf);
      range.add(leaf);
    }
  });
});

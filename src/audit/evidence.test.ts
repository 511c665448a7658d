import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { silentLog } from '../base/log.ts';
import { serviceKeyFrom } from '../vault/service-key.ts';
import { CheckpointSigner, noteKeyId, tryOpenCheckpoint } from './checkpoint.ts';
import { leafHash } from './entry.ts';
import type { AuditLog } from './log.ts';
import { openAuditLog } from './log.ts';
import { CompactRange } from './merkle.ts';
import { consistencyProof, inclusionProof, isConsistent, isIncluded } from './proofs.ts';

const leaves = Array.from({ length: 130 }, (_, index) => leafHash(Buffer.from(`${index}`)));

function treeOf(size: number): { readonly size: number; readonly root: Buffer } {
  const range = new CompactRange();
  for (const leaf of leaves.slice(0, size)) range.add(leaf);
  return { size, root: range.root() };
}

describe('proofs', () => {
  it('hold for every entry of every tree, and for nothing else', () => {
    for (let size = 1; size <= 40; size++) {
      const tree = treeOf(size);
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(leaves.slice(0, size), index);
        assert.ok(isIncluded({ leaf: leaves[index]!, index }, tree, proof), `${index} of ${size}`);
        assert.ok(!isIncluded({ leaf: leaves[index + 1]!, index }, tree, proof));
        assert.ok(!isIncluded({ leaf: leaves[index]!, index: index + 1 }, tree, proof));
        assert.ok(!isIncluded({ leaf: leaves[index]!, index }, { size, root: leaves[0]! }, proof) || size === 1);
      }
    }
  });

  it('show that one tree is the beginning of another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 130 }), fc.integer({ min: 1, max: 130 }), (a, b) => {
        const [older, newer] = [treeOf(Math.min(a, b)), treeOf(Math.max(a, b))];
        const proof = consistencyProof(leaves.slice(0, newer.size), older.size);
        assert.ok(isConsistent(older, newer, proof));
        assert.ok(!isConsistent({ ...older, root: leafHash(older.root) }, newer, proof));
        assert.ok(!isConsistent(older, { ...newer, root: leafHash(newer.root) }, proof));
      }),
    );
  });
});

describe('checkpoint', () => {
  const signer = new CheckpointSigner('example.org/log', Buffer.alloc(32, 7));

  it('opens with the key that signed it, unchanged, and not otherwise', () => {
    const checkpoint = { origin: 'example.org/log', ...treeOf(7) };
    const note = signer.sign(checkpoint);
    assert.deepEqual(tryOpenCheckpoint(note, signer.verifierKey()), checkpoint);
    const other = new CheckpointSigner('example.org/log', Buffer.alloc(32, 8));
    assert.equal(tryOpenCheckpoint(note, other.verifierKey()), undefined);
    assert.equal(tryOpenCheckpoint(note.replace('\n7\n', '\n8\n'), signer.verifierKey()), undefined);
    fc.assert(
      fc.property(fc.nat(note.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (index, by) => {
        const changed = note.slice(0, index) + by + note.slice(index + 1);
        fc.pre(changed !== note);
        const opened = tryOpenCheckpoint(changed, signer.verifierKey());
        // The last digits of base64 hold bits that mean nothing
        if (opened !== undefined) assert.deepEqual(opened, checkpoint);
      }),
    );
  });

  it('has the key hash that signed-note asks for', () => {
    // That of Go's checksum database, which others have computed
    const [name, hash, key] = ['sum.golang.org', '033de0ae', 'Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8'];
    assert.equal(noteKeyId(name, Buffer.from(key, 'base64').subarray(1)).toString('hex'), hash);
  });
});

describe('verifying the log', () => {
  let base: string;
  let dir: string;
  let count = 0;
  before(async () => {
    base = await mkdtemp(join(tmpdir(), 'sentrix-evidence-'));
  });
  after(() => rm(base, { recursive: true, force: true }));
  beforeEach(() => {
    dir = join(base, String(count++));
  });

  const open = (): Promise<AuditLog> =>
    openAuditLog({
      ...{ dir, node: 'home', log: silentLog, clock: { now: () => 1, monotonicMs: () => 0 } },
      serviceKey: serviceKeyFrom(Buffer.alloc(32, 1)),
    });

  async function fill(entries: number): Promise<void> {
    await using audit = await open();
    for (let n = 0; n < entries; n++) await audit.append({ kind: `test/${n}`, who: null, from: null });
  }

  const file = (name: string): string => join(dir, `home.${name}`);

  it('finds nothing wrong in a log that nobody touched, over several starts', async () => {
    await fill(3);
    const earlier = await readFile(file('checkpoint'), 'utf8');
    await fill(4);
    await using audit = await open();
    const { entries, faults } = await audit.verify([earlier]);
    assert.deepEqual([entries, faults], [7, []]);
  });

  it('proves an entry to somebody who has the public key and nothing else', async () => {
    await fill(9);
    await using audit = await open();
    const { entry, proof, checkpoint, verifierKey } = await audit.prove(4);
    assert.equal((await readFile(file('vkey'), 'utf8')).trim(), verifierKey);
    const tree = tryOpenCheckpoint(checkpoint, verifierKey)!;
    assert.ok(isIncluded({ leaf: leafHash(entry), index: 4 }, tree, proof));
    assert.equal((JSON.parse(entry.toString()) as { kind: string }).kind, 'test/4');
    await assert.rejects(audit.prove(9), { code: 'audit/no-entry' });
  });

  it('names an entry that was removed at the end, although the lines that are left are in order', async () => {
    await fill(6);
    const lines = (await readFile(file('entries'), 'latin1')).trimEnd().split('\n');
    await writeFile(file('entries'), `${lines.slice(0, 5).join('\n')}\n`);
    const audit = await open();
    const { faults } = await audit.verify();
    assert.ok(faults.some(({ kind, size }) => kind === 'log is older than the checkpoint' && size === 6));
    // And goes on saying so after the log has grown past it
    await audit[Symbol.asyncDispose]();
    await fill(5);
    await using later = await open();
    const disputed = await readFile(file('checkpoint.disputed'), 'utf8');
    assert.deepEqual((await later.verify([disputed])).faults, [
      { kind: 'log differed from its checkpoint when it was opened' },
      { kind: 'log differs from the earlier checkpoint', size: 6 },
    ]);
  });

  it('names an entry that was changed, and an older copy of the log beside a checkpoint kept elsewhere', async () => {
    await fill(2);
    await copyFile(file('entries'), `${dir}.old`);
    await copyFile(file('checkpoint'), `${dir}.old-checkpoint`);
    await fill(2);
    const witnessed = await readFile(file('checkpoint'), 'utf8');
    const text = await readFile(file('entries'), 'latin1');
    const [first, second] = text.split('\n');
    const swapped = second!.replace(/^1 ([\w-]{43})/, `1 ${/^0 ([\w-]{43})/.exec(first!)![1]}`);
    await writeFile(file('entries'), text.replace(second!, swapped));
    {
      await using audit = await open();
      const { faults } = await audit.verify();
      assert.ok(faults.some(({ kind, sequence }) => kind === 'entry changed' && sequence === 1));
    }
    await rm(file('checkpoint.disputed'));
    await copyFile(`${dir}.old`, file('entries'));
    await copyFile(`${dir}.old-checkpoint`, file('checkpoint'));
    await using audit = await open();
    assert.deepEqual((await audit.verify()).faults, []);
    assert.deepEqual((await audit.verify([witnessed])).faults, [
      { kind: 'log is older than the earlier checkpoint', size: 4 },
    ]);
  });

  const linesOf = async (): Promise<string[]> => (await readFile(file('entries'), 'latin1')).trimEnd().split('\n');
  /** As somebody does who knows the format: the lines are numbered anew. */
  const renumbered = (lines: readonly string[]): string =>
    lines.map((line, index) => `${line.replace(/^\d+/, String(index))}\n`).join('');

  it('names what was removed, put in another order, repeated or changed, although the lines are numbered anew', async () => {
    await fill(8);
    const lines = await linesOf();
    const pick = (...order: number[]): string[] => order.map((index) => lines[index]!);
    const attacks: [string, string[], { kind: string; sequence: number }[]][] = [
      ['one removed', pick(0, 1, 3, 4, 5, 6, 7), [{ kind: 'entry removed', sequence: 2 }]],
      [
        'two removed at different places',
        pick(1, 2, 3, 5, 6, 7),
        [
          { kind: 'entry removed', sequence: 0 },
          { kind: 'entry removed', sequence: 4 },
        ],
      ],
      ['two swapped', pick(0, 2, 1, 3, 4, 5, 6, 7), [{ kind: 'entry moved', sequence: 1 }]],
      ['one moved to the end', pick(0, 1, 2, 4, 5, 6, 7, 3), [{ kind: 'entry moved', sequence: 3 }]],
      ['one repeated', pick(0, 1, 2, 2, 3, 4, 5, 6, 7), [{ kind: 'entry repeated', sequence: 2 }]],
      [
        'one changed',
        lines.map((line, index) => (index === 5 ? `${line.slice(0, -1)}${line.endsWith('A') ? 'E' : 'A'}` : line)),
        [{ kind: 'entry changed', sequence: 5 }],
      ],
    ];
    for (const [name, changed, expected] of attacks) {
      await writeFile(file('entries'), renumbered(changed));
      await using audit = await open();
      const { faults } = await audit.verify();
      const named = faults.filter(({ sequence }) => sequence !== undefined);
      assert.deepEqual(named, expected, name);
      // And the signed checkpoint doesn't fit any more, unless only what is sealed was touched
      if (name !== 'one changed') assert.ok(faults.length > named.length, name);
    }
  });

  it('says which entry is missing where the lines still have their numbers', async () => {
    await fill(5);
    const lines = await linesOf();
    const said = async (kept: readonly string[]): Promise<string> => {
      await writeFile(file('entries'), `${kept.join('\n')}\n`);
      return await open().then(
        () => assert.fail('it opens'),
        (error: unknown) => (error as { detail: string }).detail,
      );
    };
    assert.match(await said(lines.toSpliced(2, 1)), /entry 2 of the audit log is missing: entry 3 stands in its place/);
    assert.match(await said([...lines, lines[1]!]), /entry 1 of the audit log stands a second time, where entry 5/);
    assert.match(await said(lines.with(3, 'x')), /entry 3 of the audit log was changed/);
  });
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { ZipEntry } from './zip.ts';
import { smallEntry, zipArchive } from './zip.ts';

const at = Date.parse('2026-11-24T21:00:02Z');

async function collect(entries: readonly ZipEntry[]): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(zipArchive(entries, at)));
}

/** All entries one behind the other, as the unzip tool reads them. */
async function unzipped(archive: Buffer): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sentrix-zip-'));
  try {
    const path = join(directory, 'a.zip');
    await writeFile(path, archive);
    await promisify(execFile)('unzip', ['-tq', path]);
    return (await promisify(execFile)('unzip', ['-p', path])).stdout;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe('zip archive', () => {
  it('is one that the unzip tool takes, with and without a checksum known before', async () => {
    const later: ZipEntry = { name: 'b.bin', sizeBytes: 3, bytes: () => [Buffer.from('de'), Buffer.from('f')] };
    const bytes = await collect([smallEntry('a.txt', 'abc'), smallEntry('empty', ''), later]);
    assert.equal(await unzipped(bytes), 'abcdef');
  });

  it('is one that it takes with the long fields of what passes 4 GiB', async () => {
    const later: ZipEntry = { name: 'late', sizeBytes: 6, bytes: () => [Buffer.from('abcdef')] };
    const entries = [smallEntry('long', 'abcdef'), later, smallEntry('x', 'g')];
    const pieces = await Array.fromAsync(zipArchive(entries, at, 5));
    const bytes = Buffer.concat(pieces);
    assert.ok(bytes.includes(Buffer.from('PK\x06\x06')) && bytes.includes(Buffer.from('PK\x06\x07')));
    assert.equal(await unzipped(bytes), 'abcdefabcdefg');
  });

  it('stops where an entry is not what it was said to be', async () => {
    const wrong = (more: Partial<ZipEntry>): ZipEntry => ({ ...smallEntry('a', 'abc'), ...more });
    await assert.rejects(collect([wrong({ sizeBytes: 2 })]), /not what it was said to be/);
    await assert.rejects(collect([wrong({ sizeBytes: 4 })]), /not what it was said to be/);
    await assert.rejects(collect([wrong({ crc: 1 })]), /not what it was said to be/);
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../base/problem.ts';
import { isSafeName, TarReader, tarEnd, tarHeader, tarPadding } from './tar.ts';

interface File {
  readonly name: string;
  readonly bytes: Buffer;
}

const at = Date.UTC(2026, 10, 25);
const part = fc.stringMatching(/^[a-z0-9_-][a-z0-9._-]{0,20}$/);
const name = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('/'));
const files = fc.uniqueArray(
  fc.record(
    { name, bytes: fc.uint8Array({ maxLength: 1500 }).map((bytes) => Buffer.from(bytes)) },
    { noNullPrototype: true },
  ),
  { selector: (one) => one.name, maxLength: 6 },
);

function archive(list: readonly File[]): Buffer {
  const parts = list.flatMap(({ name, bytes }) => [
    tarHeader({ name, sizeBytes: bytes.length }, at),
    bytes,
    tarPadding(bytes.length),
  ]);
  return Buffer.concat([...parts, tarEnd]);
}

async function unpacked(bytes: Buffer, pieceBytes: number): Promise<File[]> {
  const found: File[] = [];
  let open: Buffer[] = [];
  const reader = new TarReader({
    begin: async ({ name }) => {
      open = [];
      found.push({ name, bytes: Buffer.alloc(0) });
    },
    write: async (piece) => {
      open.push(Buffer.from(piece));
    },
    end: async () => {
      found.push({ ...found.pop()!, bytes: Buffer.concat(open) });
    },
  });
  for (let offset = 0; offset < bytes.length; offset += pieceBytes)
    await reader.write(bytes.subarray(offset, offset + pieceBytes));
  reader.end();
  return found;
}

test('gives back what was put in, whatever the pieces', async () => {
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 1, max: 2000 }), async (list, pieceBytes) => {
      assert.deepEqual(await unpacked(archive(list), pieceBytes), list);
    }),
    { numRuns: 50 },
  );
});

test('is read by the tar program, long names too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sentrix-tar-'));
  try {
    const long = `recordings/${'c'.repeat(64)}/2026/11/25/101112-123456.mp4.age`;
    const list = [
      { name: long, bytes: Buffer.from('clip') },
      { name: 'catalog.db', bytes: Buffer.alloc(3000, 7) },
    ];
    const { status } = spawnSync('tar', ['x', '-C', folder], { input: archive(list) });
    assert.equal(status, 0);
    for (const one of list) assert.deepEqual(await readFile(join(folder, one.name)), one.bytes);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('refuses names that lead elsewhere, links, and archives that end early', async () => {
  for (const bad of ['../x', '/etc/passwd', 'a//b', 'a/../b', '.hidden', 'a/.b', '', 'a\u0000b', 'a b'])
    assert.ok(!isSafeName(bad), bad);
  const good = archive([{ name: 'abc', bytes: Buffer.from('x') }]);
  const renamed = tampered(good, (block) => block.write('../', 0, 'latin1'));
  const linked = tampered(good, (block) => block.write('2', 156, 'latin1'));
  for (const bytes of [renamed, linked, good.subarray(0, 700), good.subarray(0, 1024)])
    await assert.rejects(unpacked(bytes, 512), { code: 'backup/damaged' });
});

test('any bytes give files or our own error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 400, maxLength: 1600 }), async (bytes) => {
      await unpacked(Buffer.from(bytes), 512).catch((error: unknown) => assert.ok(error instanceof Problem));
    }),
    { numRuns: 50 },
  );
});

/** With its checksum put right again. */
function tampered(bytes: Buffer, change: (block: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  copy.fill(0x20, 148, 156);
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return copy;
}

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { it } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import type { FlvItem } from './flv-reader.ts';
import { FlvReader } from './flv-reader.ts';
import { nalUnits } from './nal.ts';

const run = promisify(execFile);

async function clip(): Promise<Buffer> {
  const { stdout } = await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=160x96:rate=25', '-f', 'lavfi', '-i', 'sine=r=48000'],
      ...['-t', '2', '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-g', '25', '-pix_fmt', 'yuv420p'],
      ...['-c:a', 'aac', '-f', 'flv', 'pipe:1'],
    ],
    { encoding: 'buffer', maxBuffer: 8 << 20 },
  );
  return stdout;
}

function read(bytes: Buffer, step: number): { readonly items: FlvItem[]; readonly good: boolean } {
  const items: FlvItem[] = [];
  const reader = new FlvReader((item) => items.push(item));
  for (let offset = 0; offset < bytes.length; offset += step)
    if (!reader.push(Buffer.from(bytes.subarray(offset, offset + step)))) return { items, good: false };
  return { items, good: true };
}

it('reads pictures and sound with their times, however the pipe cuts them', async () => {
  const bytes = await clip();
  const { items, good } = read(bytes, bytes.length);
  assert.equal(good, true);
  for (const step of [1, 7, 1000]) assert.deepEqual(read(bytes, step).items, items);
  const pictures = items.filter((item) => item.kind === 'video');
  assert.equal(pictures.length, 50);
  assert.deepEqual(
    pictures.flatMap(({ keyframe }, i) => (keyframe ? [i] : [])),
    [0, 25],
  );
  assert.deepEqual(
    pictures.map(({ ptsMs }) => ptsMs - pictures[0]!.ptsMs).toSorted((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i * 40),
  );
  for (const [i, { dtsMs }] of pictures.entries()) if (i > 0) assert.ok(dtsMs > pictures[i - 1]!.dtsMs);
  for (const { data } of pictures)
    assert.equal(
      nalUnits(data).reduce((sum, unit) => sum + unit.length + 4, 0),
      data.length,
    );
  const formats = items.flatMap((item) => (item.kind === 'format' ? [item.format] : []));
  assert.deepEqual(formats.map(({ kind, timeScale }) => [kind, timeScale]).toSorted(), [
    ['audio', 48_000],
    ['video', 90_000],
  ]);
  assert.ok(items.filter((item) => item.kind === 'audio').length > 90);
});

it('gives items or refuses, for any bytes, and never throws', async () => {
  const bytes = await clip();
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), fc.integer({ min: 1, max: 5000 }), (changes, step) => {
      const damaged = Buffer.from(bytes);
      for (const [at, value] of changes) damaged[at] = value;
      read(damaged, step);
    }),
    { numRuns: 50 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (tail) => {
      read(Buffer.concat([bytes.subarray(0, 13), tail]), 50);
      read(Buffer.from(tail), 9);
    }),
  );
});

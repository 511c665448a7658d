import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import fc from 'fast-check';
import type { NutPicture } from './nut-reader.ts';
import { NutReader } from './nut-reader.ts';

let stream: Buffer;

before(() => {
  const source = ['-f', 'lavfi', '-i', 'testsrc=size=32x18:rate=5:duration=2', '-pix_fmt', 'rgb24', '-c:v', 'rawvideo'];
  const nut = ['-f', 'nut', '-syncpoints', 'none', '-write_index', '0', '-strict', 'experimental', 'pipe:1'];
  stream = execFileSync('ffmpeg', ['-nostdin', '-v', 'error', ...source, ...nut]);
});

function read(chunks: readonly Uint8Array[]): { readonly good: boolean; readonly pictures: NutPicture[] } {
  const pictures: NutPicture[] = [];
  const reader = new NutReader(32, 18, 1000, (picture) => pictures.push(picture));
  return { good: chunks.every((chunk) => reader.push(chunk)), pictures };
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % bytes.length).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

test('reads each picture with its time', () => {
  const { good, pictures } = read([stream]);
  assert.ok(good);
  assert.deepEqual(
    pictures.map((picture) => picture.pts),
    Array.from({ length: 10 }, (_, index) => index * 200),
  );
});

test('reads the same however the pipe cuts the stream', () => {
  const whole = read([stream]).pictures;
  const places = fc.array(fc.nat(), { maxLength: 20 });
  fc.assert(
    fc.property(places, (at) => {
      assert.deepEqual(read(cut(stream, at)).pictures, whole);
    }),
    { numRuns: 30 },
  );
});

test('reads or refuses a damaged stream and never throws', () => {
  fc.assert(
    fc.property(fc.nat(400), fc.uint8Array({ minLength: 1, maxLength: 16 }), (place, damage) => {
      const bytes = Uint8Array.from(stream);
      bytes.set(damage, place);
      read(cut(bytes, [100, 1000]));
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      const head = stream.subarray(0, 25);
      assert.equal(read([Buffer.concat([head, bytes])]).pictures.length, 0);
    }),
  );
});

test('refuses pictures of another size', () => {
  const reader = new NutReader(32, 20, 1000, () => {});
  assert.equal(reader.push(stream), false);
});

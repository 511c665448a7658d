import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import sharp from 'sharp';
import { cropArea, framesToWebp, frameToCrop, shrunk } from './picture-files.ts';

const frame = (grey: number, width = 640, height = 360) => ({
  ...{ width, height },
  data: new Uint8Array(width * height * 3).fill(grey),
});

test('cuts out a part of the picture that holds the whole object, wherever it is', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const side = fc.integer({ min: 40, max: 2000 });
  fc.assert(
    fc.property(share, share, share, share, side, side, (x, y, w, h, width, height) => {
      const box = [x * 0.9, y * 0.9, (1 - x * 0.9) * w, (1 - y * 0.9) * h] as const;
      const area = cropArea({ width, height }, box);
      assert.ok(Object.values(area).every(Number.isInteger) && area.width > 0 && area.height > 0);
      assert.ok(area.left >= 0 && area.top >= 0);
      assert.ok(area.left + area.width <= width && area.top + area.height <= height);
      assert.ok(area.left <= box[0] * width + 1 && area.left + area.width >= (box[0] + box[2]) * width - 1);
      assert.ok(area.top <= box[1] * height + 1 && area.top + area.height >= (box[1] + box[3]) * height - 1);
    }),
  );
});

test('makes a JPEG of the object and a WebP that moves', async () => {
  const crop = await sharp(await frameToCrop(frame(90), [0.4, 0.2, 0.1, 0.5])).metadata();
  assert.deepEqual([crop.format, crop.width! <= 320, crop.width! > crop.height!], ['jpeg', true, true]);
  const small = [20, 120, 220].map((grey) => shrunk(frame(grey)));
  assert.deepEqual([small[0]!.width, small[0]!.height, small[1]!.data[7]], [240, 135, 120]);
  const webp = await framesToWebp(small);
  const { format, pages, pageHeight, width, loop } = await sharp(webp, { animated: true }).metadata();
  assert.deepEqual([format, pages, pageHeight, width, loop], ['webp', 3, 135, 240, 0]);
  const still = await sharp(await framesToWebp(small.slice(0, 1))).metadata();
  assert.equal(still.format, 'webp');
});

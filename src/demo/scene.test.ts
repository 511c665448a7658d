import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { sceneFrame, sceneSeconds } from './scene.ts';

test('draws a picture of 640 × 360 for any second, and the same one a round later', async () => {
  for (const t of [-5, 0, 12.3, 39, 1e6]) {
    const { width, height } = await sharp(Buffer.from(sceneFrame(t))).metadata();
    assert.deepEqual([width, height], [640, 360]);
  }
  assert.equal(sceneFrame(12.25), sceneFrame(12.25 + sceneSeconds));
});

test('shows nobody at first, then a walker, then a car', () => {
  const nobody = sceneFrame(0);
  assert.equal(sceneFrame(30), nobody);
  assert.notEqual(sceneFrame(12), nobody);
  assert.notEqual(sceneFrame(39), nobody);
});

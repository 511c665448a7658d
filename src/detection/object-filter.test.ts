import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Box, Detection } from './detection.ts';
import { ObjectFilter } from './object-filter.ts';

const seen = (box: Box, label = 'person'): Detection => ({ class: label, confidence: 0.6, box });

test('measures areas in pixels of the resolution to which boxes are reported, whatever was decoded', () => {
  // A tenth by a tenth of 960 × 540 is 5184 px², of 1920 × 1080 four times as much.
  const box: Box = [0.4, 0.4, 0.1, 0.1];
  assert.equal(new ObjectFilter({ minAreaPx: 5184.5 }).accepts(seen(box)), false);
  assert.equal(new ObjectFilter({ minAreaPx: 5183.5, maxAreaPx: 5184.5 }).accepts(seen(box)), true);
  const resolution = { width: 1920, height: 1080 };
  assert.equal(new ObjectFilter({ minAreaPx: 20_000, resolution }).accepts(seen(box)), true);
  assert.equal(new ObjectFilter({ maxAreaPx: 20_000, resolution }).accepts(seen(box)), false);
});

test('leaves out what a mask covers for the most part, and other classes', () => {
  const mask = [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ] as const;
  const filter = new ObjectFilter({ masks: [mask] });
  assert.equal(filter.accepts(seen([0.1, 0.2, 0.2, 0.5])), false);
  assert.equal(filter.accepts(seen([0.35, 0.2, 0.2, 0.5])), false);
  assert.equal(filter.accepts(seen([0.45, 0.2, 0.2, 0.5])), true);
  assert.equal(filter.accepts(seen([0.6, 0.2, 0.2, 0.5], 'truck')), true);
  assert.equal(filter.accepts(seen([0.6, 0.2, 0.2, 0.5], 'potted plant')), false);
});

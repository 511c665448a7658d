import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches } from './entries.ts';

test('finds entries by every word, wherever it stands', () => {
  const entry = {
    ...{ sequence: 3, timestamp: '2026-11-24T10:00:00.000Z', kind: 'camera.changed', who: 'ann', from: '192.0.2.4' },
    ...{ camera: 'yard', detail: { keys: 'recording.mode' } },
  };
  for (const found of ['', 'ANN yard', 'recording.mode 192.0', '2026-11-24']) assert.ok(matches(entry, found), found);
  assert.ok(!matches(entry, 'ann gate'));
});

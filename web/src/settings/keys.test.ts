import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SchemaNode } from './keys.ts';
import { asText, fromText, settingKeys, titleOf, valueAt } from './keys.ts';

const root: SchemaNode = {
  properties: {
    cameras: { type: 'array' },
    recording: {
      type: 'object',
      properties: {
        enabled: { type: 'boolean', description: 'keep anything', default: true },
        retention: {
          type: 'object',
          properties: { days: { anyOf: [{ type: 'number' }, { type: 'null' }], unit: 'd' } },
        },
        record_objects: { type: 'array', items: { type: 'string' }, default: [] },
        mode: { enum: ['events', 'continuous'], default: 'events' },
        rules: { type: 'array', items: { type: 'object' }, later: 'notice' },
      },
    },
  },
};

test('lists every key but those of cameras, with what it takes', () => {
  const keys = settingKeys(root);
  assert.deepEqual(
    keys.map(({ key, takes, optional }) => [key, takes.kind, optional]),
    [
      ['recording.enabled', 'flag', false],
      ['recording.retention.days', 'number', true],
      ['recording.record_objects', 'list', false],
      ['recording.mode', 'choice', false],
      ['recording.rules', 'deep', false],
    ],
  );
  assert.equal(titleOf('retention.max_gb'), 'Retention · max gb');
});

test('shows values as text and understands what comes back', () => {
  const number = { kind: 'number', whole: false } as const;
  assert.equal(valueAt({ a: { b: 3 } }, 'a.b'), 3);
  assert.equal(valueAt({ a: null }, 'a.b'), undefined);
  assert.equal(fromText('2,5', number, false), 2.5);
  assert.equal(fromText('', number, true), null);
  assert.equal(fromText('soon', number, true), undefined);
  assert.deepEqual(fromText(' person \n\ncat', { kind: 'list' }, false), ['person', 'cat']);
  assert.equal(asText(['person', 'cat']), 'person\ncat');
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { keySheetText } from './key-sheet.ts';
import { isLongEnough } from './rules.ts';

it('puts on the sheet all that opens a recording without us', () => {
  const key = { recipient: 'age1publicpart', identity: 'AGE-SECRET-KEY-1SECRETPART' };
  const text = keySheetText(key, 'surveillance.local', new Date('2026-11-24T14:03:00Z'));
  for (const part of [
    key.recipient,
    key.identity,
    '2026-11-24T14:03:00.000Z',
    'surveillance.local',
    'age -d -i owner.key',
  ])
    assert.ok(text.includes(part), part);
});

it('counts characters, not UTF-16 units', () => {
  assert.equal(isLongEnough('twelve chars'), true);
  assert.equal(isLongEnough('eleven char'), false);
  assert.equal(isLongEnough('🔑🔑🔑🔑🔑🔑'), false);
});

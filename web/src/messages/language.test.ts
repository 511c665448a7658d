import assert from 'node:assert/strict';
import { test } from 'node:test';
import { de } from './de.ts';
import { en } from './en.ts';
import { spokenLanguage } from './language.ts';

test('speaks what was chosen, else the first preferred language that it knows, else English', () => {
  assert.equal(spokenLanguage('de', ['en-US']), 'de');
  assert.equal(spokenLanguage('system', ['fr-FR', 'de-AT', 'en']), 'de');
  assert.equal(spokenLanguage('system', ['fr']), 'en');
  assert.equal(spokenLanguage('system', []), 'en');
});

test('has every sentence in German: no key is missing, and no text was left in English by accident', () => {
  const same: string[] = [];
  const walk = (one: unknown, other: unknown, path: string): void => {
    assert.equal(typeof other, typeof one, path);
    if (typeof one === 'string') {
      if (one === other) same.push(path);
      return;
    }
    if (typeof one !== 'object' || one === null) return;
    assert.deepEqual(Object.keys(other as object).sort(), Object.keys(one).sort(), path);
    for (const [key, value] of Object.entries(one))
      walk(value, (other as Record<string, unknown>)[key], `${path}.${key}`);
  };
  walk(en, de, '');
  // Words that are the same in both.
  assert.deepEqual(
    same.filter((path) => !/\.(name|code|demo|live|zone|passphrase|redis|en|de|admin|passkeys\.title)$/.test(path)),
    [],
  );
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { it } from 'node:test';

const root = join(import.meta.dirname, '..');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' });

// The types of CSS modules know no names, so a misspelt class would only be seen on the screen.
it('uses only classes that its style sheets have', () => {
  const components = files.filter((file) => file.endsWith('.tsx'));
  let checked = 0;
  for (const file of components) {
    const text = readFileSync(join(root, file), 'utf8');
    const sheet = text.match(/import styles from '(.+\.module\.css)'/)?.[1];
    if (sheet === undefined) continue;
    const css = readFileSync(join(root, dirname(file), sheet), 'utf8');
    for (const [, name] of text.matchAll(/styles\.(\w+)/g)) {
      assert.match(css, new RegExp(`\\.${name}\\b`), `${file}: .${name}`);
      checked++;
    }
  }
  assert.ok(checked > 50, 'found the classes at all');
});

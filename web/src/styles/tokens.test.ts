import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

/** The colours of one theme, from its block in tokens.css. */
function themeColors(theme: 'dark' | 'light'): Map<string, string> {
  const block = css.slice(css.search(new RegExp(`\\[data-theme=.${theme}.\\]`))).match(/\{([^}]*)\}/)![1]!;
  return new Map([...block.matchAll(/--([a-z-]+):\s*(#[0-9a-f]{6});/g)].map((match) => [match[1]!, match[2]!]));
}

/** Relative luminance, WCAG 2.2. */
function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

for (const theme of ['dark', 'light'] as const) {
  describe(`the ${theme} theme`, () => {
    const colors = themeColors(theme);
    const color = (name: string): string => colors.get(name) ?? assert.fail(`no --${name} in ${theme}`);

    for (const text of [
      'text',
      'muted',
      'accent',
      'ok',
      'warn',
      'alert',
      'info',
      'person',
      'vehicle',
      'animal',
      'other',
    ])
      it(`has ${text} readable on every ground`, () => {
        for (const ground of ['bg', 'surface', 'raised'])
          assert.ok(contrast(color(text), color(ground)) >= 4.5, ground);
      });

    it('has readable text on filled buttons', () => {
      assert.ok(contrast(color('on-accent'), color('accent')) >= 4.5);
      assert.ok(contrast(color('on-alert'), color('alert')) >= 4.5);
    });

    it('has borders of controls that can be seen', () => {
      for (const ground of ['bg', 'surface', 'raised'])
        assert.ok(contrast(color('control'), color(ground)) >= 3, ground);
    });
  });
}

it('gives both themes the same names', () => {
  assert.deepEqual([...themeColors('dark').keys()], [...themeColors('light').keys()]);
});

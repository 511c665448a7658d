import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import type { Appearance } from './overlay.ts';
import { overlaySvg } from './overlay.ts';

const appearance: Appearance = {
  box: { thickness: 4, color: 'red' },
  label: { text_scale: 0.5, text_thickness: 1, text_padding: 10, position: 'top_left', border_radius: 0 },
};
const person = { class: 'person', confidence: 0.87, box: [0.25, 0.5, 0.25, 0.25] as const };

async function pixelsOf(svg: string, width: number, height: number) {
  const data = await sharp({ create: { width, height, channels: 3, background: '#000' } })
    .composite([{ input: Buffer.from(svg) }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return (x: number, y: number) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

describe('an overlay', () => {
  it('draws the box where the object is, and its label above it', async () => {
    const at = await pixelsOf(overlaySvg(400, 200, [person], appearance)!, 400, 200);
    assert.deepEqual(at(100, 125), [255, 0, 0], 'left side');
    assert.deepEqual(at(150, 150), [255, 0, 0], 'lower side');
    assert.deepEqual(at(150, 125), [0, 0, 0], 'inside');
    assert.deepEqual(at(102, 72), [255, 0, 0], 'label');
    assert.deepEqual(at(50, 50), [0, 0, 0], 'elsewhere');
  });

  it('keeps the label within the picture, wherever it is wanted', () => {
    for (const position of ['top_left', 'top_center', 'center', 'center_right', 'bottom_left', 'bottom_right']) {
      for (const box of [[0, 0, 0.1, 0.1] as const, [0.9, 0.9, 0.1, 0.1] as const]) {
        const one = { ...appearance, label: { ...appearance.label, position } };
        const svg = overlaySvg(400, 200, [{ ...person, box }], one)!;
        const [, x, y, width, height] = /<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)" rx/.exec(
          svg,
        )!;
        assert.ok(Number(x) >= 0 && Number(x) + Number(width) <= 400.1, svg);
        assert.ok(Number(y) >= 0 && Number(y) + Number(height) <= 200.1, svg);
      }
    }
  });

  it('takes no markup from a class name, and is nothing without objects', () => {
    const svg = overlaySvg(400, 200, [{ ...person, class: '</text><image href="x"/>\u0007&' }], appearance)!;
    assert.doesNotMatch(svg, /<image/);
    assert.match(svg, /&#60;\/text&#62;/);
    assert.equal(overlaySvg(400, 200, [], appearance), undefined);
  });
});

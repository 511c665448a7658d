/** Boxes and labels as `appearance` of the configuration says, as an SVG image to be laid over a picture. */

export interface Appearance {
  readonly box: { readonly thickness: number; readonly color: string };
  readonly label: {
    /** 1 is 20 px high. */
    readonly text_scale: number;
    readonly text_thickness: number;
    readonly text_padding: number;
    /** `top_left`, `center`, `bottom_right`, … of the box. */
    readonly position: string;
    readonly border_radius: number;
  };
}

export interface DrawnObject {
  readonly class: string;
  /** 0..1 */
  readonly confidence: number;
  /** x, y, width, height, each 0..1 of the picture. */
  readonly box: readonly [number, number, number, number];
}

const colors: Readonly<Record<string, string>> = {
  green: '#00ff00',
  red: '#ff0000',
  blue: '#0000ff',
  yellow: '#ffff00',
  white: '#ffffff',
  black: '#000000',
};
/** For `roboflow`: a class keeps its color. */
const palette = ['#a351fb', '#ff4040', '#ffa1a0', '#ff7633', '#ffb633', '#d1d435', '#4cfb12', '#94cf1a', '#40de8a'];
const textHeightPx = 20;
/** Of the height: mean width of a character in a sans-serif face. */
const characterWidth = 0.6;

/** Undefined where there is nothing to draw. Sizes are those of the picture, in pixels. */
export function overlaySvg(
  width: number,
  height: number,
  objects: readonly DrawnObject[],
  appearance: Appearance,
): string | undefined {
  if (objects.length === 0) return undefined;
  const drawn = objects.map((object) => objectSvg(width, height, object, appearance));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${drawn.join('')}</svg>`;
}

function objectSvg(width: number, height: number, object: DrawnObject, { box, label }: Appearance): string {
  const color = colorOf(box.color, object.class);
  const [x, y, w, h] = [object.box[0] * width, object.box[1] * height, object.box[2] * width, object.box[3] * height];
  const text = `${object.class} ${Math.round(object.confidence * 100)}%`;
  const size = textHeightPx * label.text_scale * 2;
  const pad = label.text_padding / 2;
  const labelWidth = text.length * size * characterWidth + 2 * pad;
  const labelHeight = size + 2 * pad;
  const [left, top] = labelPlace(label.position, [x, y, w, h], labelWidth, labelHeight);
  // Kept within the picture: a label that nobody sees says nothing.
  const labelX = Math.max(0, Math.min(width - labelWidth, left));
  const labelY = Math.max(0, Math.min(height - labelHeight, top));
  const weight = label.text_thickness > 1 ? 'bold' : 'normal';
  const at = (value: number): string => value.toFixed(1);
  return [
    `<rect x="${at(x)}" y="${at(y)}" width="${at(w)}" height="${at(h)}" fill="none" stroke="${color}" stroke-width="${box.thickness}"/>`,
    `<rect x="${at(labelX)}" y="${at(labelY)}" width="${at(labelWidth)}" height="${at(labelHeight)}" rx="${label.border_radius}" fill="${color}"/>`,
    `<text x="${at(labelX + pad)}" y="${at(labelY + pad + size * 0.8)}" font-family="sans-serif" font-size="${at(size)}" font-weight="${weight}" fill="${inkOn(color)}">${escaped(text)}</text>`,
  ].join('');
}

/** Outside the box where it is at the top or bottom, inside where it is in the middle. */
function labelPlace(
  position: string,
  [x, y, w, h]: readonly [number, number, number, number],
  width: number,
  height: number,
): readonly [number, number] {
  const left = position.endsWith('left') ? x : position.endsWith('right') ? x + w - width : x + (w - width) / 2;
  const top = position.startsWith('top') ? y - height : position.startsWith('bottom') ? y + h : y + (h - height) / 2;
  return [left, top];
}

function colorOf(name: string, className: string): string {
  const fixed = colors[name];
  if (fixed !== undefined) return fixed;
  let sum = 0;
  for (const character of className) sum = (sum * 31 + character.charCodeAt(0)) % 997;
  return palette[sum % palette.length]!;
}

/** Black or white, whichever can be read on it. */
function inkOn(color: string): string {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) as [
    number,
    number,
    number,
  ];
  return red * 0.299 + green * 0.587 + blue * 0.114 > 140 ? '#000000' : '#ffffff';
}

/** Class names may come from a model that somebody dropped in. */
function escaped(text: string): string {
  return text.replace(/[^ -~]/g, '').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

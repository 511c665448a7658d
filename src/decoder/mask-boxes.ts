/**
 * Privacy masks as upright boxes, for that is what every tool can fill: bands of the picture's height, in each of them
 * what a polygon touches, and a little more. It never covers less than the polygon; where the outline crosses itself,
 * the inner part is covered as well.
 */
export type MaskPolygon = readonly (readonly [x: number, y: number])[];

/** All 0..1 of the picture. */
export interface MaskBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const bands = 90;
/** Lines of each band on which the outline is followed, besides its corners. */
const linesPerBand = 8;
/** Covered beyond the outline to both sides, for an encoder blurs what lies beside. */
const margin = 1 / 256;

type Span = readonly [from: number, to: number];

export function maskBoxes(polygons: readonly MaskPolygon[]): readonly MaskBox[] {
  const boxes: MaskBox[] = [];
  let open: readonly { readonly box: MaskBox; readonly key: string }[] = [];
  for (let band = 0; band < bands; band++) {
    const [top, bottom] = [band / bands, (band + 1) / bands];
    const spans = joined(polygons.flatMap((polygon) => touched(polygon, top - margin, bottom + margin)));
    // A box that goes on as it was grows instead of another one.
    const next = spans.map(([left, right]) => {
      const key = `${left} ${right}`;
      const above = open.find((one) => one.key === key)?.box;
      return { key, box: { left, right, top: above?.top ?? top, bottom } };
    });
    for (const one of open) if (!next.some(({ key }) => key === one.key)) boxes.push(one.box);
    open = next;
  }
  return [...boxes, ...open.map((one) => one.box)];
}

/** Blackens a picture: RGB, height × width × 3. */
export function blackOut(
  { data, width, height }: { readonly data: Uint8Array; readonly width: number; readonly height: number },
  boxes: readonly MaskBox[],
): void {
  for (const { left, top, right, bottom } of boxes) {
    const from = Math.floor(left * width) * 3;
    const to = Math.min(width, Math.ceil(right * width)) * 3;
    for (let y = Math.floor(top * height); y < Math.min(height, Math.ceil(bottom * height)); y++)
      data.fill(0, y * width * 3 + from, y * width * 3 + to);
  }
}

/** What of a band the polygon touches. */
function touched(polygon: MaskPolygon, top: number, bottom: number): Span[] {
  const spans: Span[] = [];
  const edges = polygon.map((corner, index) => [polygon.at(index - 1)!, corner] as const);
  for (const [[x1, y1], [x2, y2]] of edges) {
    if (Math.max(y1, y2) < top || Math.min(y1, y2) > bottom) continue;
    const at = (y: number) => (y1 === y2 ? x1 : x1 + ((x2 - x1) * (y - y1)) / (y2 - y1));
    const ends = y1 === y2 ? [x1, x2] : [at(clamp(y1, top, bottom)), at(clamp(y2, top, bottom))];
    spans.push([Math.min(...ends) - margin, Math.max(...ends) + margin]);
  }
  for (let line = 0; line <= linesPerBand; line++)
    spans.push(...inside(edges, top + ((bottom - top) * line) / linesPerBand));
  return spans;
}

/** Where a line of the picture runs inside, by the non-zero rule. */
function inside(
  edges: readonly (readonly [readonly [number, number], readonly [number, number]])[],
  y: number,
): Span[] {
  const crossings = edges
    .filter(([[, y1], [, y2]]) => y1 > y !== y2 > y)
    .map(([[x1, y1], [x2, y2]]) => ({ x: x1 + ((x2 - x1) * (y - y1)) / (y2 - y1), turn: y2 > y1 ? 1 : -1 }))
    .toSorted((a, b) => a.x - b.x);
  const spans: Span[] = [];
  let turns = 0;
  for (const [index, { x, turn }] of crossings.entries()) {
    turns += turn;
    const next = crossings[index + 1];
    if (turns !== 0 && next !== undefined) spans.push([x - margin, next.x + margin]);
  }
  return spans;
}

function joined(spans: readonly Span[]): readonly Span[] {
  const result: [number, number][] = [];
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    const [left, right] = [clamp(from, 0, 1), clamp(to, 0, 1)];
    if (last !== undefined && left <= last[1]) last[1] = Math.max(last[1], right);
    else result.push([left, right]);
  }
  return result;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

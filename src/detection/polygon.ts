/** Areas of the picture that people draw: corners in shares of its width and height, from its upper left. */
import type { Box } from './detection.ts';

export type Point = readonly [x: number, y: number];
/** The last corner joins the first. */
export type Polygon = readonly Point[];

/** By the even-odd rule: where the outline crosses itself, the inner part is outside. */
export function contains(polygon: Polygon, [x, y]: Point): boolean {
  let inside = false;
  let before = polygon.at(-1);
  for (const corner of polygon) {
    const [x1, y1] = before!;
    const [x2, y2] = corner;
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    before = corner;
  }
  return inside;
}

const samples = 8;

/** How much of a box lies in the polygons, 0..1, by 64 points of it. */
export function shareCovered(polygons: readonly Polygon[], [left, top, width, height]: Box): number {
  if (polygons.length === 0) return 0;
  let covered = 0;
  for (let row = 0; row < samples; row++)
    for (let column = 0; column < samples; column++) {
      const point: Point = [left + ((column + 0.5) * width) / samples, top + ((row + 0.5) * height) / samples];
      if (polygons.some((polygon) => contains(polygon, point))) covered++;
    }
  return covered / samples ** 2;
}

/**
 * Whether the way from one place to another crosses an open line of corners, and to which side, as seen by somebody who
 * walks along it from its first corner. The line itself belongs to its left side.
 */
export function crossing(line: readonly Point[], from: Point, to: Point): 'to_left' | 'to_right' | undefined {
  for (let index = 1; index < line.length; index++) {
    const a = line[index - 1]!;
    const b = line[index]!;
    const before = side(a, b, from);
    const after = side(a, b, to);
    if (before > 0 === after > 0) continue;
    if (side(from, to, a) > 0 === side(from, to, b) > 0) continue;
    // The picture's y goes down: positive is the right hand of the walker.
    return after > 0 ? 'to_right' : 'to_left';
  }
  return undefined;
}

function side(a: Point, b: Point, [x, y]: Point): number {
  return (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
}

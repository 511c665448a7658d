/** Corners of zones and masks: x and y from 0 to 1 of the picture. */
export type Point = readonly [number, number];

/** Inside the picture, to a thousandth: finer than anybody draws. */
export function kept([x, y]: Point): Point {
  const one = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;
  return [one(x), one(y)];
}

export function movedCorner(points: readonly Point[], index: number, to: Point): Point[] {
  return points.map((point, at) => (at === index ? kept(to) : point));
}

/** A new corner in the middle of the longest side, where it changes the least. */
export function withCorner(points: readonly Point[]): Point[] {
  let longest = 0;
  let at = 0;
  for (const [index, point] of points.entries()) {
    const next = points[(index + 1) % points.length]!;
    const length = Math.hypot(next[0] - point[0], next[1] - point[1]);
    if (length > longest) {
      longest = length;
      at = index;
    }
  }
  const [a, b] = [points[at]!, points[(at + 1) % points.length]!];
  return points.toSpliced(at + 1, 0, kept([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]));
}

/** What a new zone begins as. */
export const middle: readonly Point[] = [
  [0.3, 0.3],
  [0.7, 0.3],
  [0.7, 0.7],
  [0.3, 0.7],
];

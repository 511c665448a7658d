/** What the model says of one frame. */
export type Box = readonly [x: number, y: number, width: number, height: number];

export interface Detection {
  /** One of the model's words, such as `person`. */
  readonly class: string;
  /** 0..1 */
  readonly confidence: number;
  /** Of the picture: left, top, width, height, each 0..1 and wholly inside. */
  readonly box: Box;
}

/** Below this nothing is reported; every threshold lies above. */
export const lowestConfidence = 0.1;

/** Intersection over union, 0..1. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a[2] * a[3] + b[2] * b[3] - shared);
}

/** Keeps the most confident of boxes that overlap more than `most`, among those of the same `groupOf`; best first. */
export function withoutDoubles(
  found: readonly Detection[],
  most: number,
  limit: number,
  groupOf: (label: string) => string,
): Detection[] {
  const kept: Detection[] = [];
  for (const one of found.toSorted((a, b) => b.confidence - a.confidence)) {
    if (kept.length >= limit) break;
    const group = groupOf(one.class);
    if (!kept.some((other) => groupOf(other.class) === group && overlap(other.box, one.box) > most)) kept.push(one);
  }
  return kept;
}

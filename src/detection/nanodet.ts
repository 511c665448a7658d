/**
 * From NanoDet's heads to boxes. For each stride there are class scores (1 × classes × rows × columns, sigmoid done)
 * and, for each of the four sides, a distribution over 0 … 10 strides away from the cell's centre, whose mean is the
 * side's distance (generalized focal loss, Li et al. 2020, §3.2). Channels are left, top, right, bottom.
 */
import type { Box, Detection } from './detection.ts';
import { lowestConfidence, withoutDoubles } from './detection.ts';
import { trackingGroup } from './labels.ts';
import type { Letterbox } from './letterbox.ts';

/** Distances 0 … 10. */
const bins = 11;
/** As the model was evaluated by its authors. */
const mostOverlap = 0.6;
const mostDetections = 100;
/** Candidates beyond this are noise or an attack on the quadratic comparison. */
const mostCandidates = 1000;

export interface Head {
  readonly stride: number;
  readonly rows: number;
  readonly columns: number;
  readonly scores: Float32Array;
  readonly sides: Float32Array;
}

/** Boxes of at least `lowestConfidence`, best first, without doubles; of cars, buses and trucks one for a place. */
export function decodeNanodet(
  heads: readonly Head[],
  labels: readonly (string | undefined)[],
  letterbox: Letterbox,
): Detection[] {
  const found: Detection[] = [];
  for (const head of heads) {
    const cells = head.rows * head.columns;
    for (let cell = 0; cell < cells; cell++) {
      let box: Box | undefined;
      // Every class and not the highest only: from above a car is a cell phone first and a car second, and whoever
      // watches for cars doesn't ask for phones.
      for (let label = 0; label < labels.length; label++) {
        const confidence = head.scores[label * cells + cell]!;
        const word = labels[label];
        if (word === undefined || confidence < lowestConfidence || found.length >= mostCandidates) continue;
        box ??= boxOf(head, cells, cell, letterbox);
        if (box[2] > 0 && box[3] > 0) found.push({ class: word, confidence, box });
      }
    }
  }
  return withoutDoubles(found, mostOverlap, mostDetections, trackingGroup);
}

function boxOf(head: Head, cells: number, cell: number, letterbox: Letterbox): Box {
  const x = ((cell % head.columns) + 0.5) * head.stride;
  const y = (Math.floor(cell / head.columns) + 0.5) * head.stride;
  const left = letterbox.x(x - distance(head, cells, cell, 0));
  const top = letterbox.y(y - distance(head, cells, cell, 1));
  const right = letterbox.x(x + distance(head, cells, cell, 2));
  const bottom = letterbox.y(y + distance(head, cells, cell, 3));
  return [left, top, right - left, bottom - top];
}

/** Mean of the distribution of one side, in pixels of the model's picture. */
function distance(head: Head, cells: number, cell: number, side: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let bin = 0; bin < bins; bin++) highest = Math.max(highest, head.sides[(side * bins + bin) * cells + cell]!);
  let sum = 0;
  let weighted = 0;
  for (let bin = 0; bin < bins; bin++) {
    const weight = Math.exp(head.sides[(side * bins + bin) * cells + cell]! - highest);
    sum += weight;
    weighted += weight * bin;
  }
  return (weighted / sum) * head.stride;
}

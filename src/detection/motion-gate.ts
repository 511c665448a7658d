/**
 * Decides whether a frame is worth the model's time, in a fraction of a millisecond: small grey pictures, 0.4 s apart,
 * are subtracted; the median of the differences (the camera's exposure control) is taken off; a cell of the grid moves
 * when enough of its points differ. A running background was tried first: its ghosts kept the gate open.
 */
import type { Polygon } from './polygon.ts';
import { contains } from './polygon.ts';

export interface GateDecision {
  /** The model should look at this frame. */
  readonly look: boolean;
  /** Cells that moved; 0 also when the frame is looked at for another reason. */
  readonly moving: number;
}

const gridWidth = 160;
const cellSize = 8;
/**
 * Of 255, and of a cell's points. `normal`: above the noise of a cheap sensor at night, below a dark coat before a dark
 * door.
 */
const sensitivities = {
  low: { point: 24, cell: 0.35 },
  normal: { point: 16, cell: 0.2 },
  high: { point: 10, cell: 0.12 },
} as const;

export type Sensitivity = keyof typeof sensitivities;

export interface GateOptions {
  readonly masks: readonly Polygon[];
  readonly sensitivity: Sensitivity;
}

/** The picture compared with is as old as this; a walker must have moved, a swaying light not yet returned. */
const compareMs = 350;
/** After the last movement it goes on looking: people stop for a moment. */
const holdMs = 800;
/** While something is being followed it is looked at so often, whether it moves or not. */
const followMs = 1000;
/** And so often in any case: what came in slower than the gate notices. */
const refreshMs = 10_000;

interface Grey {
  readonly points: Uint8Array;
  at: number;
}

export class MotionGate {
  readonly #width: number;
  readonly #height: number;
  readonly #gridHeight: number;
  readonly #cellColumns: number;
  readonly #votes: Uint16Array;
  readonly #histogram = new Uint32Array(511);
  /** Byte offsets within a row of the two points that are averaged for each column of the grid. */
  readonly #columns: Uint32Array;
  readonly #step: number;
  readonly #difference: number;
  readonly #enough: number;
  /** Points of the grid that are looked at: 1, and 0 under a mask. */
  readonly #open: Uint8Array;
  readonly #openCount: number;
  /** Oldest first; at most 16. */
  #history: Grey[] = [];
  #movedAt = Number.NEGATIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** For RGB frames of this size. */
  constructor(width: number, height: number, options: GateOptions = { masks: [], sensitivity: 'normal' }) {
    const { point, cell } = sensitivities[options.sensitivity];
    this.#difference = point;
    this.#enough = cellSize * cellSize * cell;
    this.#width = width;
    this.#height = height;
    this.#gridHeight = Math.max(1, Math.min(gridWidth * 4, Math.round((gridWidth * height) / width)));
    this.#cellColumns = Math.ceil(gridWidth / cellSize);
    this.#votes = new Uint16Array(this.#cellColumns * Math.ceil(this.#gridHeight / cellSize));
    this.#columns = Uint32Array.from({ length: gridWidth }, (_, x) => Math.floor((x * width) / gridWidth) * 3);
    this.#step = Math.floor(width / gridWidth / 2) * 3;
    this.#open = openPoints(options.masks, gridWidth, this.#gridHeight);
    this.#openCount = this.#open.reduce((sum, one) => sum + one, 0);
  }

  /** `frame`: RGB, height × width × 3, of `at` (UTC ms); `following`: objects are being followed. Hot: once a frame. */
  next(frame: Uint8Array, at: number, following: boolean): GateDecision {
    const newest = this.#history.at(-1);
    // The clock was set back or the camera was away: nothing to compare with.
    if (newest !== undefined && (at <= newest.at || at - newest.at > refreshMs)) this.#history = [];
    const current = this.#take(frame, at);
    const earlier = this.#history.findLast((grey) => at - grey.at >= compareMs);
    this.#history.push(current);
    const moving = earlier === undefined ? 0 : this.#compare(current.points, earlier.points);
    if (moving > 0 || earlier === undefined) this.#movedAt = at;
    const sinceLook = Math.abs(at - this.#lookedAt);
    const held = Math.abs(at - this.#movedAt) <= holdMs;
    const look = held || sinceLook >= refreshMs || (following && sinceLook >= followMs);
    if (look) this.#lookedAt = at;
    return { look, moving };
  }

  /** The grey picture of the frame, in the buffer of one that is no longer needed. */
  #take(frame: Uint8Array, at: number): Grey {
    const needed = this.#history.findLastIndex((grey) => at - grey.at >= compareMs);
    const spare = needed > 0 || this.#history.length >= 16 ? this.#history.shift() : undefined;
    const grey = spare ?? { points: new Uint8Array(gridWidth * this.#gridHeight), at };
    grey.at = at;
    this.#shrink(frame, grey.points);
    return grey;
  }

  /** Four points of the frame for one of the grid; BT.601 luma. */
  #shrink(frame: Uint8Array, points: Uint8Array): void {
    const row = this.#width * 3;
    const half = Math.floor(this.#height / this.#gridHeight / 2) * row;
    const step = this.#step;
    let target = 0;
    for (let y = 0; y < this.#gridHeight; y++) {
      const upper = Math.floor((y * this.#height) / this.#gridHeight) * row;
      for (let x = 0; x < gridWidth; x++) {
        const a = upper + this.#columns[x]!;
        const b = a + step;
        const c = a + half;
        const d = c + step;
        const red = frame[a]! + frame[b]! + frame[c]! + frame[d]!;
        const green = frame[a + 1]! + frame[b + 1]! + frame[c + 1]! + frame[d + 1]!;
        const blue = frame[a + 2]! + frame[b + 2]! + frame[c + 2]! + frame[d + 2]!;
        points[target++] = (77 * red + 150 * green + 29 * blue) >> 10;
      }
    }
  }

  #compare(current: Uint8Array, earlier: Uint8Array): number {
    const shift = this.#median(current, earlier);
    const most = this.#difference;
    const votes = this.#votes.fill(0);
    for (let y = 0, point = 0; y < this.#gridHeight; y++) {
      const cells = Math.floor(y / cellSize) * this.#cellColumns;
      for (let x = 0; x < gridWidth; x++, point++) {
        const difference = current[point]! - earlier[point]! - shift;
        if (difference > most || difference < -most) votes[cells + (x >> 3)]! += this.#open[point]!;
      }
    }
    let moving = 0;
    for (const count of votes) if (count >= this.#enough) moving++;
    return moving;
  }

  #median(current: Uint8Array, earlier: Uint8Array): number {
    const histogram = this.#histogram.fill(0);
    // What is masked (a screen, a tree) has no say in what the light did.
    for (let point = 0; point < current.length; point++)
      histogram[current[point]! - earlier[point]! + 255]! += this.#open[point]!;
    let seen = 0;
    for (let difference = 0; difference < histogram.length; difference++) {
      seen += histogram[difference]!;
      if (seen * 2 >= this.#openCount) return difference - 255;
    }
    return 0;
  }
}

function openPoints(masks: readonly Polygon[], width: number, height: number): Uint8Array {
  const open = new Uint8Array(width * height).fill(1);
  if (masks.length === 0) return open;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (masks.some((mask) => contains(mask, [(x + 0.5) / width, (y + 0.5) / height]))) open[y * width + x] = 0;
  return open;
}

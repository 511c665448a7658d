/**
 * What a bench says: figures with their spread, ours beside the reference's, measured in the same run. A figure may have
 * a limit; whoever is over it makes the run fail, and no limit is ever loosened to make it pass.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';

export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Rounds or samples it is made of. */
  readonly count: number;
}

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: Spread;
  /** What it is compared with, measured turn by turn or at the same time. */
  readonly reference?: Spread & { readonly name: string };
  /** What `ours.median` must not exceed. */
  readonly limit?: number;
  /** How to read it, where the name can't say. */
  readonly note?: string;
}

const resultsDir = join(import.meta.dirname, 'results');

/** Median and quartiles. @throws RangeError where there is nothing to take them of */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('no rounds');
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    count: values.length,
  };
}

/** One figure that a run has only once: a percentile over all pictures, a slope. */
export function single(value: number, count = 1): Spread {
  return { median: value, low: value, high: value, count };
}

/** @param part 0..1  @param sorted ascending, not empty */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.round((sorted.length - 1) * part)]!;
}

export function isOver({ ours, limit }: Figure): boolean {
  return limit !== undefined && ours.median > limit;
}

/** `record/cpu 0.31 (0.30–0.33) · ffmpeg 0.52 (0.50–0.55) · ratio 0.60 % of a core a camera, at most 0.5` */
export function lineOf(figure: Figure): string {
  const { name, unit, ours, reference, limit, note } = figure;
  const parts = [`${isOver(figure) ? '✖' : ' '} ${name.padEnd(28)} ours ${shown(ours)}`];
  if (reference !== undefined) {
    parts.push(`${reference.name} ${shown(reference)}`, `ratio ${rounded(ratioOf(figure)!)}`);
  }
  parts.push(unit);
  if (limit !== undefined) parts.push(`at most ${limit}`);
  return parts.join(' · ') + (note === undefined ? '' : `\n    ${note}`);
}

export function ratioOf({ ours, reference }: Figure): number | undefined {
  return reference === undefined || reference.median === 0 ? undefined : ours.median / reference.median;
}

/** Writes `results/NAME.json`: the figures, and of the machine what they depend on. */
export async function writeResults(bench: string, figures: readonly Figure[]): Promise<void> {
  const machine = {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    node: process.versions.node,
    date: new Date().toISOString().slice(0, 10),
  };
  const all = figures.map((figure) => ({ ...figure, ratio: ratioOf(figure) ?? null }));
  await mkdir(resultsDir, { recursive: true });
  const text = JSON.stringify({ bench, machine, figures: all }, (_, value) => rounding(value), 2);
  await writeFile(join(resultsDir, `${bench}.json`), `${text}\n`);
}

function shown({ median, low, high }: Spread): string {
  return low === high ? String(rounded(median)) : `${rounded(median)} (${rounded(low)}–${rounded(high)})`;
}

function rounding(value: unknown): unknown {
  return typeof value === 'number' ? rounded(value) : value;
}

/** Three digits that count are all that two runs have in common. */
function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

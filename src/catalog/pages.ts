/**
 * Which rows of a long list stand on a page. The counts of each day tell on which days they lie, so that neither a page
 * far down nor a filter that few rows pass makes anything read the rest.
 */
import type { DayCount } from './day-counts.ts';
import { dayMs } from './tallies.ts';

/** Days without a break, UTC ms, both ends included; the first `skip` rows in it are of pages before. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly skip: number;
}

/** @param days in order, the oldest first */
export function runsOf(
  days: readonly DayCount[],
  page: { readonly order: 'asc' | 'desc'; readonly offset: number; readonly limit: number },
): Run[] {
  const ordered = page.order === 'asc' ? days : [...days].reverse();
  const runs: { first: number; last: number; skip: number }[] = [];
  let passed = 0;
  for (const { day, n } of ordered) {
    if (passed >= page.offset + page.limit) break;
    const before = passed;
    passed += n;
    if (passed <= page.offset) continue;
    const last = runs.at(-1);
    if (last !== undefined && Math.abs(day - last.last) === 1) last.last = day;
    else runs.push({ first: day, last: day, skip: Math.max(0, page.offset - before) });
  }
  return runs.map(({ first, last, skip }) => ({
    from: Math.min(first, last) * dayMs,
    to: (Math.max(first, last) + 1) * dayMs - 1,
    skip,
  }));
}

/** From the first to the last of them. */
export function spanOf(runs: readonly Run[]): { readonly from: number; readonly to: number } {
  return { from: Math.min(...runs.map(({ from }) => from)), to: Math.max(...runs.map(({ to }) => to)) };
}

/** The place after which the next page begins: the sorted value of its last row, and its id. */
export interface Cursor {
  readonly value: number;
  readonly id: number;
}

export function writeCursor({ value, id }: Cursor): string {
  return Buffer.from(JSON.stringify([value, id])).toString('base64url');
}

/** Undefined for what isn't one. */
export function tryCursor(text: string): Cursor | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (!Array.isArray(parsed) || parsed.length !== 2) return undefined;
    const [value, id] = parsed as unknown[];
    if (typeof value !== 'number' || !Number.isFinite(value) || !Number.isSafeInteger(id)) return undefined;
    return { value, id: id as number };
  } catch {
    return undefined;
  }
}

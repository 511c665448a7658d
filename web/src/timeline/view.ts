/** The stretch of time that the timeline shows, and what zooming and moving make of it. Times are UTC ms, widths CSS px. */
export interface View {
  readonly from: number;
  readonly to: number;
}

export interface Bounds {
  readonly from: number;
  readonly to: number;
}

const smallestMs = 10_000;

export function xOf(at: number, view: View, width: number): number {
  return ((at - view.from) / (view.to - view.from)) * width;
}

export function atOf(x: number, view: View, width: number): number {
  return width <= 0 ? view.from : view.from + (x / width) * (view.to - view.from);
}

/** `factor` below 1 shows less time. What lies under `about` stays there, as far as the bounds allow. */
export function zoomed(view: View, factor: number, about: number, bounds: Bounds): View {
  const span = Math.min(Math.max((view.to - view.from) * factor, smallestMs), bounds.to - bounds.from);
  const share = (about - view.from) / (view.to - view.from);
  return within({ from: about - share * span, to: about + (1 - share) * span }, bounds);
}

export function moved(view: View, byMs: number, bounds: Bounds): View {
  return within({ from: view.from + byMs, to: view.to + byMs }, bounds);
}

/** Moved as little as it takes to show `at` with some room around it; itself where it does. */
export function showing(view: View, at: number, bounds: Bounds): View {
  const margin = (view.to - view.from) * 0.08;
  if (at < view.from + margin) return moved(view, at - margin * 4 - view.from, bounds);
  if (at > view.to - margin) return moved(view, at + margin * 4 - view.to, bounds);
  return view;
}

function within(view: View, bounds: Bounds): View {
  const span = Math.min(view.to - view.from, bounds.to - bounds.from);
  const from = Math.min(Math.max(view.from, bounds.from), bounds.to - span);
  return { from, to: from + span };
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const steps = [
  ...[1, 2, 5, 10, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 30].map((n) => n * minute),
  ...[1, 2, 3, 6].map((n) => n * hour),
];

/** Round times at least `apart` px from each other, counted from the day's start. */
export function ticks(view: View, width: number, dayStart: number, apart: number): { at: number; stepMs: number }[] {
  const perPixel = (view.to - view.from) / Math.max(1, width);
  const stepMs = steps.find((step) => step / perPixel >= apart) ?? steps.at(-1)!;
  const found: { at: number; stepMs: number }[] = [];
  const first = dayStart + Math.ceil((view.from - dayStart) / stepMs) * stepMs;
  for (let at = first; at <= view.to && found.length < 500; at += stepMs) found.push({ at, stepMs });
  return found;
}

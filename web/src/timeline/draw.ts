/** Draws the day: a row a camera, coverage as a thin bar, visits as marks of their class, gaps that have a reason hatched. */
import type { ClassGroup } from '../ui/class-group.ts';
import { classGroup } from '../ui/class-group.ts';
import type { Day } from './day.ts';
import type { View } from './view.ts';
import { ticks, xOf } from './view.ts';

export const axisHeight = 28;

export interface Palette {
  readonly line: string;
  readonly text: string;
  readonly muted: string;
  readonly surface: string;
  readonly accent: string;
  readonly warn: string;
  readonly control: string;
  readonly classes: Readonly<Record<ClassGroup, string>>;
}

export interface Drawing {
  readonly day: Day;
  readonly view: View;
  readonly at: number;
  /** Where the pointer is; null while it is elsewhere. */
  readonly hoverAt: number | null;
  readonly now: number;
  readonly width: number;
  readonly rowHeight: number;
  readonly selected: string | null;
  readonly label: (at: number, stepMs: number) => string;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    line: token('line'),
    text: token('text'),
    muted: token('muted'),
    surface: token('surface'),
    accent: token('accent'),
    warn: token('warn'),
    control: token('control'),
    classes: { person: token('person'), vehicle: token('vehicle'), animal: token('animal'), other: token('other') },
  };
}

export type Ink = Readonly<Record<ClassGroup | 'loss', string | CanvasPattern>>;

/** Each class has a pattern besides its colour: solid, hatched, dotted, striped. */
export function makeInk(context: CanvasRenderingContext2D, palette: Palette): Ink {
  const { person, vehicle, animal, other } = palette.classes;
  return {
    person,
    vehicle: hatched(context, vehicle, 6, 3),
    animal: dotted(context, animal),
    other: hatched(context, other, 4, 1.5),
    loss: hatched(context, palette.warn, 6, 1.25),
  };
}

export function draw(context: CanvasRenderingContext2D, drawing: Drawing, palette: Palette, ink: Ink): void {
  const { day, view, width, rowHeight, at, now, hoverAt } = drawing;
  const height = axisHeight + day.cameras.length * rowHeight;
  const x = (time: number): number => xOf(time, view, width);
  context.clearRect(0, 0, width, height);

  context.font = '500 12px "Inter Variable", sans-serif';
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  for (const tick of ticks(view, width, day.from, 74)) {
    const px = Math.round(x(tick.at)) + 0.5;
    context.strokeStyle = palette.line;
    context.beginPath();
    context.moveTo(px, axisHeight - 6);
    context.lineTo(px, height);
    context.stroke();
    context.fillStyle = palette.muted;
    context.fillText(drawing.label(tick.at, tick.stepMs), Math.min(Math.max(px, 22), width - 22), axisHeight / 2 - 2);
  }

  // What hasn't been yet is empty for that reason.
  if (now < view.to) {
    context.fillStyle = palette.surface;
    context.fillRect(Math.max(0, x(now)), axisHeight, width, height - axisHeight);
  }

  for (const [row, camera] of day.cameras.entries()) {
    const top = axisHeight + row * rowHeight;
    context.fillStyle = palette.line;
    context.fillRect(0, top, width, 1);
    const bar = top + rowHeight - 10;
    for (const span of camera.losses) {
      if (span.to < view.from || span.from > view.to) continue;
      context.fillStyle = ink.loss;
      context.fillRect(x(span.from), bar - 3, Math.max(2, x(span.to) - x(span.from)), 10);
    }
    context.fillStyle = palette.control;
    for (const span of camera.coverage) {
      if (span.to < view.from || span.from > view.to) continue;
      context.fillRect(x(span.from), bar, Math.max(2, x(span.to) - x(span.from)), 4);
    }
    for (const visit of camera.visits) {
      if (visit.to < view.from || visit.from > view.to) continue;
      const groups = [...new Set(visit.classes.map(classGroup))];
      const high = (rowHeight - 34) / Math.max(1, groups.length);
      for (const [index, group] of groups.entries()) {
        context.fillStyle = ink[group];
        context.beginPath();
        context.roundRect(x(visit.from), top + 20 + index * high, Math.max(4, x(visit.to) - x(visit.from)), high, 2);
        context.fill();
      }
    }
  }

  if (now > view.from && now < view.to) upright(context, x(now), axisHeight, height, palette.muted, 1);
  if (hoverAt !== null) upright(context, x(hoverAt), axisHeight, height, palette.text, 1);
  if (at >= view.from && at <= view.to) {
    upright(context, x(at), axisHeight - 8, height, palette.accent, 2);
    context.fillStyle = palette.accent;
    context.beginPath();
    context.moveTo(x(at) - 7, axisHeight - 10);
    context.lineTo(x(at) + 7, axisHeight - 10);
    context.lineTo(x(at), axisHeight);
    context.fill();
  }
}

function upright(
  context: CanvasRenderingContext2D,
  x: number,
  from: number,
  to: number,
  color: string,
  wide: number,
): void {
  context.fillStyle = color;
  context.fillRect(Math.round(x) - wide / 2, from, wide, to - from);
}

function tile(size: number, paint: (context: CanvasRenderingContext2D) => void): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = size;
  canvas.height = size;
  const context = canvas.getContext('2d');
  if (context !== null) paint(context);
  return canvas;
}

function hatched(
  context: CanvasRenderingContext2D,
  color: string,
  size: number,
  thick: number,
): string | CanvasPattern {
  const pattern = tile(size, (small) => {
    small.strokeStyle = color;
    small.lineWidth = thick;
    for (const shift of [-size, 0, size]) {
      small.beginPath();
      small.moveTo(shift, size);
      small.lineTo(shift + size, 0);
      small.stroke();
    }
  });
  return context.createPattern(pattern, 'repeat') ?? color;
}

function dotted(context: CanvasRenderingContext2D, color: string): string | CanvasPattern {
  const pattern = tile(5, (small) => {
    small.fillStyle = color;
    small.fillRect(0, 0, 3, 3);
  });
  return context.createPattern(pattern, 'repeat') ?? color;
}

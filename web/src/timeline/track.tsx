/**
 * The canvas of the day. A click or tap goes there; the handle is dragged along; elsewhere dragging moves the day, with
 * momentum, where it is zoomed in. Ctrl and wheel, or two fingers, zoom about where they are. For screen readers and keys
 * it is a slider.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { clockTime, minuteTime } from '../messages/times.ts';
import { useSize } from '../ui/hooks.ts';
import type { ClipFiles } from './clip-files.ts';
import { ClipPicture } from './clip-picture.tsx';
import type { Day } from './day.ts';
import { clipAt } from './day.ts';
import type { Ink, Palette } from './draw.ts';
import { axisHeight, draw, makeInk, readPalette } from './draw.ts';
import type { PlayClock } from './play-clock.ts';
import styles from './timeline.module.css';
import type { View } from './view.ts';
import { atOf, moved, xOf, zoomed } from './view.ts';

interface TrackProps {
  readonly day: Day;
  readonly clock: PlayClock;
  readonly files: ClipFiles;
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly onSeek: (at: number, camera: string | null) => void;
  readonly onJump: (direction: -1 | 1) => void;
  readonly selected: string | null;
}

const nearPx = 14;
const rowHeight = 56;

export function Track(props: TrackProps) {
  const { day, clock, view, onView, onSeek, onJump } = props;
  const { theme, tick } = useApp();
  const words = messages.timelinePage;
  const [box, size] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const ink = useRef<{ look: string; palette: Palette; ink: Ink } | null>(null);
  const [hover, setHover] = useState<{ at: number; row: number } | null>(null);
  const latest = useRef({ view, day, width: size.width });
  latest.current = { view, day, width: size.width };
  const { width } = size;
  const height = axisHeight + day.cameras.length * rowHeight;
  const at = clock.at.value;
  const now = tick.value;
  const look = theme.page.value;

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d') ?? null;
    if (element === null || context === null || width <= 0) return;
    const scale = window.devicePixelRatio;
    element.width = Math.round(width * scale);
    element.height = Math.round(height * scale);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    if (ink.current?.look !== look) {
      const palette = readPalette(element);
      ink.current = { look, palette, ink: makeInk(context, palette) };
    }
    draw(
      context,
      {
        ...{ day, view, at, now, width, rowHeight, selected: props.selected, hoverAt: hover?.at ?? null },
        label: (time, stepMs) => (stepMs < 60_000 ? clockTime(time) : minuteTime(time)),
      },
      ink.current.palette,
      ink.current.ink,
    );
  }, [day, view, at, now, width, height, look, hover, props.selected]);

  useGestures(canvas, latest, { clock, onView, onSeek, onHover: setHover });

  const loss =
    hover === null
      ? undefined
      : day.cameras[hover.row]?.losses.find((one) => one.from <= hover.at && hover.at <= one.to);
  const clip = hover === null ? undefined : clipAt(day.cameras[hover.row]?.clips ?? [], hover.at);
  const place = hover === null ? 0 : xOf(hover.at, view, width);
  return (
    <div class={styles.track} ref={box} style={{ height: `${height}px` }}>
      <div
        class={styles.slider}
        role="slider"
        tabIndex={0}
        aria-label={words.slider}
        aria-valuemin={0}
        aria-valuemax={Math.round((day.to - day.from) / 1000)}
        aria-valuenow={Math.round((at - day.from) / 1000)}
        aria-valuetext={clockTime(at)}
        onKeyDown={(event) => {
          const jumps: Readonly<Record<string, () => void>> = {
            ArrowLeft: () => onJump(-1),
            ArrowRight: () => onJump(1),
            ArrowDown: () => onSeek(Math.max(day.from, at - 10_000), null),
            ArrowUp: () => onSeek(Math.min(day.to, at + 10_000), null),
            PageDown: () => onSeek(Math.max(day.from, at - 600_000), null),
            PageUp: () => onSeek(Math.min(day.to, at + 600_000), null),
            Home: () => onSeek(day.from, null),
            End: () => onSeek(Math.min(day.to, now), null),
          };
          const jump = Object.hasOwn(jumps, event.key) ? jumps[event.key] : undefined;
          if (jump === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
          event.preventDefault();
          jump();
        }}
      >
        <canvas ref={canvas} class={styles.canvas} style={{ width: `${width}px`, height: `${height}px` }} />
      </div>
      {day.cameras.map((camera, row) => (
        <span
          key={camera.id}
          class={styles.rowName}
          data-selected={camera.id === props.selected ? 'true' : undefined}
          style={{ top: `${axisHeight + row * rowHeight + 3}px` }}
        >
          {camera.name}
        </span>
      ))}
      {clip === undefined ? null : (
        <span class={styles.peek} style={peekPlace(box.current, place)}>
          <ClipPicture clip={clip.id} files={props.files} class={undefined} />
        </span>
      )}
      {hover === null ? null : (
        <span class={styles.hover} style={{ left: `${Math.min(Math.max(place, 60), width - 60)}px` }}>
          {clockTime(hover.at)}
          {loss === undefined ? '' : ` · ${words.losses[loss.reason] ?? loss.reason}`}
        </span>
      )}
    </div>
  );
}

const peekWidth = 192;

/** Above the track, which cuts off what stands out of it: so by the window. */
function peekPlace(track: HTMLElement | null, x: number): { left: string; bottom: string; width: string } {
  const { left = 0, top = 0, width = 0 } = track?.getBoundingClientRect() ?? {};
  const middle = Math.min(Math.max(x, peekWidth / 2), width - peekWidth / 2);
  return {
    left: `${left + middle - peekWidth / 2}px`,
    bottom: `${window.innerHeight - top + 4}px`,
    width: `${peekWidth}px`,
  };
}

interface Gestures extends Pick<TrackProps, 'clock' | 'onView' | 'onSeek'> {
  readonly onHover: (hover: { at: number; row: number } | null) => void;
}

function useGestures(
  canvas: { readonly current: HTMLCanvasElement | null },
  latest: { readonly current: { readonly view: View; readonly day: Day; readonly width: number } },
  gestures: Gestures,
): void {
  const handlers = useRef(gestures);
  handlers.current = gestures;
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const stop = new AbortController();
    const { signal } = stop;
    const pointers = new Map<number, { x: number; y: number }>();
    let mode: 'none' | 'press' | 'move' | 'scrub' | 'pinch' = 'none';
    let started = { x: 0, y: 0 };
    let last = { x: 0, time: 0 };
    let speed = 0;
    let momentum = 0;
    const place = (event: PointerEvent | WheelEvent): { x: number; y: number } => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const timeAt = (x: number): number => {
      const { view, day, width } = latest.current;
      return Math.min(Math.max(atOf(x, view, width), day.from), day.to);
    };
    const rowAt = (y: number): number => Math.floor((y - axisHeight) / rowHeight);
    const shift = (px: number): void => {
      const { view, day, width } = latest.current;
      handlers.current.onView(moved(view, (-px / Math.max(1, width)) * (view.to - view.from), day));
    };

    element.addEventListener(
      'pointerdown',
      (event) => {
        if (event.button !== 0) return;
        cancelAnimationFrame(momentum);
        element.setPointerCapture(event.pointerId);
        const spot = place(event);
        pointers.set(event.pointerId, spot);
        handlers.current.onHover(null);
        if (pointers.size === 2) {
          mode = 'pinch';
          return;
        }
        const { view, width } = latest.current;
        const handle = xOf(handlers.current.clock.at.value, view, width);
        mode = Math.abs(spot.x - handle) <= nearPx ? 'scrub' : 'press';
        started = spot;
        last = { x: spot.x, time: event.timeStamp };
        speed = 0;
      },
      { signal },
    );
    element.addEventListener(
      'pointermove',
      (event) => {
        const spot = place(event);
        const before = pointers.get(event.pointerId);
        if (before === undefined) {
          if (event.pointerType === 'mouse') handlers.current.onHover({ at: timeAt(spot.x), row: rowAt(spot.y) });
          return;
        }
        if (mode === 'pinch') {
          const [a, b] = [...pointers.values()];
          pointers.set(event.pointerId, spot);
          const [c, d] = [...pointers.values()];
          if (a === undefined || b === undefined || c === undefined || d === undefined) return;
          const was = Math.max(8, Math.abs(a.x - b.x));
          const is = Math.max(8, Math.abs(c.x - d.x));
          const { view, day } = latest.current;
          handlers.current.onView(zoomed(view, was / is, timeAt((c.x + d.x) / 2), day));
          return;
        }
        pointers.set(event.pointerId, spot);
        if (mode === 'press' && Math.abs(spot.x - started.x) > 5) {
          const { view, day } = latest.current;
          // The whole day has nowhere to go: then the finger leads the picture.
          mode = view.to - view.from >= day.to - day.from - 1 ? 'scrub' : 'move';
        }
        if (mode === 'scrub') handlers.current.onSeek(timeAt(spot.x), null);
        if (mode === 'move') {
          shift(spot.x - last.x);
          const passed = Math.max(1, event.timeStamp - last.time);
          speed = 0.6 * speed + 0.4 * ((spot.x - last.x) / passed);
        }
        last = { x: spot.x, time: event.timeStamp };
      },
      { signal },
    );
    const end = (event: PointerEvent): void => {
      if (!pointers.delete(event.pointerId)) return;
      const spot = place(event);
      if (mode === 'press' && event.type === 'pointerup') {
        const row = rowAt(started.y);
        handlers.current.onSeek(timeAt(spot.x), latest.current.day.cameras[row]?.id ?? null);
      }
      if (mode === 'move' && !matchMedia('(prefers-reduced-motion: reduce)').matches) coast();
      if (pointers.size === 0) mode = 'none';
    };
    const coast = (): void => {
      if (Math.abs(speed) < 0.02) return;
      shift(speed * 16);
      speed *= 0.94;
      momentum = requestAnimationFrame(coast);
    };
    element.addEventListener('pointerup', end, { signal });
    element.addEventListener('pointercancel', end, { signal });
    element.addEventListener('pointerleave', () => handlers.current.onHover(null), { signal });
    element.addEventListener(
      'wheel',
      (event) => {
        const sideways = event.shiftKey ? event.deltaY : event.deltaX;
        if (event.ctrlKey || event.metaKey) {
          event.preventDefault();
          const { view, day } = latest.current;
          handlers.current.onView(zoomed(view, Math.exp(event.deltaY * 0.004), timeAt(place(event).x), day));
        } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
          event.preventDefault();
          shift(-sideways);
        }
      },
      { signal, passive: false },
    );
    return () => {
      stop.abort();
      cancelAnimationFrame(momentum);
    };
  }, [canvas, latest]);
}

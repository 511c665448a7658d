/** Wheel, two fingers and dragging on the enlarged picture; `reset` shows it whole again. */
import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Zoom } from './zoom.ts';
import { draggedBy, whole, zoomedBy } from './zoom.ts';

export function useZoom(
  ref: RefObject<HTMLElement | null>,
  on: boolean,
): { zoom: Zoom; by: (factor: number) => void; reset: () => void } {
  const [zoom, setZoom] = useState<Zoom>(whole);
  useEffect(() => {
    const element = ref.current;
    setZoom(whole);
    if (!on || element === null) return;
    const stop = new AbortController();
    const { signal } = stop;
    const pointers = new Map<number, { x: number; y: number }>();
    const share = (x: number, y: number): { x: number; y: number } => {
      const box = element.getBoundingClientRect();
      return { x: (x - box.left) / box.width - 0.5, y: (y - box.top) / box.height - 0.5 };
    };
    element.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        const at = share(event.clientX, event.clientY);
        setZoom((before) => zoomedBy(before, Math.exp(-event.deltaY * 0.003), at));
      },
      { signal, passive: false },
    );
    element.addEventListener('dblclick', () => setZoom(whole), { signal });
    element.addEventListener(
      'pointerdown',
      (event) => {
        if (event.target instanceof Element && event.target.closest('button') !== null) return;
        pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      },
      { signal },
    );
    element.addEventListener(
      'pointermove',
      (event) => {
        const before = pointers.get(event.pointerId);
        if (before === undefined) return;
        const now = { x: event.clientX, y: event.clientY };
        const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
        pointers.set(event.pointerId, now);
        if (other === undefined) {
          const box = element.getBoundingClientRect();
          const by = { x: (now.x - before.x) / box.width, y: (now.y - before.y) / box.height };
          setZoom((one) => draggedBy(one, by));
          return;
        }
        const was = Math.max(8, Math.hypot(before.x - other.x, before.y - other.y));
        const is = Math.max(8, Math.hypot(now.x - other.x, now.y - other.y));
        const at = share((now.x + other.x) / 2, (now.y + other.y) / 2);
        setZoom((one) => zoomedBy(one, is / was, at));
      },
      { signal },
    );
    for (const type of ['pointerup', 'pointercancel', 'pointerleave'] as const)
      element.addEventListener(type, (event) => pointers.delete(event.pointerId), { signal });
    return () => stop.abort();
  }, [ref, on]);
  return {
    zoom,
    by: (factor) => setZoom((before) => zoomedBy(before, factor, { x: 0, y: 0 })),
    reset: () => setZoom(whole),
  };
}

/** Small hooks that any page may need. */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The element's content size in CSS pixels, 0 × 0 until it was laid out. */
export function useSize<T extends HTMLElement>(): [RefObject<T | null>, Size] {
  const ref = useRef<T>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver((entries) => {
      const box = entries.at(-1)?.contentRect;
      if (box !== undefined) setSize({ width: box.width, height: box.height });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}

/** Runs `action` for keys pressed anywhere on the page but in fields, buttons' own keys and dialogs. */
export function useKeys(actions: Readonly<Record<string, () => void>>): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest('input, select, textarea, video') !== null) return;
      const action = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined;
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

/** True once nothing was pointed at, touched or typed for `afterMs`. Only while `on`. */
export function useIdle(on: boolean, afterMs: number): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    if (!on) {
      setIdle(false);
      return;
    }
    let timer: ReturnType<typeof setTimeout>;
    const wake = (): void => {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(() => setIdle(true), afterMs);
    };
    const stop = new AbortController();
    for (const type of ['pointermove', 'pointerdown', 'keydown', 'focusin'])
      document.addEventListener(type, wake, { signal: stop.signal, passive: true });
    wake();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [on, afterMs]);
  return idle;
}

/** Whether `element` fills the screen, and a function that changes that. */
export function useFullscreen<T extends HTMLElement>(): [RefObject<T | null>, boolean, () => void] {
  const ref = useRef<T>(null);
  const [on, setOn] = useState(false);
  useEffect(() => {
    const onChange = (): void =>
      setOn(document.fullscreenElement !== null && document.fullscreenElement === ref.current);
    document.addEventListener('fullscreenchange', onChange);
    return () => document.removeEventListener('fullscreenchange', onChange);
  }, []);
  const toggle = (): void => {
    const change = document.fullscreenElement === null ? ref.current?.requestFullscreen() : document.exitFullscreen();
    // Refused where the browser wants a touch first, or on phones that know it for video alone.
    change?.catch(() => undefined);
  };
  return [ref, on, toggle];
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · SentriX`;
  }, [title]);
}

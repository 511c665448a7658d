/** Binds a camera to a pair of canvases for as long as a component stands; tells the worker their size and whether they are seen. */
import type { ReadonlySignal } from '@preact/signals';
import { effect, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { LiveClient, LiveView } from './live-client.ts';

export interface LiveCanvases {
  readonly picture: RefObject<HTMLCanvasElement | null>;
  readonly overlay: RefObject<HTMLCanvasElement | null>;
  /** null until the canvases are lent. */
  readonly view: ReadonlySignal<LiveView | null>;
}

export function useLiveView(client: LiveClient, camera: string, stream: 'main' | 'sub'): LiveCanvases {
  const picture = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const view = useSignal<LiveView | null>(null);
  const first = useRef(stream);
  useEffect(() => {
    const canvas = picture.current;
    if (canvas === null || overlay.current === null) return;
    const attached = client.attach(camera, canvas, overlay.current);
    attached.choose(first.current);
    const sizes = new ResizeObserver((entries) => {
      const box = entries.at(-1)?.contentRect;
      if (box !== undefined) attached.resize(box.width, box.height, devicePixelRatio);
    });
    // A hidden tile has no box and so doesn't intersect: `hidden` is enough to stop its video.
    const sight = new IntersectionObserver((entries) => attached.watch(entries.at(-1)?.isIntersecting === true));
    sizes.observe(overlay.current);
    sight.observe(canvas);
    // When the picture on the canvas was captured: for tests and for whoever inspects.
    const stop = effect(() => {
      const shown = attached.picture.value;
      if (shown !== null) canvas.dataset.at = String(shown.at);
    });
    view.value = attached;
    return () => {
      stop();
      sizes.disconnect();
      sight.disconnect();
      attached.dispose();
    };
    // A canvas can be lent once: whoever shows another camera gives the component another key.
  }, [client, camera]);
  useEffect(() => {
    first.current = stream;
    view.peek()?.choose(stream);
  }, [stream, view]);
  return { picture, overlay, view };
}

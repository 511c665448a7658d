/** A closer look at the enlarged picture: how much larger it is drawn, and which part of it lies in the middle. */
export interface Zoom {
  readonly scale: number;
  /** Of the picture's width and height, from its middle; 0 shows the middle. */
  readonly x: number;
  readonly y: number;
}

export const whole: Zoom = { scale: 1, x: 0, y: 0 };
const largest = 8;

/** @param at where in the tile it is to stay, -0.5 to 0.5 from its middle */
export function zoomedBy(zoom: Zoom, factor: number, at: { readonly x: number; readonly y: number }): Zoom {
  const scale = Math.min(largest, Math.max(1, zoom.scale * factor));
  return kept({
    scale,
    x: zoom.x + at.x / zoom.scale - at.x / scale,
    y: zoom.y + at.y / zoom.scale - at.y / scale,
  });
}

/** @param by share of the tile that the hand has moved */
export function draggedBy(zoom: Zoom, by: { readonly x: number; readonly y: number }): Zoom {
  return kept({ ...zoom, x: zoom.x - by.x / zoom.scale, y: zoom.y - by.y / zoom.scale });
}

export function transformOf(zoom: Zoom): string {
  return zoom.scale === 1 ? 'none' : `scale(${zoom.scale}) translate(${-zoom.x * 100}%, ${-zoom.y * 100}%)`;
}

/** Never past the picture's edge. */
function kept({ scale, x, y }: Zoom): Zoom {
  const room = (1 - 1 / scale) / 2;
  const within = (value: number): number => Math.min(room, Math.max(-room, value));
  return { scale, x: within(x), y: within(y) };
}

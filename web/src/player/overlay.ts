/** Draws boxes over the picture: on a canvas of device pixels, so that lines stay sharp whatever the camera sends. */
import type { BoxMessage } from '../../../src/wire/live.ts';
import { messages } from '../messages/messages.ts';
import type { ClassGroup } from '../ui/class-group.ts';
import { classGroup } from '../ui/class-group.ts';
import type { Rect } from './fit.ts';

// The dark theme's class colours: on video the ground is the video, not the theme.
const colors: Readonly<Record<ClassGroup, string>> = {
  person: '#ffb454',
  vehicle: '#62b0ff',
  animal: '#c9a3ff',
  other: '#b6c2ca',
};
const ink = '#0b0f12';

/** Draws `objects` with the picture lying at `picture`; all in device pixels, `pixelRatio` of them a CSS pixel. */
export function drawBoxes(
  context: OffscreenCanvasRenderingContext2D,
  objects: readonly BoxMessage[],
  picture: Rect,
  pixelRatio: number,
): void {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  context.lineJoin = 'round';
  for (const object of objects) {
    const color = colors[classGroup(object.class)];
    const box = place(object.box, picture);
    context.strokeStyle = 'rgb(0 0 0 / 60%)';
    context.lineWidth = 4 * pixelRatio;
    context.strokeRect(box.x, box.y, box.width, box.height);
    context.strokeStyle = color;
    context.lineWidth = 2 * pixelRatio;
    context.strokeRect(box.x, box.y, box.width, box.height);
    drawLabel(context, object, box, color, picture, pixelRatio);
  }
}

function drawLabel(
  context: OffscreenCanvasRenderingContext2D,
  object: BoxMessage,
  box: Rect,
  color: string,
  picture: Rect,
  pixelRatio: number,
): void {
  // Small pictures get the box alone: a chip would hide what it names.
  if (picture.width < 260 * pixelRatio) return;
  const text = `${messages.classTitle([object.class])} ${Math.round(object.confidence * 100)} %`;
  context.font = `600 ${12 * pixelRatio}px 'Inter Variable', system-ui, sans-serif`;
  context.textBaseline = 'middle';
  const height = 20 * pixelRatio;
  const width = context.measureText(text).width + 12 * pixelRatio;
  const x = Math.max(picture.x, Math.min(box.x - pixelRatio, picture.x + picture.width - width));
  const above = box.y - height - 2 * pixelRatio;
  const y = above >= picture.y ? above : box.y + 3 * pixelRatio;
  context.fillStyle = color;
  context.beginPath();
  context.roundRect(x, y, width, height, 4 * pixelRatio);
  context.fill();
  context.fillStyle = ink;
  context.fillText(text, x + 6 * pixelRatio, y + height / 2 + pixelRatio / 2);
}

/** From 0..1 of the picture to device pixels, cut at the picture's edges. */
function place(box: BoxMessage['box'], picture: Rect): Rect {
  const [x, y, width, height] = box;
  const cut = (value: number): number => Math.min(1, Math.max(0, value));
  const [left, top, right, bottom] = [cut(x), cut(y), cut(x + width), cut(y + height)];
  return {
    x: picture.x + left * picture.width,
    y: picture.y + top * picture.height,
    width: Math.max(0, right - left) * picture.width,
    height: Math.max(0, bottom - top) * picture.height,
  };
}

/** Pictures of an event that are kept beside its clip, from frames that were decoded anyway; by libvips on its threads. */
import type { Frame } from './frame.ts';

type Picture = Pick<Frame, 'data' | 'width' | 'height'>;

const cropWidth = 320;
/** Room round the object, of its longer side. */
const margin = 0.25;
/** Width / height of a crop at least, so that a list of people isn't one of towers. */
const leastAspect = 4 / 3;
const previewWidth = 240;
const previewDelayMs = 250;

/** What to cut out, in pixels: the box with some room, inside the picture. `box`: left, top, width, height, 0..1. */
export function cropArea(
  { width, height }: Pick<Picture, 'width' | 'height'>,
  box: readonly [number, number, number, number],
): { readonly left: number; readonly top: number; readonly width: number; readonly height: number } {
  const room = 2 * margin * Math.max(box[2] * width, box[3] * height);
  const tall = Math.min(height, Math.max(32, Math.round(box[3] * height + room)));
  const wide = Math.min(width, Math.max(Math.round(box[2] * width + room), Math.round(tall * leastAspect)));
  const place = (centre: number, size: number, whole: number) =>
    Math.min(whole - size, Math.max(0, Math.round(centre - size / 2)));
  const left = place((box[0] + box[2] / 2) * width, wide, width);
  const top = place((box[1] + box[3] / 2) * height, tall, height);
  return { left, top, width: wide, height: tall };
}

/** JPEG of the object with a little of what is around it, at most 320 pixels wide. */
export async function frameToCrop(frame: Picture, box: readonly [number, number, number, number]): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const raw = { width: frame.width, height: frame.height, channels: 3 } as const;
  return await sharp(frame.data, { raw })
    .extract(cropArea(frame, box))
    .resize({ width: cropWidth, withoutEnlargement: true })
    .jpeg({ quality: 80 })
    .toBuffer();
}

/** Animated WebP that goes round for ever, four pictures a second. All frames are of one size; one at least. */
export async function framesToWebp(frames: readonly Picture[]): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const [{ width, height }] = frames as readonly [Picture, ...Picture[]];
  const data = Buffer.concat(frames.map((frame) => frame.data));
  const raw = { width, height: height * frames.length, channels: 3, pageHeight: height } as const;
  return await sharp(data, { raw })
    .webp({ quality: 60, effort: 2, loop: 0, delay: frames.map(() => previewDelayMs) })
    .toBuffer();
}

/** A smaller copy, at most 240 pixels wide: each point is the mean of four. Under a millisecond. */
export function shrunk(frame: Picture): Picture {
  const step = Math.max(1, frame.width / previewWidth);
  const width = Math.max(1, Math.floor(frame.width / step));
  const height = Math.max(1, Math.floor(frame.height / step));
  const data = new Uint8Array(width * height * 3);
  const half = Math.floor(step / 2);
  const row = frame.width * 3;
  let target = 0;
  for (let y = 0; y < height; y++) {
    const upper = Math.min(frame.height - 1 - half, Math.floor(y * step)) * row;
    for (let x = 0; x < width; x++) {
      const from = upper + Math.min(frame.width - 1 - half, Math.floor(x * step)) * 3;
      for (let channel = from; channel < from + 3; channel++) {
        const right = channel + half * 3;
        const sum =
          frame.data[channel]! +
          frame.data[right]! +
          frame.data[channel + half * row]! +
          frame.data[right + half * row]!;
        data[target++] = sum >> 2;
      }
    }
  }
  return { data, width, height };
}

/** Thumbnails: a frame as a JPEG image, by libvips on its own threads. */
import type { Frame } from './frame.ts';

/** JPEG (4:2:0, quality 80) of the frame's size, without metadata. Doesn't block; a few milliseconds of another thread. */
export async function frameToJpeg(frame: Pick<Frame, 'data' | 'width' | 'height'>): Promise<Uint8Array> {
  // libvips is 15 MB that a system without pictures to store does well without.
  const { default: sharp } = await import('sharp');
  const raw = { width: frame.width, height: frame.height, channels: 3 } as const;
  return await sharp(frame.data, { raw }).jpeg({ quality: 80 }).toBuffer();
}

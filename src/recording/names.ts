/** Names of recordings as they are asked for over HTTP; on the disk `.age` follows. Days and times are UTC. */
import type { CameraId, RecordingId } from '../base/ids.ts';

/** `front-door/2026/11/24/210000-17.mp4` */
export function clipName(camera: CameraId, startAt: number, id: RecordingId): string {
  const [date, time] = new Date(startAt).toISOString().split('T') as [string, string];
  return `${camera}/${date.replaceAll('-', '/')}/${time.slice(0, 8).replaceAll(':', '')}-${id}.mp4`;
}

/** What people said of the clip: labels, note and hold. */
export function factsName(clip: string): string {
  return clip.replace(/\.mp4$/, '.facts');
}

export function thumbnailName(clip: string): string {
  return clip.replace(/\.mp4$/, '.jpg');
}

/** What may stand beside a thumbnail: the object alone, and a few moving pictures. */
export function picturesBeside(thumbnail: string): { readonly crop: string; readonly preview: string } {
  const stem = thumbnail.replace(/\.jpg$/, '');
  return { crop: `${stem}-crop.jpg`, preview: `${stem}.webp` };
}

/** The thumbnail beside which a picture of this name stands, if it may be one. */
export function thumbnailOf(name: string): string | undefined {
  return name.match(/^(.+?)(?:-crop\.jpg|\.webp)$/)?.[1]?.concat('.jpg');
}

/** Branded ids, so that two strings or numbers can't be swapped. Made by these parsers or by the database only. */
import { Problem } from './problem.ts';

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** A camera's slug, `[a-z0-9-]{1,64}`, in URLs, `feed` and `stream_id`. Never reused. */
export type CameraId = Branded<string, 'CameraId'>;
export type AccountId = Branded<number, 'AccountId'>;
/** One recorded file. The same number stands in the file's name. */
export type RecordingId = Branded<number, 'RecordingId'>;
/** One visit. */
export type EventId = Branded<number, 'EventId'>;

const slug = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

export function isCameraId(text: string): text is CameraId {
  return slug.test(text);
}

export function parseCameraId(text: string): CameraId {
  if (isCameraId(text)) return text;
  throw new Problem('camera/bad-id', 'a camera id is 1 to 64 of a-z, 0-9 and inner hyphens', { status: 422 });
}

/** The slug of a display name or path: `video/Front Döor` becomes `front-door`. Empty where nothing is left. */
export function slugOf(name: string): string {
  return name
    .replace(/^video\//, '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replace(/^-+|-+$/g, '');
}

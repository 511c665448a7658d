/**
 * Where objects are in the frame that is on the screen. The detector sees a few frames a second and its boxes come
 * after those frames were drawn, for live view doesn't wait. So each object track keeps its last sightings, and a frame
 * gets the position between two of them, or, past the newest, the position carried on at their speed for a moment.
 */
import type { BoxMessage } from '../../../src/wire/live.ts';

/** How far a movement is carried on past the newest sighting, ms. Longer and boxes run off where people turn. */
const carryMs = 400;
/** Sightings this long before the newest tell the speed; two alone would carry on the detector's trembling. */
const speedMs = 900;
/** Less than this between sightings tells no speed. */
const shortestMs = 120;
/** Without a newer sighting a box goes after this, ms; later where the detector is slow, so that boxes don't flicker. */
const forgetMs = 1200;
const forgetSlowMs = 3000;
const maxTracks = 128;
const maxSightings = 8;
/** A box that ends so near to the picture's edge is cut off there: that end of it tells no movement. */
const edge = 0.01;

interface Sighting {
  readonly at: number;
  readonly object: BoxMessage;
}

/** Oldest first, never empty. */
type Track = Sighting[];

export class BoxTracks {
  readonly #tracks = new Map<number, Track>();
  #newestAt = Number.NEGATIVE_INFINITY;

  /** What the detector saw in the frame captured at `at` (UTC ms). Older than what is known is left out. */
  add(at: number, objects: readonly BoxMessage[]): void {
    if (at < this.#newestAt) return;
    this.#newestAt = at;
    const seen = new Set<number>();
    for (const object of objects) {
      seen.add(object.track);
      const known = this.#tracks.get(object.track);
      if (known === undefined) {
        if (this.#tracks.size < maxTracks) this.#tracks.set(object.track, [{ at, object }]);
        continue;
      }
      if (known.at(-1)!.at === at) known.pop();
      known.push({ at, object });
      if (known.length > maxSightings) known.shift();
    }
    // The detector looked and the object wasn't there: no reason to wait for the time-out.
    for (const track of this.#tracks.keys()) if (!seen.has(track)) this.#tracks.delete(track);
  }

  /** The objects in the frame captured at `at`, positions 0..1 of the picture. */
  at(at: number): BoxMessage[] {
    const objects: BoxMessage[] = [];
    for (const track of this.#tracks.values()) {
      const last = track.at(-1)!;
      const gap = last.at - (track.at(-2)?.at ?? last.at);
      if (at - last.at > Math.min(forgetSlowMs, Math.max(forgetMs, 3 * gap))) continue;
      objects.push({ ...last.object, box: at < last.at ? between(track, at) : carried(track, at) });
    }
    return objects;
  }

  clear(): void {
    this.#tracks.clear();
    this.#newestAt = Number.NEGATIVE_INFINITY;
  }
}

function between(track: Track, at: number): BoxMessage['box'] {
  const next = track.findIndex((sighting) => sighting.at > at);
  const before = track[next - 1];
  const after = track[next]!;
  if (before === undefined) return after.object.box;
  const ratio = (at - before.at) / (after.at - before.at);
  const [x0, y0, w0, h0] = before.object.box;
  const [x1, y1, w1, h1] = after.object.box;
  return [x0 + (x1 - x0) * ratio, y0 + (y1 - y0) * ratio, w0 + (w1 - w0) * ratio, h0 + (h1 - h0) * ratio];
}

function carried(track: Track, at: number): BoxMessage['box'] {
  const last = track.at(-1)!;
  const first = track.find((sighting) => last.at - sighting.at <= speedMs)!;
  const [x, y, width, height] = last.object.box;
  const span = last.at - first.at;
  if (span < shortestMs) return last.object.box;
  const share = Math.min(at - last.at, carryMs) / span;
  const [x0, y0, width0, height0] = first.object.box;
  return [x + moved(x0, width0, x, width) * share, y + moved(y0, height0, y, height) * share, width, height];
}

/** How far something moved along one axis: by its middle, or, while one end of it is out of the picture, by the other. */
function moved(start0: number, size0: number, start: number, size: number): number {
  const startIsCut = Math.min(start0, start) <= edge;
  const endIsCut = Math.max(start0 + size0, start + size) >= 1 - edge;
  if (startIsCut && endIsCut) return 0;
  if (startIsCut) return start + size - (start0 + size0);
  if (endIsCut) return start - start0;
  return start + size / 2 - (start0 + size0 / 2);
}

/** How many of each class, most first: `[['person', 2], ['dog', 1]]`. */
export function countByClass(objects: readonly { readonly class: string }[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const object of objects) counts.set(object.class, (counts.get(object.class) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

/**
 * Where objects are in the frame that is on the screen. The detector sees a few frames a second and its boxes come
 * after those frames were drawn, for live view doesn't wait. So each object track keeps its last two sightings, and a
 * frame gets the position between them, or, past the newer one, the position carried on at the same speed for a moment.
 */
import type { BoxMessage } from '../../../src/wire/live.ts';

/** How far a movement is carried on past the newest sighting, ms. Longer and boxes run off where people turn. */
const carryMs = 400;
/** Without a newer sighting a box goes after this, ms. */
const forgetMs = 1200;
const maxTracks = 128;

interface Sighting {
  readonly at: number;
  readonly object: BoxMessage;
}

export class BoxTracks {
  readonly #tracks = new Map<number, { before: Sighting | undefined; last: Sighting }>();
  #newestAt = Number.NEGATIVE_INFINITY;

  /** What the detector saw in the frame captured at `at` (UTC ms). Older than what is known is left out. */
  add(at: number, objects: readonly BoxMessage[]): void {
    if (at < this.#newestAt) return;
    this.#newestAt = at;
    const seen = new Set<number>();
    for (const object of objects) {
      seen.add(object.track);
      const known = this.#tracks.get(object.track);
      if (known === undefined && this.#tracks.size >= maxTracks) continue;
      this.#tracks.set(object.track, { before: known?.last, last: { at, object } });
    }
    // The detector looked and the object wasn't there: no reason to wait for the time-out.
    for (const track of this.#tracks.keys()) if (!seen.has(track)) this.#tracks.delete(track);
  }

  /** The objects in the frame captured at `at`, positions 0..1 of the picture. */
  at(at: number): BoxMessage[] {
    const objects: BoxMessage[] = [];
    for (const { before, last } of this.#tracks.values()) {
      if (at - last.at > forgetMs) continue;
      objects.push({ ...last.object, box: position(before, last, at) });
    }
    return objects;
  }

  clear(): void {
    this.#tracks.clear();
    this.#newestAt = Number.NEGATIVE_INFINITY;
  }
}

function position(before: Sighting | undefined, last: Sighting, at: number): BoxMessage['box'] {
  if (before === undefined || before.at === last.at) return last.object.box;
  const time = Math.max(before.at, Math.min(at, last.at + carryMs));
  const ratio = (time - before.at) / (last.at - before.at);
  const [x0, y0, w0, h0] = before.object.box;
  const [x1, y1, w1, h1] = last.object.box;
  // The size is only taken between sightings: carried on, a shrinking box would turn inside out.
  const inside = Math.min(1, ratio);
  return [x0 + (x1 - x0) * ratio, y0 + (y1 - y0) * ratio, w0 + (w1 - w0) * inside, h0 + (h1 - h0) * inside];
}

/** How many of each class, most first: `[['person', 2], ['dog', 1]]`. */
export function countByClass(objects: readonly { readonly class: string }[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const object of objects) counts.set(object.class, (counts.get(object.class) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

/**
 * Zones and lines of one camera: what an object must do, and where, to be a visit. An object stands where the middle of
 * its lower edge is, for feet and wheels are on the ground that the zone was drawn on.
 *
 * - `enter`: it is inside, whether it came in or was first seen there; it counts while it is inside.
 * - `stay`: it has been inside for longer than `staySeconds`; it counts while it still is.
 * - `leave`: it was inside and is outside now; that is a moment, and counts for `momentMs`.
 * - `cross`: its way went over the line, in the direction asked for; a moment as well.
 *
 * Nobody is outside before `edgeMs` have passed: boxes sway, and feet on an edge would come and go.
 */
import type { TrackedObject, TrackUpdate } from '../detection/frame-analysis.ts';
import { expandClasses } from '../detection/labels.ts';
import type { Point, Polygon } from '../detection/polygon.ts';
import { contains, crossing } from '../detection/polygon.ts';

export interface ZoneOptions {
  readonly name: string;
  /** An area's corners, or the line's for `cross`. */
  readonly points: Polygon;
  /** Classes and groups; empty: all. */
  readonly classes: readonly string[];
  readonly trigger: 'enter' | 'leave' | 'stay' | 'cross';
  /** For `stay`. */
  readonly staySeconds: number;
  /** For `cross`, as seen from the line's first point. */
  readonly direction: 'any' | 'to_left' | 'to_right';
  /** Whether it counts at a time (UTC ms); left out: always. */
  readonly active?: (at: number) => boolean;
}

/** What zones say of an object. */
export interface ZoneSight {
  /** Zones in which it did what they ask for, in the order of the configuration. */
  readonly names: readonly string[];
  /** When it first did, UTC ms. */
  readonly since: number;
  /** It counts for what was seen of it up to then. */
  readonly until: number;
}

const edgeMs = 600;
const momentMs = 3000;

interface Presence {
  /** Inside since; undefined: outside. */
  since: number | undefined;
  insideAt: number;
  at: Point;
}

interface Known {
  readonly presences: Map<number, Presence>;
  readonly done: Set<number>;
  since: number;
  until: number;
}

interface Zone extends ZoneOptions {
  readonly accepts: ReadonlySet<string> | undefined;
}

export class Zones {
  readonly #zones: readonly Zone[];
  readonly #known = new Map<number, Known>();

  constructor(zones: readonly ZoneOptions[]) {
    this.#zones = zones.map((zone) => ({
      ...zone,
      accepts: zone.classes.length === 0 ? undefined : expandClasses(zone.classes),
    }));
  }

  /** Takes the objects of a frame, in the order of time. */
  see(update: TrackUpdate): void {
    for (const one of update.objects) if (one.confirmed && one.lastAt === update.at) this.#place(one);
    const here = new Set([...update.objects, ...update.ended].map((one) => one.track));
    for (const track of this.#known.keys()) if (!here.has(track)) this.#known.delete(track);
  }

  /** Undefined for an object that has done nothing in any zone. */
  of(track: number): ZoneSight | undefined {
    const known = this.#known.get(track);
    if (known === undefined || known.done.size === 0) return undefined;
    const names = this.#zones.filter((_, index) => known.done.has(index)).map((zone) => zone.name);
    return { names, since: known.since, until: known.until };
  }

  #place(one: TrackedObject): void {
    const [x, y] = one.path.at(-1)!;
    const known = this.#known.get(one.track) ?? { presences: new Map(), done: new Set(), since: 0, until: 0 };
    this.#known.set(one.track, known);
    for (const [index, zone] of this.#zones.entries()) {
      if (zone.accepts?.has(one.class) === false || zone.active?.(one.lastAt) === false) continue;
      const until = visited(zone, known.presences, index, [x, y], one);
      if (until === undefined) continue;
      if (known.done.size === 0) known.since = one.lastAt;
      known.done.add(index);
      known.until = Math.max(known.until, until);
    }
  }
}

/** Until when the object counts for this zone, if it does. */
function visited(
  zone: Zone,
  presences: Map<number, Presence>,
  index: number,
  point: Point,
  { lastAt: at, path }: TrackedObject,
): number | undefined {
  const before = presences.get(index);
  if (zone.trigger === 'cross') {
    presences.set(index, { since: undefined, insideAt: at, at: point });
    // Not confirmed until its second box, it may have crossed before.
    const from = before?.at ?? [path[0]![0], path[0]![1]];
    const way = crossing(zone.points, from, point);
    return way !== undefined && (zone.direction === 'any' || zone.direction === way) ? at + momentMs : undefined;
  }
  const presence: Presence = before ?? { since: undefined, insideAt: at, at: point };
  presences.set(index, presence);
  presence.at = point;
  if (contains(zone.points, point)) {
    presence.since ??= at;
    presence.insideAt = at;
    if (zone.trigger === 'enter') return at;
    return zone.trigger === 'stay' && at - presence.since > zone.staySeconds * 1000 ? at : undefined;
  }
  if (presence.since === undefined || at - presence.insideAt < edgeMs) return undefined;
  presence.since = undefined;
  return zone.trigger === 'leave' ? at + momentMs : undefined;
}

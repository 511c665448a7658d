/**
 * Follows objects from frame to frame (after ByteTrack, Zhang et al. 2021): a Kalman filter says where each should be,
 * boxes of good confidence are given to the objects known well, then weak boxes keep those alive that got none, and
 * what is left goes to objects seen once, or begins one. Best pairs first: with five frames a second and a dozen
 * objects the cheapest assignment of all differs from that in crowds only. A near box of like size counts as well as an
 * overlapping one, for a runner's boxes don't overlap.
 *
 * An object is *confirmed* by its second box and *moving* once its centre has gone a quarter of its own height: that
 * keeps rocks, posters and coats out, which are found in every frame and never move. What stood still and was lost
 * (a car behind a bus) is known again at its place for an hour, and still hasn't moved.
 *
 * Age is counted in looks as well as in time: where the model is behind, nobody has seen that the object is gone.
 */
import type { Box, Detection } from './detection.ts';
import { overlap } from './detection.ts';
import { KalmanBox } from './kalman-box.ts';
import type { Thresholds } from './labels.ts';
import { trackingGroup } from './labels.ts';

/** Where an object stood: the middle of its lower edge, 0..1 of the picture, and when (UTC ms). */
export type PathPoint = readonly [x: number, y: number, at: number];

export interface ObjectTrack {
  /** Number of the object, unique for its camera since the start. */
  readonly track: number;
  /** The vote among the classes seen, weighted by confidence. */
  readonly class: string;
  /** Of the newest box, 0..1. */
  readonly confidence: number;
  /** The highest so far. */
  readonly bestConfidence: number;
  /** Steadied: what the filter makes of the boxes so far. */
  readonly box: Box;
  /** The way it went, at most `maxPath` points. Its last one is where it is. */
  readonly path: readonly PathPoint[];
  /** UTC ms. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly confirmed: boolean;
  /** Has moved since it was first seen. */
  readonly moving: boolean;
  /** When it last was at another place, a quarter of its height away at least; `firstAt` if it never was. */
  readonly movedAt: number;
}

export interface TrackerOptions {
  /** Width / height of the picture. */
  readonly aspect: number;
  readonly thresholds: (label: string) => Thresholds;
  /** Numbers for new objects. */
  readonly nextTrack: () => number;
}

interface Live extends ObjectTrack {
  readonly votes: ReadonlyMap<string, number>;
  readonly filter: KalmanBox;
  /** Centre of the place that it counts as having moved away from. */
  readonly anchor: readonly [number, number];
  readonly hits: number;
  /** Looks since `lastAt` that didn't find it. */
  readonly missed: number;
}

/** Where something stood still when it was lost. */
interface Parked {
  readonly track: number;
  readonly group: string;
  readonly box: Box;
  readonly lostAt: number;
}

/** Confirmed objects are followed so long without a box, others half as long; and so many looks. */
const maxAgeMs = 2000;
const maxUnconfirmedAgeMs = 1000;
const leastMissed = 2;
/** Without any look at all. */
const blindAgeMs = 20_000;
/** Of two looks. */
const farApartMs = 1200;
const minOverlap = { good: 0.2, weak: 0.3, parked: 0.5 } as const;
const minTravel = 0.25;
const maxTracks = 64;
const maxPath = 64;
/** Of the picture; closer points are the same place. */
const pathStep = 0.02;
const parkedAfterMs = 10_000;
const parkedForMs = 3_600_000;
const maxParked = 64;

export class Tracker {
  readonly #options: TrackerOptions;
  #live: Live[] = [];
  #parked: Parked[] = [];

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  get live(): readonly ObjectTrack[] {
    return this.#live;
  }

  /** Takes what was found at `at` (UTC ms). Returns the confirmed objects that are gone. */
  update(found: readonly Detection[], at: number): readonly ObjectTrack[] {
    const { thresholds } = this.#options;
    const known = found.filter((one) => one.confidence >= thresholds(one.class).keep);
    const isGood = (one: Detection) => one.confidence >= Math.min(0.3, thresholds(one.class).start);
    const free = (confirmed: boolean) => this.#live.filter((one) => one.lastAt !== at && one.confirmed === confirmed);
    const unmatched = this.#match(known.filter(isGood), free(true), at, minOverlap.good, true);
    const weak = known.filter((one) => !isGood(one));
    const stillWeak = this.#match(weak, free(true), at, minOverlap.weak, false);
    const fresh = this.#match(unmatched, free(false), at, minOverlap.good, true);
    this.#match(stillWeak, free(false), at, minOverlap.weak, false);
    const strange = this.#matchLone(fresh, free(true), at);
    for (const one of strange) this.#begin(one, at);
    this.#live = this.#live.map((one) => (one.lastAt === at ? one : { ...one, missed: one.missed + 1 }));
    return this.expire(at);
  }

  /** Lets time pass without a look: nothing was found because nobody looked. Returns the confirmed objects gone. */
  expire(at: number): readonly ObjectTrack[] {
    const gone = this.#live.filter((one) => isGone(one, Math.abs(at - one.lastAt)));
    if (gone.length > 0) {
      this.#live = this.#live.filter((one) => !gone.includes(one));
      this.#park(gone, at);
    }
    return gone.filter((one) => one.confirmed);
  }

  /** Ends all: the camera is gone. Returns the confirmed ones. */
  clear(): readonly ObjectTrack[] {
    const gone = this.#live.filter((one) => one.confirmed);
    this.#park(gone, gone.at(-1)?.lastAt ?? 0);
    this.#live = [];
    return gone;
  }

  /** Best pairs first. Returns the boxes that fit no object. */
  #match(
    found: readonly Detection[],
    free: readonly Live[],
    at: number,
    least: number,
    near: boolean,
  ): readonly Detection[] {
    const pairs: { readonly score: number; readonly one: Detection; readonly live: Live }[] = [];
    for (const live of free) {
      const expected = live.filter.expected(at);
      // The longer nobody looked, the further away it may be.
      const reach = 1 + Math.min(1.5, Math.max(0, (at - live.lastAt) / 1000 - 0.3) / 2);
      for (const one of found) {
        if (trackingGroup(one.class) !== trackingGroup(live.class)) continue;
        const shared = overlap(expected, one.box);
        const score = shared >= least ? shared : near ? least * nearness(expected, one.box, reach) : 0;
        if (score > 0) pairs.push({ score, one, live });
      }
    }
    pairs.sort((a, b) => b.score - a.score);
    const usedBoxes = new Set<Detection>();
    const usedTracks = new Set<Live>();
    for (const { one, live } of pairs) {
      if (usedBoxes.has(one) || usedTracks.has(live)) continue;
      usedBoxes.add(one);
      usedTracks.add(live);
      this.#live[this.#live.indexOf(live)] = this.#hit(live, one, at);
    }
    return found.filter((one) => !usedBoxes.has(one));
  }

  /**
   * Between two looks that lie far apart somebody may have gone anywhere: who was alone of his kind at the last look
   * and is alone at this one is the same.
   */
  #matchLone(found: readonly Detection[], free: readonly Live[], at: number): readonly Detection[] {
    const taken = new Set<Detection>();
    for (const live of free) {
      const group = trackingGroup(live.class);
      const isKin = (one: { readonly class: string }) => trackingGroup(one.class) === group;
      const kin = found.filter(isKin);
      const isAlone = kin.length === 1 && this.#live.filter((one) => isKin(one) && one.confirmed).length === 1;
      const gapMs = at - live.lastAt;
      if (!isAlone || live.missed > 0 || gapMs < farApartMs || gapMs > blindAgeMs) continue;
      this.#live[this.#live.indexOf(live)] = this.#hit(live, kin[0]!, at);
      taken.add(kin[0]!);
    }
    return found.filter((one) => !taken.has(one));
  }

  #begin(one: Detection, at: number): void {
    if (one.confidence < this.#options.thresholds(one.class).start || this.#live.length >= maxTracks) return;
    const group = trackingGroup(one.class);
    // The second box of an object that has just been matched.
    const isDouble = (live: Live) =>
      live.lastAt === at && trackingGroup(live.class) === group && overlap(live.box, one.box) > 0.5;
    if (this.#live.some(isDouble)) return;
    const parked = this.#unpark(group, one.box, at);
    this.#live.push({
      track: parked?.track ?? this.#options.nextTrack(),
      class: one.class,
      confidence: one.confidence,
      bestConfidence: one.confidence,
      box: one.box,
      path: [footOf(one.box, at)],
      firstAt: at,
      lastAt: at,
      confirmed: false,
      moving: false,
      movedAt: at,
      votes: new Map([[one.class, one.confidence]]),
      filter: new KalmanBox(one.box, at, this.#options.aspect),
      anchor: centre(parked?.box ?? one.box),
      hits: 1,
      missed: 0,
    });
  }

  #hit(live: Live, one: Detection, at: number): Live {
    live.filter.correct(one.box, at, one.confidence);
    const { box } = live.filter;
    const [x, y] = centre(box);
    const votes = new Map(live.votes).set(one.class, (live.votes.get(one.class) ?? 0) + one.confidence);
    const [elected] = [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best));
    const height = Math.max(0.01, box[3]);
    const travelled = Math.hypot((x - live.anchor[0]) * this.#options.aspect, y - live.anchor[1]) / height;
    const moved = travelled >= minTravel;
    const hits = live.hits + 1;
    return {
      ...live,
      class: elected,
      confidence: one.confidence,
      bestConfidence: Math.max(live.bestConfidence, one.confidence),
      box,
      path: pathWith(live.path, footOf(box, at)),
      lastAt: at,
      confirmed: hits >= 2,
      moving: live.moving || moved,
      movedAt: moved ? at : live.movedAt,
      anchor: moved ? [x, y] : live.anchor,
      votes,
      hits,
      missed: 0,
    };
  }

  #park(gone: readonly Live[], at: number): void {
    const stood = gone.filter((one) => one.confirmed && one.lastAt - one.movedAt >= parkedAfterMs);
    const parked = stood.map((one) => ({
      ...{ track: one.track, group: trackingGroup(one.class), lostAt: at },
      box: one.box,
    }));
    this.#parked = [...this.#parked, ...parked].slice(-maxParked);
  }

  #unpark(group: string, box: Box, at: number): Parked | undefined {
    this.#parked = this.#parked.filter((one) => Math.abs(at - one.lostAt) <= parkedForMs);
    const index = this.#parked.findLastIndex(
      (one) => one.group === group && overlap(one.box, box) >= minOverlap.parked,
    );
    return index < 0 ? undefined : this.#parked.splice(index, 1)[0];
  }
}

function isGone(one: Live, ageMs: number): boolean {
  if (ageMs > blindAgeMs) return true;
  return ageMs > (one.confirmed ? maxAgeMs : maxUnconfirmedAgeMs) && one.missed >= (one.confirmed ? leastMissed : 1);
}

function centre(box: Box): readonly [number, number] {
  return [box[0] + box[2] / 2, box[1] + box[3] / 2];
}

function footOf(box: Box, at: number): PathPoint {
  return [box[0] + box[2] / 2, box[1] + box[3], at];
}

/** The last point follows the object; one is added when it has gone a step. A full path loses every other point. */
function pathWith(path: readonly PathPoint[], foot: PathPoint): readonly PathPoint[] {
  const before = path.at(-2);
  const isStep = before === undefined || Math.hypot(foot[0] - before[0], foot[1] - before[1]) >= pathStep;
  const next = isStep ? [...path, foot] : [...path.slice(0, -1), foot];
  return next.length <= maxPath ? next : next.filter((_, index) => index % 2 === 0 || index === next.length - 1);
}

/** 0 for a box of another size or more than `reach` sizes away, up to 1 where the centres meet. */
function nearness(expected: Box, box: Box, reach: number): number {
  const [x, y] = centre(expected);
  const [otherX, otherY] = centre(box);
  const away = (((otherX - x) / expected[2]) ** 2 + ((otherY - y) / expected[3]) ** 2) / reach ** 2;
  const sizes = (box[2] * box[3]) / (expected[2] * expected[3]);
  return away < 1 && sizes > 0.4 && sizes < 2.5 ? 1 - away / 2 : 0;
}

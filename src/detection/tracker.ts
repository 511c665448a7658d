/**
 * Follows objects from frame to frame (after ByteTrack, Zhang et al. 2021): boxes of good confidence are matched first,
 * then weak ones keep what is being followed alive. Motion is predicted with constant velocity, matching is greedy by
 * overlap, and a near box of like size also counts, for at five frames a second a runner's boxes don't overlap.
 *
 * An object is *confirmed* by its second box and *moving* once its centre has gone a quarter of its own height: that
 * keeps rocks, posters and coats out, which are found in every frame and never move.
 */
import type { Box, Detection } from './detection.ts';
import { overlap } from './detection.ts';
import type { Thresholds } from './labels.ts';
import { trackingGroup } from './labels.ts';

export interface ObjectTrack {
  /** Number of the object, unique for its camera since the start. */
  readonly track: number;
  /** The vote among the classes seen, weighted by confidence. */
  readonly class: string;
  /** Of the newest box, 0..1. */
  readonly confidence: number;
  /** The highest so far. */
  readonly bestConfidence: number;
  readonly box: Box;
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
  /** Of the centre, picture widths and heights a second. */
  readonly velocity: readonly [number, number];
  /** Centre of the place that it counts as having moved away from. */
  readonly anchor: readonly [number, number];
  readonly hits: number;
}

/** Confirmed objects are followed so long without a box, others half as long. */
const maxAgeMs = 2000;
const maxUnconfirmedAgeMs = 1000;
const minOverlap = { good: 0.2, weak: 0.3 } as const;
const minTravel = 0.25;
const velocityMemory = 0.6;
const maxTracks = 64;

export class Tracker {
  readonly #options: TrackerOptions;
  #live: Live[] = [];

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  get live(): readonly ObjectTrack[] {
    return this.#live;
  }

  /** Takes what was found at `at` (UTC ms). Returns the confirmed objects that are gone. */
  update(found: readonly Detection[], at: number): readonly ObjectTrack[] {
    const known = found.filter((one) => one.confidence >= this.#options.thresholds(one.class).keep);
    const isGood = (one: Detection) => one.confidence >= Math.min(0.3, this.#options.thresholds(one.class).start);
    const good = known.filter(isGood);
    const unmatched = this.#match(good, at, minOverlap.good, true);
    this.#match(
      known.filter((one) => !isGood(one)),
      at,
      minOverlap.weak,
      false,
    );
    for (const one of unmatched) this.#begin(one, at);
    return this.expire(at);
  }

  /** Lets time pass without a look: nothing was found because nobody looked. Returns the confirmed objects gone. */
  expire(at: number): readonly ObjectTrack[] {
    const gone = this.#live.filter(
      (one) => Math.abs(at - one.lastAt) > (one.confirmed ? maxAgeMs : maxUnconfirmedAgeMs),
    );
    if (gone.length > 0) this.#live = this.#live.filter((one) => !gone.includes(one));
    return gone.filter((one) => one.confirmed);
  }

  /** Ends all: the camera is gone. Returns the confirmed ones. */
  clear(): readonly ObjectTrack[] {
    const gone = this.#live.filter((one) => one.confirmed);
    this.#live = [];
    return gone;
  }

  /** Best pairs first. Returns the boxes that fit no object. */
  #match(found: readonly Detection[], at: number, least: number, near: boolean): readonly Detection[] {
    const free = this.#live.filter((one) => one.lastAt !== at);
    const pairs: { readonly score: number; readonly one: Detection; readonly live: Live }[] = [];
    for (const live of free) {
      const expected = predicted(live, at);
      for (const one of found) {
        if (trackingGroup(one.class) !== trackingGroup(live.class)) continue;
        const shared = overlap(expected, one.box);
        const score = shared >= least ? shared : near ? least * nearness(expected, one.box) : 0;
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

  #begin(one: Detection, at: number): void {
    if (one.confidence < this.#options.thresholds(one.class).start || this.#live.length >= maxTracks) return;
    const group = trackingGroup(one.class);
    // The second box of an object that has just been matched.
    const isDouble = (live: Live) =>
      live.lastAt === at && trackingGroup(live.class) === group && overlap(live.box, one.box) > 0.5;
    if (this.#live.some(isDouble)) return;
    this.#live.push({
      track: this.#options.nextTrack(),
      class: one.class,
      confidence: one.confidence,
      bestConfidence: one.confidence,
      box: one.box,
      firstAt: at,
      lastAt: at,
      confirmed: false,
      moving: false,
      movedAt: at,
      votes: new Map([[one.class, one.confidence]]),
      velocity: [0, 0],
      anchor: centre(one.box),
      hits: 1,
    });
  }

  #hit(live: Live, one: Detection, at: number): Live {
    const seconds = Math.max(0.05, (at - live.lastAt) / 1000);
    const [x, y] = centre(one.box);
    const [oldX, oldY] = centre(live.box);
    const speed = (old: number, now: number) => velocityMemory * old + ((1 - velocityMemory) * now) / seconds;
    const votes = new Map(live.votes).set(one.class, (live.votes.get(one.class) ?? 0) + one.confidence);
    const [elected] = [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best));
    const height = Math.max(0.01, one.box[3]);
    const travelled = Math.hypot((x - live.anchor[0]) * this.#options.aspect, y - live.anchor[1]) / height;
    const moved = travelled >= minTravel;
    const hits = live.hits + 1;
    return {
      ...live,
      class: elected,
      confidence: one.confidence,
      bestConfidence: Math.max(live.bestConfidence, one.confidence),
      box: one.box,
      lastAt: at,
      confirmed: hits >= 2,
      moving: live.moving || moved,
      movedAt: moved ? at : live.movedAt,
      anchor: moved ? [x, y] : live.anchor,
      votes,
      velocity: [speed(live.velocity[0], x - oldX), speed(live.velocity[1], y - oldY)],
      hits,
    };
  }
}

function centre(box: Box): readonly [number, number] {
  return [box[0] + box[2] / 2, box[1] + box[3] / 2];
}

function predicted(live: Live, at: number): Box {
  const seconds = Math.min(1, Math.max(0, (at - live.lastAt) / 1000));
  const [x, y, width, height] = live.box;
  return [x + live.velocity[0] * seconds, y + live.velocity[1] * seconds, width, height];
}

/** 0 for a box of another size or more than one size away, up to 1 where the centres meet. */
function nearness(expected: Box, box: Box): number {
  const [x, y] = centre(expected);
  const [otherX, otherY] = centre(box);
  const away = ((otherX - x) / expected[2]) ** 2 + ((otherY - y) / expected[3]) ** 2;
  const sizes = (box[2] * box[3]) / (expected[2] * expected[3]);
  return away < 1 && sizes > 0.4 && sizes < 2.5 ? 1 - away / 2 : 0;
}

/**
 * From object tracks to *events*: one visit each. An event begins with a confirmed object that moves, and counts from
 * when that object was first seen; it ends when nothing accepted has been in sight for `mergeGapMs` and the model has
 * looked often enough to know: on a machine that is behind, seconds pass between two looks, and a visit stays one.
 *
 * A car that has parked is no visit any more: objects other than persons stop counting `stillMs` after they last moved,
 * and begin a new event when they drive off. Persons count as long as they are seen, for somebody who stands still at a
 * door is what a camera is for.
 */

import type { Box } from '../detection/detection.ts';
import type { BestView, TrackedObject, TrackUpdate } from '../detection/frame-analysis.ts';
import { Preview } from './preview.ts';
import type { ZoneOptions } from './zones.ts';
import { Zones } from './zones.ts';

export interface EventObject {
  /** Number of the object track, unique for its camera since the start. */
  readonly track: number;
  readonly class: string;
  /** The highest, 0..1. */
  readonly confidence: number;
  /** As last seen, 0..1. */
  readonly box: Box;
  /** UTC ms. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Names of the zones in which it did what they ask for. */
  readonly zones: readonly string[];
}

/** One visit, as known by now. */
export interface VisitEvent {
  /** Unique: camera and start. The catalog gives the event its number. */
  readonly key: string;
  /** UTC ms. */
  readonly startAt: number;
  /** When something accepted was last seen; grows while the event runs. */
  readonly endAt: number;
  readonly objects: readonly EventObject[];
  /** The picture for its thumbnail; `best.frame.at` is when it was taken. */
  readonly best: BestView | null;
  /** A few pictures of it so far. */
  readonly preview: Preview;
}

export interface EventChange {
  readonly kind: 'started' | 'updated' | 'ended';
  readonly camera: string;
  readonly event: VisitEvent;
}

export interface CameraEventsOptions {
  readonly camera: string;
  /** Where and what counts; none: everything everywhere. */
  readonly zones?: readonly ZoneOptions[];
  /** Default 2 s. */
  readonly mergeGapMs?: number;
  /** Default 60 s. */
  readonly stillMs?: number;
}

/** Looks without the objects before an event is over, where each of them takes long. */
const looksToEnd = 2;
/** And longer than this it goes on in no case. */
const blindGapMs = 30_000;
/** Objects beyond this are part of the event without being listed: a busy street in one endless event. */
const maxObjects = 256;

interface Running {
  readonly key: string;
  readonly startAt: number;
  endAt: number;
  readonly objects: Map<number, EventObject>;
  readonly preview: Preview;
  best: BestView | null;
  bestWorth: number;
}

export class CameraEvents {
  readonly #camera: string;
  readonly #mergeGapMs: number;
  readonly #stillMs: number;
  readonly #onChange: (change: EventChange) => void;
  readonly #zones: Zones | undefined;
  #running: Running | undefined;
  /** Looks since something of the running event was last seen. */
  #missed = 0;

  constructor(options: CameraEventsOptions, onChange: (change: EventChange) => void) {
    this.#camera = options.camera;
    this.#mergeGapMs = options.mergeGapMs ?? 2000;
    this.#stillMs = options.stillMs ?? 60_000;
    this.#onChange = onChange;
    const { zones = [] } = options;
    this.#zones = zones.length === 0 ? undefined : new Zones(zones);
  }

  /** The event that runs, if one does. */
  get running(): VisitEvent | undefined {
    return this.#running === undefined ? undefined : snapshot(this.#running);
  }

  /** Takes the state of the tracks after each frame, in the order of time. */
  update(update: TrackUpdate): void {
    this.#zones?.see(update);
    const visiting = [...update.objects, ...update.ended].filter((one) => this.#counts(one));
    this.#follow(update, visiting);
    // After the visit there is nothing to see any more.
    if (update.frame !== undefined && visiting.length > 0) this.#running?.preview.add(update.frame, update.at);
  }

  #follow(update: TrackUpdate, visiting: readonly TrackedObject[]): void {
    const running = this.#running;
    if (running !== undefined) {
      const before = running.endAt;
      if (visiting.length > 0 && this.#add(running, visiting)) this.#emit('updated', running);
      if (running.endAt > before) this.#missed = 0;
      else if (update.look !== 'dropped') this.#missed++;
      // The camera's clock may have been set back, hence the absolute value.
      const gapMs = Math.abs(update.at - running.endAt);
      if (gapMs > blindGapMs || (gapMs > this.#mergeGapMs && this.#missed >= looksToEnd)) this.#end(running);
      return;
    }
    const [first] = visiting.toSorted((a, b) => a.firstAt - b.firstAt);
    if (first === undefined) return;
    // Ended tracks were live before, so they belong to an event that is over.
    if (update.at - first.lastAt > this.#mergeGapMs) return;
    this.#begin(visiting);
  }

  /** Ends the running event: the camera was removed or the program stops. */
  close(): void {
    if (this.#running !== undefined) this.#end(this.#running);
  }

  #counts(one: TrackedObject): boolean {
    if (!one.confirmed || !one.moving) return false;
    if (this.#zones !== undefined) {
      const sight = this.#zones.of(one.track);
      if (sight === undefined || one.lastAt > sight.until) return false;
    }
    return one.class === 'person' || one.lastAt - one.movedAt <= this.#stillMs;
  }

  #begin(visiting: readonly TrackedObject[]): void {
    const startAt = Math.min(...visiting.map((one) => this.#startOf(one)));
    const running: Running = {
      key: `${this.#camera}/${startAt}`,
      startAt,
      endAt: Math.max(...visiting.map((one) => one.lastAt)),
      objects: new Map(),
      preview: new Preview(),
      best: null,
      bestWorth: 0,
    };
    this.#running = running;
    this.#add(running, visiting);
    this.#emit('started', running);
  }

  /** Something that stood for long began its visit when it moved again; where there are zones, in one of them. */
  #startOf(one: TrackedObject): number {
    const begun = one.movedAt - one.firstAt > this.#stillMs ? one.movedAt : one.firstAt;
    return Math.max(begun, this.#zones?.of(one.track)?.since ?? begun);
  }

  /** True when there is something to tell: a new object, another class, a better picture. */
  #add(running: Running, seen: readonly TrackedObject[]): boolean {
    let changed = false;
    for (const one of seen) {
      running.endAt = Math.max(running.endAt, one.lastAt);
      const known = running.objects.get(one.track);
      if (known === undefined && running.objects.size >= maxObjects) continue;
      const zones = this.#zones?.of(one.track)?.names ?? [];
      if (known?.class !== one.class || known.zones.length !== zones.length) changed = true;
      running.objects.set(one.track, {
        track: one.track,
        class: one.class,
        confidence: one.bestConfidence,
        box: one.box,
        firstAt: one.firstAt,
        lastAt: one.lastAt,
        zones,
      });
      if (one.best !== null && worthOf(one.best) > running.bestWorth * 1.05) {
        running.best = one.best;
        running.bestWorth = worthOf(one.best);
        changed = true;
      }
    }
    return changed;
  }

  #end(running: Running): void {
    this.#running = undefined;
    this.#emit('ended', running);
  }

  #emit(kind: EventChange['kind'], running: Running): void {
    this.#onChange({ kind, camera: this.#camera, event: snapshot(running) });
  }
}

function snapshot({ key, startAt, endAt, objects, best, preview }: Running): VisitEvent {
  return { key, startAt, endAt, objects: [...objects.values()], best, preview };
}

function worthOf(view: BestView): number {
  return view.confidence * Math.sqrt(view.box[2] * view.box[3]);
}

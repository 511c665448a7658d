/**
 * What goes when: recordings past their age, over the space of their camera or of all, and whatever it takes to leave the
 * disk some room; the oldest first, and never one on legal hold. First a plan, which is also what can be asked for; then
 * it is carried out, each deletion written down before it is done.
 */

import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import type { CameraId, RecordingId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Recording } from '../catalog/recording-rows.ts';
import type { OfAge } from '../catalog/recordings.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Deletion } from './deletion.ts';

export interface Ages {
  /** Of recordings of a class that has no age of its own, and of those in which nothing was seen. */
  readonly maxAgeMs: number | null;
  /** By class, groups written out; of several in one recording the longest counts. Left out: none. */
  readonly classAgeMs?: ReadonlyMap<string, number>;
}

export interface RetentionLimits extends Ages {
  readonly maxBytes: number | null;
}

export interface RetentionRules {
  /** For cameras that have none of their own, such as removed ones. `maxBytes`: of all recordings together. */
  readonly all: Ages & { readonly maxBytes: number };
  readonly cameras: ReadonlyMap<CameraId, RetentionLimits>;
  /** What is to stay free on the disk. */
  readonly freeBytes: number;
}

export type RetentionReason = 'age' | 'space of the camera' | 'space of all' | 'free space';

export interface Expiring {
  readonly id: RecordingId;
  readonly camera: CameraId;
  readonly startAt: number;
  readonly sealedBytes: number;
  readonly reason: RetentionReason;
}

export interface RetentionParts {
  readonly catalog: Pick<Catalog, 'recordings' | 'statistics' | 'events'>;
  readonly deletion: Pick<Deletion, 'remove'>;
  readonly store: Pick<ObjectStore, 'freeBytes'>;
  /** Resolves when it is durable. */
  readonly written: (recording: Expiring) => Promise<unknown>;
  /** Events of which nothing is left were removed, so many. */
  readonly forgotten: (events: number, before: number) => Promise<unknown>;
  /** As they are configured now. */
  readonly rules: () => RetentionRules;
  readonly clock: Clock;
  readonly log: Log;
}

const windowMs = 2 * 86_400_000;
const fullEveryMs = 3_600_000;
/** Rules change with the configuration; what was known of old ones may be forgotten. */
const maxSettled = 1000;
/** In one go; what is left goes a minute later. */
const maxPlanned = 1000;
/** In one transaction, during which everything else waits. */
const maxForgotten = 200;
const everyMs = 60_000;

export class Retention {
  readonly #parts: RetentionParts;
  /** By rule: when its last look began at the very beginning, and before when nothing was left to go. */
  readonly #settled = new Map<string, { readonly begunMs: number; readonly until: number }>();

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** What would go now, a thousand at most. */
  async plan(): Promise<readonly Expiring[]> {
    const { catalog, store } = this.#parts;
    const { all, cameras, freeBytes } = this.#parts.rules();
    const going = new Map<RecordingId, Expiring>();
    const bytesOf = (camera?: CameraId): number => {
      let bytes = 0;
      for (const one of going.values()) if (camera === undefined || one.camera === camera) bytes += one.sealedBytes;
      return bytes;
    };
    const oldest = (of: { readonly camera?: CameraId; readonly before?: number } = {}): Promise<Recording[]> =>
      catalog.recordings.oldest(maxPlanned, of);
    const take = (
      found: readonly Recording[],
      reason: RetentionReason,
      excessBytes = Number.POSITIVE_INFINITY,
    ): void => {
      let left = excessBytes;
      for (const { id, camera, startAt, sealedBytes } of found) {
        if (left <= 0 || going.size >= maxPlanned) return;
        if (going.has(id)) continue;
        going.set(id, { id, camera, startAt, sealedBytes, reason });
        left -= sealedBytes;
      }
    };
    for (const [camera, limits] of cameras) {
      const { maxBytes } = limits;
      for (const found of await this.#ofAge(limits, { camera })) take(found, 'age');
      if (maxBytes === null) continue;
      const { bytes } = await catalog.statistics.recordings({ camera }, 'all');
      const excess = bytes - bytesOf(camera) - maxBytes;
      if (excess > 0) take(await oldest({ camera }), 'space of the camera', excess);
    }
    for (const found of await this.#ofAge(all, { not: [...cameras.keys()] })) take(found, 'age');
    const excess = (await catalog.statistics.recordings({}, 'all')).bytes - bytesOf() - all.maxBytes;
    if (excess > 0) take(await oldest(), 'space of all', excess);
    const missing = freeBytes - (await store.freeBytes()) - bytesOf();
    if (missing > 0) take(await oldest(), 'free space', missing);
    return [...going.values()];
  }

  /** What has come of age, for each age there is. */
  async #ofAge(
    { maxAgeMs, classAgeMs = new Map() }: Ages,
    of: { readonly camera?: CameraId; readonly not?: readonly CameraId[] },
  ): Promise<Recording[][]> {
    const now = this.#parts.clock.now();
    const found: Recording[][] = [];
    for (const ageMs of new Set([...classAgeMs.values(), ...(maxAgeMs === null ? [] : [maxAgeMs])])) {
      found.push(await this.#windows({ ...of, ageMs, maxAgeMs, classAgeMs, before: now - ageMs }));
    }
    return found;
  }

  /**
   * A window at a time, for between what goes may lie a year of what is kept for its class; and each round begins shortly
   * before where the last one had nothing left, but once an hour at the very beginning: holds end, clips are adopted.
   */
  async #windows(wish: Omit<OfAge, 'from' | 'limit'>): Promise<Recording[]> {
    const { catalog, clock } = this.#parts;
    const key = JSON.stringify({ ...wish, classAgeMs: [...wish.classAgeMs], before: undefined });
    const known = this.#settled.get(key);
    const nowMs = clock.monotonicMs();
    const begunMs = known === undefined || nowMs - known.begunMs >= fullEveryMs ? nowMs : known.begunMs;
    const [oldest] = await catalog.recordings.oldest(1, wish.camera === undefined ? {} : { camera: wish.camera });
    if (oldest === undefined) return [];
    let from = known?.begunMs === begunMs ? Math.max(oldest.startAt, known.until - windowMs) : oldest.startAt;
    let until: number | undefined;
    const found: Recording[] = [];
    for (; from < wish.before && found.length < maxPlanned; from += windowMs) {
      const before = Math.min(wish.before, from + windowMs);
      found.push(...(await catalog.recordings.ofAge({ ...wish, from, before, limit: maxPlanned - found.length })));
      if (found.length > 0) until ??= from;
      await setImmediate();
    }
    this.#settled.set(key, { begunMs, until: until ?? wish.before });
    for (const old of this.#settled.keys()) if (this.#settled.size > maxSettled) this.#settled.delete(old);
    return found;
  }

  /** Events whose recordings are all gone (or that never had one) go at the longest of all ages. */
  async #forget(): Promise<void> {
    const { catalog, clock, forgotten } = this.#parts;
    const { all, cameras } = this.#parts.rules();
    const ages = [all, ...cameras.values()].flatMap((one) => [one.maxAgeMs, ...(one.classAgeMs?.values() ?? [])]);
    // Where some recordings are kept as long as there is room, so is what was seen.
    if (ages.includes(null)) return;
    const before = clock.now() - Math.max(...ages.map(Number));
    const events = await catalog.events.removeBare(before, maxForgotten);
    if (events > 0) await forgotten(events, before);
  }

  /** Carries the plan out; returns what went. What can't be deleted is left and said. */
  async run(signal: AbortSignal): Promise<readonly Expiring[]> {
    const { deletion, written, log } = this.#parts;
    const gone: Expiring[] = [];
    for (const recording of await this.plan()) {
      if (signal.aborted) break;
      try {
        await written(recording);
        if (await deletion.remove(recording.id, 'all')) gone.push(recording);
      } catch (error) {
        log.error({ recording: recording.id, ...describeError(error) }, 'recording not deleted');
      }
    }
    await this.#forget();
    if (gone.length > 0) {
      const bytes = gone.reduce((sum, one) => sum + one.sealedBytes, 0);
      log.info({ recordings: gone.length, bytes, reason: gone.at(-1)!.reason }, 'recordings deleted by retention');
    }
    return gone;
  }
}

/** Runs it now and each minute. Disposing waits for the deletion that is going on. */
export function startRetention(retention: Retention, log: Log): AsyncDisposable {
  const abort = new AbortController();
  let running: Promise<void> | undefined;
  const round = (): void => {
    running ??= retention
      .run(abort.signal)
      .then(
        () => {},
        (error: unknown) => log.error(describeError(error), 'retention failed'),
      )
      .finally(() => {
        running = undefined;
      });
  };
  const timer = setInterval(round, everyMs);
  round();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      abort.abort();
      await running;
    },
  };
}

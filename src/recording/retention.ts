/**
 * What goes when: recordings past their age, over the space of their camera or of all, and whatever it takes to leave the
 * disk some room; the oldest first, and never one on legal hold. First a plan, which is also what can be asked for; then
 * it is carried out, each deletion written down before it is done.
 */

import type { Clock } from '../base/clock.ts';
import type { CameraId, RecordingId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Recording } from '../catalog/recording-rows.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Deletion } from './deletion.ts';

export interface RetentionLimits {
  readonly maxAgeMs: number | null;
  readonly maxBytes: number | null;
}

export interface RetentionRules {
  /** For cameras that have none of their own, such as removed ones. `maxBytes`: of all recordings together. */
  readonly all: { readonly maxAgeMs: number | null; readonly maxBytes: number };
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
  readonly catalog: Pick<Catalog, 'recordings' | 'statistics'>;
  readonly deletion: Pick<Deletion, 'remove'>;
  readonly store: Pick<ObjectStore, 'freeBytes'>;
  /** Resolves when it is durable. */
  readonly written: (recording: Expiring) => Promise<unknown>;
  /** As they are configured now. */
  readonly rules: () => RetentionRules;
  readonly clock: Clock;
  readonly log: Log;
}

/** In one go; what is left goes a minute later. */
const maxPlanned = 1000;
const everyMs = 60_000;

export class Retention {
  readonly #parts: RetentionParts;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** What would go now, a thousand at most. */
  async plan(): Promise<readonly Expiring[]> {
    const { catalog, store, clock } = this.#parts;
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
    for (const [camera, { maxAgeMs, maxBytes }] of cameras) {
      if (maxAgeMs !== null) take(await oldest({ camera, before: clock.now() - maxAgeMs }), 'age');
      if (maxBytes === null) continue;
      const { bytes } = await catalog.statistics.recordings({ camera }, 'all');
      const excess = bytes - bytesOf(camera) - maxBytes;
      if (excess > 0) take(await oldest({ camera }), 'space of the camera', excess);
    }
    if (all.maxAgeMs !== null) {
      const found = await oldest({ before: clock.now() - all.maxAgeMs });
      take(
        found.filter(({ camera }) => !cameras.has(camera)),
        'age',
      );
    }
    const excess = (await catalog.statistics.recordings({}, 'all')).bytes - bytesOf() - all.maxBytes;
    if (excess > 0) take(await oldest(), 'space of all', excess);
    const missing = freeBytes - (await store.freeBytes()) - bytesOf();
    if (missing > 0) take(await oldest(), 'free space', missing);
    return [...going.values()];
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

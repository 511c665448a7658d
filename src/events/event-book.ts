/**
 * Writes visits into the catalog as they begin, change and end. Changes of one camera are written in their order, one
 * after another; who waits for an event's number (a recording) is told when the row is there.
 */
import type { CameraId, EventId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import type { EventQueries, ObjectTrack } from '../catalog/events.ts';
import type { EventChange, VisitEvent } from './events.ts';

export interface EventBookOptions {
  readonly events: EventQueries;
  /** Size to which boxes are reported, in pixels (`detection.resolution`). */
  readonly resolution: { readonly width: number; readonly height: number };
  readonly log: Log;
  /** After the row was written. */
  readonly changed: (kind: EventChange['kind'], camera: CameraId, id: EventId, event: VisitEvent) => void;
}

export class EventBook {
  readonly #options: EventBookOptions;
  readonly #lines = new Map<string, Promise<void>>();
  readonly #ids = new Map<string, EventId>();

  constructor(options: EventBookOptions) {
    this.#options = options;
  }

  write(change: EventChange): void {
    const before = this.#lines.get(change.camera) ?? Promise.resolve();
    const line = before
      .then(() => this.#write(change))
      .catch((error: unknown) => {
        this.#options.log.error({ camera: change.camera, ...describeError(error) }, 'event not written');
      })
      .finally(() => {
        if (this.#lines.get(change.camera) === line) this.#lines.delete(change.camera);
      });
    this.#lines.set(change.camera, line);
  }

  /** Waits until everything so far is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#lines.values());
  }

  async #write({ kind, camera, event }: EventChange): Promise<void> {
    const { events, changed } = this.#options;
    let id = this.#ids.get(event.key);
    if (id === undefined) {
      id = await events.create({ camera: camera as CameraId, startAt: Math.round(event.startAt) });
      this.#ids.set(event.key, id);
    }
    await events.update(id, {
      objects: event.objects.map((one) => this.#track(one)),
      ...(kind === 'ended' ? { endAt: Math.round(event.endAt) } : {}),
    });
    if (kind === 'ended') this.#ids.delete(event.key);
    changed(kind, camera as CameraId, id, event);
  }

  #track(one: VisitEvent['objects'][number]): ObjectTrack {
    return {
      number: one.track,
      class: one.class,
      confidence: one.confidence,
      box: one.box,
      ...this.#options.resolution,
      firstAt: Math.round(one.firstAt),
      lastAt: Math.round(one.lastAt),
      zones: one.zones,
    };
  }
}

/**
 * What happens now, to whoever listens: events that begin and end, recordings, states of cameras. A listener takes what it
 * gets at once or is let go; nothing is kept for anybody, for lists have it all.
 */
import type { CameraId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';

export type Happening =
  | { readonly kind: 'event'; readonly camera: CameraId; readonly event: number; readonly state: 'started' | 'ended' }
  | {
      readonly kind: 'recording';
      readonly camera: CameraId;
      readonly recording: number;
      readonly state: 'started' | 'finished';
    }
  | {
      readonly kind: 'camera';
      readonly camera: CameraId;
      /** As in `/api/cameras`. */
      readonly state: object;
    };

export class EventFeed {
  readonly #listeners = new Set<(happening: Happening) => void>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  tell(happening: Happening): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(happening);
      } catch (error) {
        this.#listeners.delete(listener);
        this.#log.error(describeError(error), 'listener of events failed');
      }
    }
  }

  /** Returns how to stop. */
  listen(listener: (happening: Happening) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}

/** One camera watched: its samples in, its object tracks and the visits they make out. */
import type { CameraId } from '../base/ids.ts';
import type { CameraDetection, CameraDetectionOptions } from '../detection/camera-detection.ts';
import { startCameraDetection } from '../detection/camera-detection.ts';
import type { TrackUpdate } from '../detection/frame-analysis.ts';
import type { EventChange } from './events.ts';
import { CameraEvents } from './events.ts';
import type { ZoneOptions } from './zones.ts';

export interface CameraWatchOptions extends CameraDetectionOptions {
  readonly camera: CameraId;
  readonly zones?: readonly ZoneOptions[];
  /** For each decoded frame. */
  readonly tracks: (update: TrackUpdate) => void;
  readonly event: (change: EventChange) => void;
}

export class CameraWatch {
  readonly #detection: CameraDetection;
  readonly #events: CameraEvents;

  constructor(options: CameraWatchOptions, signal: AbortSignal) {
    this.#events = new CameraEvents({ camera: options.camera, zones: options.zones ?? [] }, options.event);
    this.#detection = startCameraDetection(
      options,
      (update) => {
        this.#events.update(update);
        options.tracks(update);
      },
      signal,
    );
  }

  /** Hot. */
  sample(sample: Parameters<CameraDetection['write']>[0]): void {
    this.#detection.write(sample);
  }

  /** Ends the running event, then the decoder. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#events.close();
    await this.#detection[Symbol.asyncDispose]();
  }
}

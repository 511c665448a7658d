/** HLS of all cameras: who asks for one has it made, and it ends when nobody has asked for a while. */
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import type { Stream } from '../streams/stream.ts';
import type { HlsFile } from './hls-muxer.ts';
import { HlsMuxer, notLive } from './hls-muxer.ts';

export interface HlsHubOptions {
  readonly stream: (camera: CameraId) => Stream | undefined;
  readonly clock: Clock;
  /** For tests; in ms. */
  readonly idleMs?: number;
}

/** Longer than any segment, so that a player never meets a playlist that began anew behind its back. */
const idleMs = 30_000;
const lookEveryMs = 1000;
const maxCameras = 32;

export class HlsHub {
  readonly #options: HlsHubOptions;
  readonly #muxers = new Map<CameraId, HlsMuxer>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: HlsHubOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#endIdle(), lookEveryMs).unref();
  }

  /** Cameras that are being made into segments now. */
  get cameras(): number {
    return this.#muxers.size;
  }

  /**
   * A playlist, an init segment or a segment; undefined where there is none of this name.
   * @throws Problem `camera/unknown` (404), `stream/not-live` (503), `live/too-many-viewers` (503)
   */
  async file(camera: CameraId, name: string, signal: AbortSignal): Promise<HlsFile | undefined> {
    const stream = this.#options.stream(camera);
    if (stream === undefined) throw new Problem('camera/unknown', 'there is no such camera', { status: 404 });
    let muxer = this.#muxers.get(camera);
    if (muxer?.stream !== stream) {
      muxer?.close();
      this.#muxers.delete(camera);
      // Only who begins with a playlist has it made: a guessed name of a segment costs nothing.
      if (!name.endsWith('.m3u8')) return undefined;
      if (stream.state.kind !== 'live') throw notLive();
      if (this.#muxers.size >= maxCameras) {
        throw new Problem('live/too-many-viewers', 'too many cameras are watched by HLS already', {
          ...{ status: 503, retryAfterSeconds: 10 },
        });
      }
      muxer = new HlsMuxer(stream, this.#options.clock);
      this.#muxers.set(camera, muxer);
    }
    return muxer.file(name, signal);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const muxer of this.#muxers.values()) muxer.close();
    this.#muxers.clear();
  }

  #endIdle(): void {
    for (const [camera, muxer] of this.#muxers) {
      if (muxer.idleMs < (this.#options.idleMs ?? idleMs)) continue;
      muxer.close();
      this.#muxers.delete(camera);
    }
  }
}

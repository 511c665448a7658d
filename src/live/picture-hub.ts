/** JPEG pictures of all cameras: a feed for each that somebody looks at, and a bound on how many may. */
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { Sandbox } from '../decoder/sandbox.ts';
import type { Stream } from '../streams/stream.ts';
import type { Appearance, DrawnObject } from './overlay.ts';
import { PictureFeed } from './picture-feed.ts';

export interface PictureHubOptions {
  readonly stream: (camera: CameraId) => Stream | undefined;
  readonly objects: (camera: CameraId) => readonly DrawnObject[];
  readonly appearance: () => Appearance;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly log: Log;
}

/** Each camera that is looked at costs a decoder of its own. */
const maxFeeds = 16;
const maxViewers = 64;

export class PictureHub implements AsyncDisposable {
  readonly #options: PictureHubOptions;
  readonly #feeds = new Map<Stream, PictureFeed>();

  constructor(options: PictureHubOptions) {
    this.#options = options;
  }

  /**
   * Calls `onPicture` for each picture until the returned function is called.
   * @throws Problem `camera/unknown` (404), `stream/not-live` (503), `live/too-many-viewers` (503)
   */
  watch(camera: CameraId, onPicture: (jpeg: Uint8Array) => void): () => void {
    const { objects, appearance, sandbox, clock, log } = this.#options;
    const stream = this.#options.stream(camera);
    if (stream === undefined) throw new Problem('camera/unknown', 'there is no such camera', { status: 404 });
    if (stream.state.kind !== 'live') {
      throw new Problem('stream/not-live', 'there is no picture at the moment', { status: 503, retryAfterSeconds: 5 });
    }
    let feed = this.#feeds.get(stream);
    const viewers = [...this.#feeds.values()].reduce((sum, one) => sum + one.viewers, 0);
    if (viewers >= maxViewers || (feed === undefined && this.#feeds.size >= maxFeeds)) {
      throw new Problem('live/too-many-viewers', 'too many look at pictures already', {
        status: 503,
        retryAfterSeconds: 10,
      });
    }
    feed ??= new PictureFeed({
      ...{ stream, appearance, sandbox, clock, log: log.child({ camera }) },
      objects: () => objects(camera),
    });
    this.#feeds.set(stream, feed);
    const leave = feed.join(onPicture);
    return () => {
      leave();
      if (feed.viewers === 0) this.#feeds.delete(stream);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const feeds = [...this.#feeds.values()];
    this.#feeds.clear();
    await Promise.all(feeds.map((feed) => feed[Symbol.asyncDispose]()));
  }
}

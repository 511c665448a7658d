/** All cameras of this process: a stream for each, with the source that feeds it, started and stopped one by one. */
import type { Dial } from '../base/address-guard.ts';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import { keepTrying } from './attempts.ts';
import { PlayFeeds } from './play-feeds.ts';
import { PublishPath } from './publish.ts';
import type { PullCertificate, PullCredentials } from './pull.ts';
import { pullCamera } from './pull.ts';
import { Stream } from './stream.ts';

export type CameraSource =
  | { readonly kind: 'pull'; readonly url: URL }
  /** Fetched by another program: `attempt` is one try, and resolves with why it ended. */
  | {
      readonly kind: 'program';
      /** For people; without user and password. */
      readonly url: string;
      readonly attempt: (stream: Stream, signal: AbortSignal) => Promise<Problem>;
    }
  | { readonly kind: 'publish' }
  /** Switched off: nothing is connected to and nobody may publish. */
  | { readonly kind: 'off'; readonly was: 'pull' | 'publish' | 'demo' }
  /** Fed by a function of the program itself, which ends when the signal aborts. */
  | { readonly kind: 'demo'; readonly run: (stream: Stream, signal: AbortSignal) => Promise<void> };

export interface CameraOptions {
  readonly id: CameraId;
  readonly name: string;
  /** RTSP path, such as `video/front-door`. */
  readonly path: string;
  readonly source: CameraSource;
  /** The smaller stream of a camera that is pulled, on the same host. */
  readonly substream?: URL;
  /** Sound too. */
  readonly audio: boolean;
  readonly preBufferMs: number;
  readonly reconnectMs: number;
  /** Makes what everybody gets of what the camera sends, until the signal aborts; left out: it is the same. */
  readonly mask?: (raw: Stream, masked: Stream, signal: AbortSignal) => Promise<void>;
}

export interface CameraStreamsOptions {
  readonly credentials: (camera: CameraId) => Promise<PullCredentials | undefined>;
  readonly digestSeen: (camera: CameraId) => Promise<boolean>;
  readonly rememberDigest: (camera: CameraId) => Promise<void>;
  readonly certificate: (camera: CameraId) => PullCertificate;
  /** Of a source's host. @throws Problem where we don't connect to it */
  readonly dial: (url: URL) => Dial;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningCamera {
  readonly options: CameraOptions;
  readonly stream: Stream;
  /** The smaller stream beside it, where the camera has one and it isn't masked. */
  readonly sub: Stream | undefined;
  /** As the camera sends it, for the detector alone; the same as the others where nothing is masked. */
  readonly unmasked: { readonly stream: Stream; readonly sub: Stream | undefined };
  /** Where a publisher attaches; undefined for a camera that is pulled. */
  readonly publishPath: PublishPath | undefined;
  /** For RTSP players. */
  readonly playFeeds: PlayFeeds;
}

interface Entry extends RunningCamera {
  abort: AbortController;
  done: Promise<void>;
}

function initialOf({ kind }: CameraSource): 'waiting' | 'disabled' | 'connecting' {
  if (kind === 'publish') return 'waiting';
  return kind === 'off' ? 'disabled' : 'connecting';
}

export class CameraStreams {
  readonly #options: CameraStreamsOptions;
  readonly #entries = new Map<CameraId, Entry>();

  constructor(options: CameraStreamsOptions) {
    this.#options = options;
  }

  start(camera: CameraOptions): RunningCamera {
    const log = this.#options.log.child({ camera: camera.id });
    const { clock } = this.#options;
    const stream = new Stream({
      id: camera.id,
      preBufferMs: camera.preBufferMs,
      initial: initialOf(camera.source),
      clock,
      log,
    });
    const raw =
      camera.mask === undefined
        ? stream
        : new Stream({ id: camera.id, preBufferMs: 0, initial: initialOf(camera.source), clock, log });
    const sub =
      camera.substream === undefined
        ? undefined
        : new Stream({
            id: camera.id,
            preBufferMs: 0,
            initial: 'connecting',
            clock,
            log: log.child({ stream: 'sub' }),
          });
    const publishPath =
      camera.source.kind === 'publish' ? new PublishPath({ stream: raw, audio: camera.audio, clock, log }) : undefined;
    const entry: Entry = {
      options: camera,
      stream,
      sub: camera.mask === undefined ? sub : undefined,
      unmasked: { stream: raw, sub },
      publishPath,
      playFeeds: new PlayFeeds(stream, camera.name),
      abort: new AbortController(),
      done: Promise.resolve(),
    };
    this.#entries.set(camera.id, entry);
    this.#run(entry, log);
    return entry;
  }

  get(camera: CameraId): RunningCamera | undefined {
    return this.#entries.get(camera);
  }

  byPath(path: string): RunningCamera | undefined {
    for (const entry of this.#entries.values()) if (entry.options.path === path) return entry;
    return undefined;
  }

  list(): readonly RunningCamera[] {
    return [...this.#entries.values()];
  }

  /** Connects anew, as after a change of its password. */
  async reconnect(camera: CameraId): Promise<void> {
    const entry = this.#entries.get(camera);
    if (entry === undefined) return;
    entry.abort.abort();
    await entry.done;
    entry.abort = new AbortController();
    this.#run(entry, this.#options.log.child({ camera }));
  }

  async stop(camera: CameraId): Promise<void> {
    const entry = this.#entries.get(camera);
    if (entry === undefined) return;
    this.#entries.delete(camera);
    entry.publishPath?.close();
    entry.playFeeds.close();
    if (entry.unmasked.stream !== entry.stream)
      entry.unmasked.stream.source?.close(new Problem('stream/ended', 'the camera was removed', { status: 503 }));
    entry.abort.abort();
    await entry.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((camera) => this.stop(camera)));
  }

  #run(entry: Entry, log: Log): void {
    const { id, source, substream, audio, reconnectMs } = entry.options;
    const { clock, credentials, digestSeen, rememberDigest, certificate, dial } = this.#options;
    const signal = entry.abort.signal;
    const pull = (stream: Stream, url: URL, sound: boolean, streamLog: Log): Promise<void> =>
      pullCamera(
        {
          ...{ stream, url, audio: sound, reconnectMs, clock, log: streamLog },
          credentials: () => credentials(id),
          digestSeen: () => digestSeen(id),
          rememberDigest: () => rememberDigest(id),
          certificate: certificate(id),
          dial: () => dial(url),
        },
        signal,
      );
    const { stream, sub } = entry.unmasked;
    const { mask } = entry.options;
    const masking =
      mask === undefined
        ? Promise.resolve()
        : mask(stream, entry.stream, signal).catch((error: unknown) =>
            log.error(describeError(error), 'masking ended'),
          );
    switch (source.kind) {
      case 'publish':
      case 'off':
        entry.done = masking;
        return;
      case 'pull':
        entry.done = pull(stream, source.url, audio, log);
        if (sub !== undefined && substream !== undefined) {
          const both = [entry.done, pull(sub, substream, false, log.child({ stream: 'sub' }))];
          entry.done = Promise.all(both).then(() => {});
        }
        break;
      case 'program':
        entry.done = keepTrying({ stream, reconnectMs, clock, attempt: source.attempt }, signal);
        break;
      case 'demo':
        entry.done = source.run(stream, signal);
        break;
      default:
        source satisfies never;
    }
    const supervised = entry.done.catch((error: unknown) =>
      log.error(describeError(error), 'camera supervision ended'),
    );
    entry.done = Promise.all([supervised, masking]).then(() => {});
  }
}

/**
 * Recording for all cameras: a recorder each, the clips they have open, and the two clocks that they share: one that
 * seals the clips' tails, so that a crash costs less than a second, and one that ends what no sample will end.
 */
import type { CameraId, EventId, RecordingId } from '../base/ids.ts';
import type { Problem } from '../base/problem.ts';
import { describeError } from '../base/problem.ts';
import type { Sample } from '../media/sample.ts';
import type { Stream } from '../streams/stream.ts';
import type { ClipParts, ClipSubject, FinishedClip } from './recorded-clip.ts';
import { RecordedClip } from './recorded-clip.ts';
import { Recorder } from './recorder.ts';
import type { Thumbnail } from './thumbnail.ts';

export type RecordingMode = 'events' | 'continuous' | 'continuous+events' | 'off';

export interface RecordedCamera {
  readonly id: CameraId;
  readonly name: string;
  readonly stream: Stream;
  readonly mode: RecordingMode;
  readonly preBufferMs: number;
  readonly postBufferMs: number;
  readonly maxClipMs: number;
}

export interface RecordingServiceOptions extends ClipParts {
  /** Is there a recipient to encrypt to? Until then nothing is recorded. */
  readonly ready: () => boolean;
  readonly started: (camera: CameraId, recording: RecordingId) => void;
  readonly finished: (clip: FinishedClip) => void;
  /** Something about what is recorded changed: the dashboard is to be told. */
  readonly changed: (camera: CameraId) => void;
}

const tailEveryMs = 500;
const tickEveryMs = 1000;

interface Recorded {
  readonly camera: RecordedCamera;
  readonly recorder: Recorder;
  readonly unsubscribe: () => void;
  /** Events that go on now: a clip that is opened meanwhile shows them too. */
  readonly events: Map<EventId, string>;
  clip: RecordedClip | undefined;
  problem: Problem | undefined;
}

export class RecordingService {
  readonly #options: RecordingServiceOptions;
  readonly #cameras = new Map<CameraId, Recorded>();
  readonly #open = new Set<RecordedClip>();
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(options: RecordingServiceOptions) {
    this.#options = options;
    this.#timers = [
      setInterval(() => {
        for (const clip of this.#open) void clip.flushTail();
      }, tailEveryMs),
      setInterval(() => {
        for (const recorded of this.#cameras.values()) this.#tick(recorded);
      }, tickEveryMs),
    ];
  }

  start(camera: RecordedCamera): void {
    if (camera.mode === 'off') return;
    const recorder = new Recorder({
      ring: camera.stream.ring,
      open: (first) => this.#openClip(camera.id, first),
      preBufferMs: camera.preBufferMs,
      postBufferMs: camera.postBufferMs,
      maxClipMs: camera.maxClipMs,
      clock: this.#options.clock,
    });
    this.#cameras.set(camera.id, {
      camera,
      recorder,
      unsubscribe: camera.stream.subscribe(recorder),
      events: new Map(),
      clip: undefined,
      problem: undefined,
    });
    this.#tick(this.#cameras.get(camera.id)!);
  }

  async stop(camera: CameraId): Promise<void> {
    const recorded = this.#cameras.get(camera);
    if (recorded === undefined) return;
    this.#cameras.delete(camera);
    recorded.unsubscribe();
    recorded.recorder.stop();
    await recorded.clip?.finished();
  }

  isRecording(camera: CameraId): boolean {
    return this.#cameras.get(camera)?.recorder.recording ?? false;
  }

  /** Why the camera can't be recorded just now. */
  problem(camera: CameraId): Problem | undefined {
    return this.#cameras.get(camera)?.problem;
  }

  /** @param at UTC ms of the first sight */
  eventStarted(camera: CameraId, event: EventId, at: number): void {
    const recorded = this.#cameras.get(camera);
    if (recorded === undefined || !this.#options.ready()) return;
    const key = `event ${event}`;
    recorded.events.set(event, key);
    if (recorded.camera.mode === 'continuous') recorded.clip?.link(event);
    else {
      recorded.recorder.trigger(key, at);
      recorded.clip?.link(event);
    }
  }

  /** @param at UTC ms of the last sight */
  eventEnded(camera: CameraId, event: EventId, at: number): void {
    const recorded = this.#cameras.get(camera);
    const key = recorded?.events.get(event);
    if (recorded === undefined || key === undefined) return;
    recorded.events.delete(event);
    recorded.recorder.release(key, at);
  }

  offerThumbnail(camera: CameraId, thumbnail: Thumbnail): void {
    this.#cameras.get(camera)?.clip?.offerThumbnail(thumbnail);
  }

  /** Finishes all clips. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([...this.#cameras.keys()].map((camera) => this.stop(camera)));
    await Promise.all([...this.#open].map((clip) => clip.finished()));
  }

  #tick(recorded: Recorded): void {
    const { camera, recorder } = recorded;
    if (camera.mode.startsWith('continuous') && this.#options.ready() && camera.stream.state.kind === 'live') {
      recorder.trigger('continuous', this.#options.clock.now());
    }
    recorder.tick();
  }

  #openClip(id: CameraId, first: Sample): RecordedClip {
    const recorded = this.#cameras.get(id)!;
    const { camera, events } = recorded;
    const subject: ClipSubject = {
      camera: id,
      cameraName: camera.name,
      reason: camera.mode.startsWith('continuous') ? 'continuous' : 'event',
      audio: camera.stream.audioFormat,
    };
    const clip: RecordedClip = new RecordedClip(first, subject, this.#options, {
      opened: (recording) => {
        recorded.problem = undefined;
        this.#options.started(id, recording);
        this.#options.changed(id);
      },
      finished: (finished) => {
        this.#closed(recorded, clip);
        this.#options.finished(finished);
      },
      failed: (problem) => {
        recorded.problem = problem;
        this.#closed(recorded, clip);
      },
    });
    recorded.clip = clip;
    this.#open.add(clip);
    for (const event of events.keys()) clip.link(event);
    return clip;
  }

  #closed(recorded: Recorded, clip: RecordedClip): void {
    this.#open.delete(clip);
    if (recorded.clip === clip) recorded.clip = undefined;
    try {
      this.#options.changed(recorded.camera.id);
    } catch (error) {
      this.#options.log.error(describeError(error), 'listener failed');
    }
  }
}

/**
 * Recording for all cameras: a recorder each, the clips they have open, and the two clocks that they share: one that
 * seals the clips' tails, so that a crash costs less than a second, and one that ends what no sample will end.
 */
import type { CameraId, EventId, RecordingId } from '../base/ids.ts';
import { describeError, Problem } from '../base/problem.ts';
import type { Sample } from '../media/sample.ts';
import type { Stream } from '../streams/stream.ts';
import type { ClipParts, ClipSubject, FinishedClip } from './recorded-clip.ts';
import { RecordedClip, tailLookMs } from './recorded-clip.ts';
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
  /** Is recording wanted at this hour? Left out: always. `continuous+events` records events at every hour. */
  readonly active?: (at: number) => boolean;
}

export interface RecordingServiceOptions extends ClipParts {
  /** Is there a recipient to encrypt to? Until then nothing is recorded. */
  readonly ready: () => boolean;
  readonly started: (camera: CameraId, recording: RecordingId) => void;
  readonly finished: (clip: FinishedClip) => void;
  /** Something about what is recorded changed: the dashboard is to be told. */
  readonly changed: (camera: CameraId) => void;
}

const tickEveryMs = 1000;
const always = 'continuous';
const manual = 'manual';

interface Recorded {
  readonly camera: RecordedCamera;
  readonly recorder: Recorder;
  readonly unsubscribe: () => void;
  /** Events that go on now: a clip that is opened meanwhile shows them too. */
  readonly events: Map<EventId, string>;
  clip: RecordedClip | undefined;
  problem: Problem | undefined;
  /** Since when something was to be recorded and wasn't, UTC ms. */
  missingSince: number | undefined;
  /** When a person's recording ends by itself, by the monotonic clock. */
  manualUntilMs: number | undefined;
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
      }, tailLookMs),
      setInterval(() => {
        for (const recorded of this.#cameras.values()) this.#tick(recorded);
      }, tickEveryMs),
    ];
  }

  start(camera: RecordedCamera): void {
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
      missingSince: undefined,
      manualUntilMs: undefined,
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

  /** Since when something was to be recorded and isn't; UTC ms. */
  missingSince(camera: CameraId): number | undefined {
    return this.#cameras.get(camera)?.missingSince;
  }

  /**
   * A person's wish: records at once, whatever the mode, until `stopManual` or for `seconds`.
   * @throws Problem recording/not-possible (409) where the camera isn't recorded at all, or nothing can be
   */
  startManual(camera: CameraId, seconds: number): void {
    const recorded = this.#cameras.get(camera);
    if (recorded === undefined || !this.#options.ready()) {
      throw new Problem('recording/not-possible', 'this camera can not be recorded now', {
        status: 409,
        hint: 'recording is switched off for it, or there is no key yet to encrypt to',
      });
    }
    recorded.manualUntilMs = this.#options.clock.monotonicMs() + seconds * 1000;
    recorded.recorder.trigger(manual, this.#options.clock.now());
    // Where it was being recorded anyway, nothing else tells.
    this.#options.changed(camera);
  }

  isManual(camera: CameraId): boolean {
    return this.#cameras.get(camera)?.manualUntilMs !== undefined;
  }

  /** False where none goes on. */
  stopManual(camera: CameraId): boolean {
    const recorded = this.#cameras.get(camera);
    if (recorded?.manualUntilMs === undefined) return false;
    recorded.manualUntilMs = undefined;
    // At once: who says stop means no post-buffer.
    recorded.recorder.release(manual, this.#options.clock.now() - recorded.camera.postBufferMs);
    this.#options.changed(camera);
    return true;
  }

  /** @param at UTC ms of the first sight */
  eventStarted(camera: CameraId, event: EventId, at: number): void {
    const recorded = this.#cameras.get(camera);
    if (recorded === undefined || !this.#options.ready()) return;
    const key = `event ${event}`;
    const { mode } = recorded.camera;
    if (mode === 'events' && !this.#isActive(recorded)) return;
    recorded.events.set(event, key);
    if (mode === 'continuous' || mode === 'off') recorded.clip?.link(event);
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
    const { clock } = this.#options;
    if (camera.mode.startsWith('continuous') && this.#options.ready()) {
      if (!this.#isActive(recorded)) recorder.release(always, clock.now() - camera.postBufferMs);
      else if (camera.stream.state.kind === 'live') recorder.trigger(always, clock.now());
    }
    const { manualUntilMs } = recorded;
    if (manualUntilMs !== undefined && clock.monotonicMs() >= manualUntilMs) this.stopManual(camera.id);
    recorder.tick();
    recorded.missingSince = recorder.missing ? (recorded.missingSince ?? clock.now()) : undefined;
  }

  #isActive({ camera }: Recorded): boolean {
    return camera.active?.(this.#options.clock.now()) ?? true;
  }

  #openClip(id: CameraId, first: Sample): RecordedClip {
    const recorded = this.#cameras.get(id)!;
    const { camera, events } = recorded;
    const subject: ClipSubject = {
      camera: id,
      cameraName: camera.name,
      reason: reasonOf(recorded),
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

function reasonOf({ camera, events, manualUntilMs }: Recorded): ClipSubject['reason'] {
  if (manualUntilMs !== undefined && events.size === 0 && !camera.mode.startsWith('continuous')) return 'manual';
  return camera.mode.startsWith('continuous') ? 'continuous' : 'event';
}

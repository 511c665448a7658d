/**
 * What a camera is while the system runs: a stream, its recorder and its watch, joined so that what is seen becomes an
 * event, an event a recording, and all of it is told to who looks. Cameras come and go with the configuration; the
 * others don't notice.
 */
import { availableParallelism } from 'node:os';
import type { CameraId } from './base/ids.ts';
import { isCameraId } from './base/ids.ts';
import { describeError } from './base/problem.ts';
import type { Secret } from './base/secret.ts';
import { isActive } from './base/weekly-schedule.ts';
import type { Config } from './config/load.ts';
import { timeZoneOf } from './config/time-zone.ts';
import { frameToJpeg } from './decoder/jpeg.ts';
import type { MaskBox } from './decoder/mask-boxes.ts';
import { maskBoxes } from './decoder/mask-boxes.ts';
import { frameToCrop } from './decoder/picture-files.ts';
import type { Sandbox } from './decoder/sandbox.ts';
import { runDemoCamera } from './demo/demo-camera.ts';
import type { DefaultDetector } from './detection/default-detector.ts';
import type { TrackedObject } from './detection/frame-analysis.ts';
import { CameraWatch } from './events/camera-watch.ts';
import { EventBook } from './events/event-book.ts';
import { EventFeed } from './events/event-feed.ts';
import type { EventChange, VisitEvent } from './events/events.ts';
import { recordingTrigger } from './events/trigger.ts';
import type { HomeOptions, HomeParts } from './home.ts';
import { Conversions } from './live/conversions.ts';
import { HlsHub } from './live/hls-hub.ts';
import { LiveHub } from './live/live-hub.ts';
import { runMaskedRendition } from './live/masked-rendition.ts';
import { PictureHub } from './live/picture-hub.ts';
import { PublishHub } from './live/publish-hub.ts';
import { PulledSources } from './pulled-sources.ts';
import type { Supply } from './recording/loss-ledger.ts';
import { LossLedger } from './recording/loss-ledger.ts';
import { RecordingService } from './recording/recording-service.ts';
import type { CameraOptions, CameraSource, RunningCamera } from './streams/camera-streams.ts';
import { CameraStreams } from './streams/camera-streams.ts';
import { subscribePreferred } from './streams/preferred.ts';
import type { StreamStateMessage } from './wire/live.ts';

export interface RunningCamerasParts extends HomeOptions {
  readonly parts: HomeParts;
  readonly detector: DefaultDetector | undefined;
  readonly sandbox: Sandbox;
  /** Show the drawn camera where none is configured. */
  readonly demo: boolean;
  /** For cameras given on the command line, besides those of the store. */
  readonly credentials: ReadonlyMap<CameraId, { readonly username: string; readonly password: Secret }>;
}

/** A camera as it is to run; compared as a whole to see whether it changed. */
type Wanted = Pick<
  Config['cameras'][number],
  | 'id'
  | 'name'
  | 'path'
  | 'source'
  | 'substream'
  | 'audio'
  | 'schedule'
  | 'recording'
  | 'detection'
  | 'zones'
  | 'masks'
  | 'privacy'
> & {
  readonly demo: boolean;
  /** Switched off for privacy. */
  readonly off: boolean;
};

/** What a slow detector may take, from the first sight to the event. */
const detectionLagMs = 5000;

/** Half of the cores at most: detection and recording come first. */
function mostConversions(): number {
  return Math.max(1, Math.min(4, availableParallelism() >> 1));
}

interface Joined {
  readonly wanted: string;
  readonly watch: CameraWatch | undefined;
  readonly records: (event: VisitEvent) => boolean;
  objects: readonly TrackedObject[];
}

export class RunningCameras {
  readonly streams: CameraStreams;
  readonly recording: RecordingService;
  readonly live: LiveHub;
  readonly pictures: PictureHub;
  readonly feed: EventFeed;
  readonly hls: HlsHub;
  readonly #conversions: Conversions;
  readonly publish: PublishHub;
  readonly #options: RunningCamerasParts;
  readonly #sources: PulledSources;
  readonly #book: EventBook;
  readonly #joined = new Map<CameraId, Joined>();
  readonly #abort = new AbortController();
  readonly #private = new Set<CameraId>();
  readonly #losses: LossLedger;
  readonly #startedAt: number;
  #lossTimer: NodeJS.Timeout | undefined;
  #config: Config;
  #applying: Promise<void> = Promise.resolve();

  constructor(options: RunningCamerasParts) {
    const { parts, clock, log } = options;
    const { catalog, vault, credentials } = parts;
    this.#options = options;
    this.#config = options.config;
    this.feed = new EventFeed(log);
    this.#losses = new LossLedger({ losses: catalog.losses, state: catalog.state, clock, log });
    this.#startedAt = clock.now();
    const { sandbox } = options;
    this.#conversions = new Conversions({ most: mostConversions(), sandbox, clock, log });
    this.live = new LiveHub({
      converted: (stream) => this.#conversions.of(stream),
      stream: (camera, which) => {
        const running = this.streams.get(camera);
        return which === 'sub' ? (running?.sub ?? running?.stream) : running?.stream;
      },
      cameras: () => this.streams.list().map((running) => running.options.id),
      stateOf: (camera) => {
        const running = this.streams.get(camera);
        return running === undefined ? undefined : this.stateOf(running);
      },
      log,
    });
    this.publish = new PublishHub({
      cameras: () =>
        this.streams
          .list()
          .filter(({ publishPath }) => publishPath !== undefined)
          .map(({ options: { id, name } }) => ({ id, name })),
      path: (camera) => this.streams.get(camera)?.publishPath,
      clock,
    });
    this.hls = new HlsHub({ stream: (camera) => this.streams.get(camera)?.stream, clock });
    this.pictures = new PictureHub({
      stream: (camera) => this.streams.get(camera)?.stream,
      objects: (camera) => this.objects(camera),
      appearance: () => this.#config.appearance,
      sandbox: options.sandbox,
      clock,
      log,
    });
    this.recording = new RecordingService({
      recordings: catalog.recordings,
      vault,
      clock,
      log,
      ready: () => this.#config.recording.enabled && vault.status().kind !== 'absent',
      started: (camera, recording) => {
        this.live.tell(camera, { type: 'recording', camera, recording, state: 'started' });
        this.feed.tell({ kind: 'recording', camera, recording, state: 'started' });
      },
      finished: ({ camera, id, ...hashes }) => {
        this.live.tell(camera, { type: 'recording', camera, recording: id, state: 'finished' });
        this.feed.tell({ kind: 'recording', camera, recording: id, state: 'finished' });
        parts.audit
          .append({
            ...{ kind: 'recording.finished', who: null, from: null, camera },
            detail: { recording: id, sha256: hashes.sha256, plainSha256: hashes.plainSha256 },
          })
          .catch((error: unknown) => log.error(describeError(error), 'audit entry not written'));
      },
      changed: (camera) => this.#tellState(camera),
    });
    this.#book = new EventBook({
      events: catalog.events,
      resolution: options.config.detection.resolution,
      log,
      changed: (kind, camera, id, event) => {
        if (kind !== 'ended' && this.#joined.get(camera)?.records(event) === true) {
          this.recording.eventStarted(camera, id, event.startAt);
        }
        this.#offerThumbnail(camera, event);
        if (kind === 'ended') this.recording.eventEnded(camera, id, event.endAt);
        if (kind === 'updated') return;
        this.live.tell(camera, { type: 'event', camera, event: id, state: kind });
        this.feed.tell({ kind: 'event', camera, event: id, state: kind });
      },
    });
    const sources = new PulledSources(options);
    this.#sources = sources;
    this.streams = new CameraStreams({
      credentials: (camera) => sources.credentials(camera),
      digestSeen: async (camera) => (await credentials.get(camera))?.digestSeen ?? false,
      rememberDigest: (camera) => credentials.setDigestSeen(camera),
      certificate: (camera) => sources.certificate(camera),
      dial: (url) => sources.dial(url),
      clock,
      log,
    });
  }

  /** Starts, stops and restarts cameras so that they are those of the configuration; unchanged ones go on. */
  apply(config: Config): Promise<void> {
    // One after another: a switch for privacy and a reload may come together.
    const applied = this.#applying.then(() => this.#apply(config));
    this.#applying = applied.catch(() => {});
    return applied;
  }

  async #apply(config: Config): Promise<void> {
    this.#config = config;
    await this.#readPrivacy();
    const wanted = wantedCameras(config, this.#options.demo, this.#private);
    const keys = new Map(wanted.map((camera) => [camera.id, JSON.stringify(camera)]));
    for (const [id, joined] of [...this.#joined]) if (keys.get(id) !== joined.wanted) await this.#stop(id);
    for (const camera of wanted) if (!this.#joined.has(camera.id)) await this.#start(camera);
  }

  isPrivate(camera: CameraId): boolean {
    return this.#private.has(camera);
  }

  /** Kept over restarts; resolves when nothing of the camera goes anywhere any more, or it starts again. */
  async setPrivacy(camera: CameraId, on: boolean): Promise<void> {
    const { state } = this.#options.parts.catalog;
    if (on) await state.set(privacyKey(camera), 'on');
    else await state.remove(privacyKey(camera));
    await this.apply(this.#config);
  }

  async #readPrivacy(): Promise<void> {
    const { state } = this.#options.parts.catalog;
    this.#private.clear();
    for (const key of await state.keys(privacyPrefix)) {
      const id = key.slice(privacyPrefix.length);
      if (isCameraId(id)) this.#private.add(id);
    }
  }

  stateOf(running: RunningCamera): StreamStateMessage {
    const { id } = running.options;
    const state: StreamStateMessage = {
      ...running.stream.stateMessage(this.recording.isRecording(id)),
      ...(this.recording.isManual(id) ? { byHand: true } : {}),
    };
    if (this.#private.has(id)) return { ...state, detail: 'switched off for privacy', code: 'camera/privacy' };
    // A live picture that can't be recorded is a trouble that must show.
    const problem = state.kind === 'live' ? this.recording.problem(id) : undefined;
    return problem === undefined ? state : { ...state, detail: problem.detail, code: problem.code };
  }

  /** What the detector follows now. */
  objects(camera: CameraId): readonly TrackedObject[] {
    return this.#joined.get(camera)?.objects ?? [];
  }

  /** Begins the ledger of losses: what a stop or a crash took, and from now on each second. Before `apply`. */
  async beginLedger(): Promise<void> {
    const wanted = wantedCameras(this.#config, this.#options.demo, this.#private);
    for (const { id, name } of wanted) await this.#options.parts.catalog.cameras.ensure(id, name);
    await this.#losses.begin(wanted.map(({ id }) => id));
    this.#lossTimer = setInterval(() => {
      this.#losses.observe(new Map([...this.#joined.keys()].map((id) => [id, this.#supply(id)])));
    }, lossEveryMs);
  }

  /** Does the camera give what it should? */
  #supply(id: CameraId): Supply {
    const running = this.streams.get(id);
    const { clock } = this.#options;
    const lastAt = running?.stream.stateMessage(false).lastSampleAt ?? null;
    const since = Math.max(lastAt ?? this.#startedAt, this.#startedAt);
    if (this.#private.has(id)) return { kind: 'missing', reason: 'privacy', since: clock.now() };
    if (running === undefined) return { kind: 'missing', reason: 'network', since };
    const { state, silentMs } = running.stream;
    if (state.kind !== 'live')
      return { kind: 'missing', reason: state.kind === 'stalled' ? 'silent' : 'network', since };
    if (silentMs > silentAfterMs) return { kind: 'missing', reason: 'silent', since };
    const unwritten = this.recording.missingSince(id);
    if (unwritten !== undefined && this.recording.problem(id) !== undefined)
      return { kind: 'missing', reason: 'disk', since: unwritten };
    return { kind: 'given', since: lastAt ?? clock.now() };
  }

  /** Ends events, finishes recordings, then lets go of the cameras. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#lossTimer);
    if (this.#lossTimer !== undefined) await this.#losses.stop();
    await Promise.all([...this.#joined.values()].map(({ watch }) => watch?.[Symbol.asyncDispose]()));
    await this.#book[Symbol.asyncDispose]();
    this.hls.close();
    await this.#conversions[Symbol.asyncDispose]();
    await this.pictures[Symbol.asyncDispose]();
    await this.recording[Symbol.asyncDispose]();
    await this.streams[Symbol.asyncDispose]();
    this.#abort.abort();
  }

  async #start(wanted: Wanted): Promise<void> {
    const { id, name, path, substream, audio, recording, detection, privacy } = wanted;
    await this.#options.parts.catalog.cameras.ensure(id, name);
    const { stream, unmasked } = this.streams.start({
      id,
      name,
      path,
      audio,
      // When an event is known its beginning is past, on a busy machine by seconds.
      preBufferMs: recording.pre_buffer_seconds * 1000 + (detection.enabled ? detectionLagMs : 0),
      reconnectMs: detection.stream.reconnect_interval * 1000,
      source: this.#source(wanted),
      ...(substream === undefined || wanted.off ? {} : { substream: new URL(substream) }),
      ...(privacy.length === 0 ? {} : { mask: this.#mask(id, boxesOf(privacy)) }),
    });
    stream.onState(() => this.#tellState(id));
    this.live.restarted(id);
    this.#tellState(id);
    if (recording.enabled && !wanted.off) {
      const timeZone = timeZoneOf(this.#config);
      this.recording.start({
        id,
        name,
        stream,
        mode: recording.mode,
        preBufferMs: recording.pre_buffer_seconds * 1000,
        postBufferMs: recording.post_buffer_seconds * 1000,
        maxClipMs: recording.max_clip_seconds * 1000,
        // Asked often, and asking the system for its zone is dear.
        active: (at) => isActive(wanted.schedule, at, timeZone),
      });
    }
    const watch = detection.enabled && !wanted.off ? this.#watch(wanted) : undefined;
    if (watch !== undefined && unmasked.sub === undefined) unmasked.stream.subscribe(watch);
    if (watch !== undefined && unmasked.sub !== undefined) subscribePreferred(unmasked.sub, unmasked.stream, watch);
    const { record_objects: objects, min_confidence: minConfidence } = recording;
    const records = recordingTrigger({ objects, ...(minConfidence === null ? {} : { minConfidence }) });
    this.#joined.set(id, { wanted: JSON.stringify(wanted), watch, records, objects: [] });
  }

  async #stop(id: CameraId): Promise<void> {
    const joined = this.#joined.get(id);
    this.#joined.delete(id);
    await joined?.watch?.[Symbol.asyncDispose]();
    await this.recording.stop(id);
    await this.streams.stop(id);
  }

  #source(wanted: Wanted): CameraSource {
    if (wanted.off)
      return { kind: 'off', was: wanted.demo ? 'demo' : wanted.source === undefined ? 'publish' : 'pull' };
    if (wanted.demo) {
      const { clock, log } = this.#options;
      return { kind: 'demo', run: (stream, signal) => runDemoCamera({ clock, log }, stream, signal) };
    }
    const { source } = wanted;
    if (source === undefined) return { kind: 'publish' };
    if (!source.startsWith('ffmpeg:')) return { kind: 'pull', url: new URL(source) };
    return {
      kind: 'program',
      url: source,
      attempt: (stream, signal) =>
        this.#sources.playByFfmpeg(wanted, source, (sample) => stream.accept(sample), signal),
    };
  }

  #mask(camera: CameraId, boxes: readonly MaskBox[]): NonNullable<CameraOptions['mask']> {
    const { sandbox, clock, log } = this.#options;
    const deps = { boxes, sandbox, clock, log: log.child({ camera }) };
    return (raw, masked, signal) => runMaskedRendition({ ...deps, raw, masked }, signal);
  }

  #watch({ id, detection, zones, masks, privacy }: Wanted): CameraWatch | undefined {
    const { detector, sandbox, clock, log } = this.#options;
    if (detector === undefined) return undefined;
    const { confidence, filters, sensitivity, resolution } = detection;
    const timeZone = timeZoneOf(this.#config);
    return new CameraWatch(
      {
        camera: id,
        sensitivity,
        blackened: boxesOf(privacy),
        zones: zones.map(({ stay_seconds: staySeconds, schedule, ...zone }) => ({
          ...zone,
          active: (at: number) => isActive(schedule, at, timeZone),
          points: zone.points.map(pointOf),
          staySeconds,
        })),
        filter: {
          classes: filters.classes,
          resolution,
          masks: masks.map((mask) => mask.map(pointOf)),
          ...(confidence === null ? {} : { confidence }),
          ...(filters.min_area === null ? {} : { minAreaPx: filters.min_area }),
          ...(filters.max_area === null ? {} : { maxAreaPx: filters.max_area }),
        },
        detector,
        sandbox,
        clock,
        log: log.child({ camera: id }),
        tracks: ({ at, objects }) => this.#showTracks(id, at, objects),
        event: (change: EventChange) => this.#book.write(change),
      },
      this.#abort.signal,
    );
  }

  #showTracks(camera: CameraId, at: number, objects: readonly TrackedObject[]): void {
    const joined = this.#joined.get(camera);
    if (joined === undefined) return;
    const confirmed = objects.filter((one) => one.confirmed);
    // Nothing before and nothing now: nobody needs to be told five times a second.
    if (confirmed.length === 0 && joined.objects.length === 0) return;
    joined.objects = confirmed;
    this.live.boxes(
      camera,
      at,
      confirmed.map((one) => ({ track: one.track, class: one.class, confidence: one.confidence, box: one.box })),
    );
  }

  #offerThumbnail(camera: CameraId, { best, preview }: VisitEvent): void {
    if (best === null) return;
    this.recording.offerThumbnail(camera, {
      score: best.confidence * Math.sqrt(best.box[2] * best.box[3]),
      confidence: best.confidence,
      jpeg: () => frameToJpeg(best.frame),
      crop: () => frameToCrop(best.frame, best.box),
      preview: () => preview.webp(),
    });
  }

  #tellState(camera: CameraId): void {
    const running = this.streams.get(camera);
    if (running === undefined) return;
    const state = this.stateOf(running);
    this.live.tell(camera, { type: 'state', camera, state });
    this.feed.tell({ kind: 'camera', camera, state });
  }
}

const lossEveryMs = 1000;
/** A camera of one picture a second isn't silent. */
const silentAfterMs = 3000;

const privacyPrefix = 'privacy ';

function privacyKey(camera: CameraId): string {
  return `${privacyPrefix}${camera}`;
}

function wantedCameras(config: Config, demo: boolean, off: ReadonlySet<CameraId>): readonly Wanted[] {
  const { recording, detection } = config;
  if (config.cameras.length === 0 && demo) {
    const id = 'demo';
    if (!isCameraId(id)) throw new TypeError('the demo camera has no id');
    return [
      {
        id,
        name: 'Demo',
        path: 'video/demo',
        source: undefined,
        substream: undefined,
        audio: false,
        recording,
        detection,
        zones: [],
        masks: [],
        privacy: [],
        demo: true,
        schedule: [],
        off: off.has(id),
      },
    ];
  }
  return config.cameras
    .filter((camera) => camera.enabled)
    .map(({ id, name, path, source, substream, audio, schedule, recording, detection, zones, masks, privacy }) => ({
      ...{ id, name, path, source, substream, audio, schedule, recording, detection, zones, masks, privacy },
      demo: false,
      off: off.has(id),
    }));
}

function boxesOf(privacy: Wanted['privacy']): readonly MaskBox[] {
  return maskBoxes(privacy.map((polygon) => polygon.map(pointOf)));
}

function pointOf(point: readonly number[]): readonly [number, number] {
  return [point[0]!, point[1]!];
}

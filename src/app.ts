/**
 * The composition root: the only place that builds the parts of the running system and joins them. It reads from top to
 * bottom as the architecture: home, live view, recording, events, detection, cameras, RTSP, HTTP, commands. What is
 * built last is closed first.
 */
import { join } from 'node:path';
import type { CameraId } from './base/ids.ts';
import { describeError, Problem } from './base/problem.ts';
import { Secret } from './base/secret.ts';
import type { CameraConfig } from './config/cameras.ts';
import type { Config } from './config/load.ts';
import type { ControlHandler } from './control/control-server.ts';
import { startControl } from './control/control-server.ts';
import { frameToJpeg } from './decoder/jpeg.ts';
import { findSandbox } from './decoder/sandbox.ts';
import { runDemoCamera } from './demo/demo-camera.ts';
import { startDefaultDetector } from './detection/default-detector.ts';
import type { TrackUpdate } from './detection/frame-analysis.ts';
import { CameraWatch } from './events/camera-watch.ts';
import { EventBook } from './events/event-book.ts';
import { recordingTrigger } from './events/trigger.ts';
import type { HomeOptions, HomeParts } from './home.ts';
import { openHomeParts } from './home.ts';
import { commandsOf } from './home-commands.ts';
import { eventsView } from './http/events-view.ts';
import type { Parts, SeenObject } from './http/parts.ts';
import { recordingsView } from './http/recordings-view.ts';
import { startHttp } from './http/server.ts';
import { streamsView } from './http/streams-view.ts';
import { LiveHub } from './live/live-hub.ts';
import { Deletion } from './recording/deletion.ts';
import { Playback } from './recording/playback.ts';
import { RecordingService } from './recording/recording-service.ts';
import { recoverRecordings } from './recording/recovery.ts';
import type { RunningCamera } from './streams/camera-streams.ts';
import { CameraStreams } from './streams/camera-streams.ts';
import { tlsOptions } from './tls/options.ts';

/** Where the set-up puts the built-in model's source files, and vite the dashboard. */
const modelSource = join(import.meta.dirname, '..', '.setup', 'model');
const dashboard = join(import.meta.dirname, '..', 'web', 'dist');

export interface RunOptions extends HomeOptions {
  /** Reads the configuration again. @throws Problem `config/…` */
  readonly loadConfig: () => Promise<Config>;
  readonly rtspServer: boolean;
  /** Show the drawn camera where none is configured. */
  readonly demo: boolean;
  /** For cameras given on the command line, besides those of the store. */
  readonly credentials: ReadonlyMap<CameraId, { readonly username: string; readonly password: Secret }>;
  /** Commands for the control socket. */
  readonly handlers: (home: ReturnType<typeof commandsOf>) => Readonly<Record<string, ControlHandler>>;
}

/** The home for a command, while no system runs on it. */
export async function openHome(options: HomeOptions) {
  const home = await openHomeParts(options);
  return { ...commandsOf(home, options), [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() };
}

export async function runSystem(options: RunOptions) {
  const { clock, log } = options;
  let { config } = options;
  const abort = new AbortController();
  await using started = new AsyncDisposableStack();
  started.defer(() => abort.abort());

  // Home: what was known before. What a crash left open is closed before anything new begins.
  const home = started.use(await openHomeParts(options));
  const { access, audit, catalog, credentials, vault } = home;
  await makeKeyfileWhereChosen(home, config);
  await catalog.events.closeOpen();
  await recoverRecordings({ recordings: catalog.recordings, vault, store: home.recordings, log });

  // Live view: states of all cameras and the pictures of those that somebody looks at.
  const stateOf = ({ options: { id }, stream }: RunningCamera) => stream.stateMessage(recording.isRecording(id));
  const live = new LiveHub({
    stream: (camera) => streams.get(camera)?.stream,
    cameras: () => streams.list().map(({ options: { id } }) => id),
    stateOf: (camera) => {
      const running = streams.get(camera);
      return running === undefined ? undefined : stateOf(running);
    },
    log,
  });
  const tellState = (camera: CameraId): void => {
    const running = streams.get(camera);
    if (running !== undefined) live.tell(camera, { type: 'state', camera, state: stateOf(running) });
  };

  // Recording: straight from the streams into the vault.
  const recording = started.use(
    new RecordingService({
      recordings: catalog.recordings,
      vault,
      clock,
      log,
      ready: () => config.recording.enabled && vault.status().kind !== 'absent',
      started: (camera, id) => live.tell(camera, { type: 'recording', camera, recording: id, state: 'started' }),
      finished: ({ camera, id, sha256 }) => {
        live.tell(camera, { type: 'recording', camera, recording: id, state: 'finished' });
        audit
          .append({ kind: 'recording.finished', who: null, from: null, camera, detail: { recording: id, sha256 } })
          .catch((error: unknown) => log.error(describeError(error), 'audit entry not written'));
      },
      changed: tellState,
    }),
  );

  // Events: visits become rows, start and end recordings, and are told to who looks.
  const triggers = new Map<CameraId, ReturnType<typeof recordingTrigger>>();
  const book = started.use(
    new EventBook({
      events: catalog.events,
      resolution: config.detection.resolution,
      log,
      changed: (kind, camera, id, event) => {
        if (kind !== 'ended' && triggers.get(camera)?.(event) === true) recording.eventStarted(camera, id, event.startAt);
        const best = event.best;
        if (best !== null) {
          recording.offerThumbnail(camera, {
            score: best.confidence * Math.sqrt(best.box[2] * best.box[3]),
            confidence: best.confidence,
            jpeg: () => frameToJpeg(best.frame),
          });
        }
        if (kind === 'ended') recording.eventEnded(camera, id, event.endAt);
        if (kind !== 'updated') live.tell(camera, { type: 'event', camera, event: id, state: kind });
      },
    }),
  );

  // Detection: decoders and model in processes of their own.
  const sandbox = await findSandbox({ log }, abort.signal);
  const detector = config.detection.enabled
    ? started.use(
        startDefaultDetector(
          { sourceDir: modelSource, modelDir: join(options.home, 'models'), sandbox, clock, log },
          abort.signal,
        ),
      )
    : undefined;
  const seen = new Map<CameraId, readonly SeenObject[]>();
  const showTracks = (camera: CameraId, { at, objects }: TrackUpdate): void => {
    const confirmed = objects.filter((one) => one.confirmed);
    seen.set(camera, confirmed);
    live.boxes(
      camera,
      at,
      confirmed.map(({ track, class: name, confidence, box }) => ({ track, class: name, confidence, box })),
    );
  };

  // Cameras: a stream each, its recorder and its watch.
  const streams = started.use(
    new CameraStreams({
      credentials: async (camera) => options.credentials.get(camera) ?? (await credentials.get(camera)),
      digestSeen: async (camera) => (await credentials.get(camera))?.digestSeen ?? false,
      rememberDigest: (camera) => credentials.setDigestSeen(camera),
      clock,
      log,
    }),
  );
  const watches = new Map<CameraId, CameraWatch>();
  const startCamera = async (camera: CameraConfig | 'demo'): Promise<void> => {
    const { id, name, path } = camera === 'demo' ? demoCamera : camera;
    const settings = camera === 'demo' ? config : camera;
    await catalog.cameras.ensure(id, name);
    const running = streams.start({
      id,
      name,
      path,
      preBufferMs: settings.recording.pre_buffer_seconds * 1000,
      reconnectMs: settings.detection.stream.reconnect_interval * 1000,
      source:
        camera === 'demo'
          ? { kind: 'demo', run: (stream, signal) => runDemoCamera({ clock, log }, stream, signal) }
          : camera.source === undefined
            ? { kind: 'publish' }
            : { kind: 'pull', url: new URL(camera.source) },
    });
    running.stream.onState(() => tellState(id));
    if (config.recording.enabled && settings.recording.enabled) {
      recording.start({
        id,
        name,
        stream: running.stream,
        mode: settings.recording.mode,
        preBufferMs: settings.recording.pre_buffer_seconds * 1000,
        postBufferMs: settings.recording.post_buffer_seconds * 1000,
        maxClipMs: settings.recording.max_clip_seconds * 1000,
      });
      const { record_objects: objects, min_confidence: minConfidence } = settings.recording;
      triggers.set(id, recordingTrigger({ objects, ...(minConfidence === null ? {} : { minConfidence }) }));
    }
    if (detector !== undefined && settings.detection.enabled) {
      const { confidence, filters } = settings.detection;
      const watch = new CameraWatch(
        {
          camera: id,
          filter: {
            classes: filters.classes,
            ...(confidence === null ? {} : { confidence }),
            ...(filters.min_area === null ? {} : { minAreaPx: filters.min_area }),
            ...(filters.max_area === null ? {} : { maxAreaPx: filters.max_area }),
          },
          detector,
          sandbox,
          clock,
          log: log.child({ camera: id }),
          tracks: (update) => showTracks(id, update),
          event: (change) => book.write(change),
        },
        abort.signal,
      );
      watches.set(id, watch);
      running.stream.subscribe(watch);
    }
  };
  const stopCamera = async (id: CameraId): Promise<void> => {
    await streams.stop(id);
    await watches.get(id)?.[Symbol.asyncDispose]();
    watches.delete(id);
    seen.delete(id);
    await recording.stop(id);
  };
  started.defer(async () => {
    await Promise.all([...watches.values()].map((watch) => watch[Symbol.asyncDispose]()));
  });
  const wanted = (): readonly (CameraConfig | 'demo')[] => {
    const cameras = config.cameras.filter(({ enabled }) => enabled);
    return config.cameras.length === 0 && options.demo ? ['demo'] : cameras;
  };
  for (const camera of wanted()) await startCamera(camera);

  // RTSP: phones and cameras publish; the same accounts, lockout and log as everywhere.
  // HTTP: routes, live socket and dashboard, and camera discovery for apps on a port of its own.
  const parts: Parts = {
    access,
    recordings: recordingsView({
      catalog,
      playback: new Playback({ recordings: catalog.recordings, vault }),
      deletion: new Deletion({ recordings: catalog.recordings, store: home.recordings }),
    }),
    events: eventsView({ catalog, timeZone: timeZoneOf(config), clock }),
    streams: streamsView({ streams, stateOf, objects: (camera) => seen.get(camera) ?? [] }),
    vault: {
      status: () => ({ mode: 'none', ...vault.status() }),
      unlock: (passphrase) => vault.unlock(passphrase),
      lock: async () => vault.lock(),
      createOwner: (source) => home.createOwner(source),
    },
    live: {
      attach: (socket, principal) =>
        live.attach(socket, { maySee: (camera) => access.authorize(principal, 'live.view', camera).allowed }),
    },
    audit,
    system: { ready: () => !abort.signal.aborted },
  };
}

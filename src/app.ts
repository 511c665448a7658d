/**
 * The composition root: the only place that builds the parts of the running system and joins them. It reads from top to
 * bottom as the architecture: home, detection, cameras, RTSP, HTTP, commands. What is built last is closed first.
 */
import { join } from 'node:path';
import type { VerifyResult } from './access/gate.ts';
import type { Principal } from './access/principal.ts';
import { streamRealm } from './access/stream-passwords.ts';
import type { CameraId } from './base/ids.ts';
import { installationFolder } from './base/installation.ts';
import { Problem } from './base/problem.ts';
import { Secret } from './base/secret.ts';
import { cameraGuard } from './cameras/camera-address.ts';
import { CameraSearch } from './cameras/onvif-discovery.ts';
import { onvifStreams, proposeStreams } from './cameras/onvif-streams.ts';
import type { ConfigFile } from './config/config-file.ts';
import type { Config } from './config/load.ts';
import { settingsForNextStart } from './config/restart.ts';
import { timeZoneOf } from './config/time-zone.ts';
import type { ControlHandler } from './control/control-server.ts';
import { startControl } from './control/control-server.ts';
import { findSandbox } from './decoder/sandbox.ts';
import { startDefaultDetector } from './detection/default-detector.ts';
import type { HomeOptions, HomeParts } from './home.ts';
import { openHomeParts } from './home.ts';
import { backupsOf } from './home-backup.ts';
import { commandsOf, exportPartsOf, retentionOf, verifyPartsOf } from './home-commands.ts';
import { doctorView } from './home-doctor.ts';
import { keysOf } from './home-keys.ts';
import { eventsView } from './http/events-view.ts';
import { networkPolicy } from './http/network-policy.ts';
import type { Parts } from './http/parts.ts';
import { recordingsView } from './http/recordings-view.ts';
import { startHttp } from './http/server.ts';
import { streamsView } from './http/streams-view.ts';
import { timelineView } from './http/timeline-view.ts';
import { startFactsFiles } from './recording/facts-file.ts';
import { forecast } from './recording/forecast.ts';
import { Playback } from './recording/playback.ts';
import { recoverRecordings } from './recording/recovery.ts';
import { startRetention } from './recording/retention.ts';
import { SealedFiles } from './recording/sealed-files.ts';
import { retentionRules } from './recording-rules.ts';
import type { RtspServer } from './rtsp/server.ts';
import { createRtspServer } from './rtsp/server.ts';
import type { RtspAuthentication } from './rtsp/server-hooks.ts';
import { RunningCameras } from './running-cameras.ts';
import { startMetrics } from './running-metrics.ts';
import { runningSettings } from './running-settings.ts';
import type { CameraSource } from './streams/camera-streams.ts';
import { tlsOptions } from './tls/options.ts';

/** Where the set-up puts the built-in model's source files, and vite the dashboard. */
const modelSource = join(installationFolder(), '.setup', 'model');
const dashboard = join(installationFolder(), 'web', 'dist');

export interface RunOptions extends HomeOptions {
  /** Reads the configuration again. @throws Problem `config/…` */
  readonly loadConfig: () => Promise<Config>;
  /** For the dashboard's settings. */
  readonly configFile: ConfigFile;
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
  await using building = new AsyncDisposableStack();
  building.defer(() => abort.abort());

  // Home: what was known before. What a crash left open is closed before anything new begins.
  const home = building.use(await openHomeParts(options));
  const { access, catalog, vault } = home;
  if (config.security.encryption.mode === 'keyfile' && vault.status().kind === 'absent') {
    await home.createOwner({ mode: 'keyfile' });
  }
  await catalog.events.closeOpen();
  await recoverRecordings({
    ...{ recordings: catalog.recordings, vault, store: home.recordings, log },
    torn: ({ id, camera, ...hashes }) =>
      home.audit.append({
        ...{ kind: 'recording.torn', who: null, from: null, camera },
        detail: { recording: id, ...hashes },
      }),
  });

  building.use(startFactsFiles(home.factsFiles));

  // Detection: decoders and the model in processes of their own.
  const sandbox = await findSandbox({ log }, abort.signal);
  const { model, runtime } = config.detection;
  const models = {
    ...{ sourceDir: modelSource, modelDir: join(options.home, 'models') },
    ...{ threads: runtime.threads, providers: runtime.providers.length === 0 ? ['cpu'] : runtime.providers },
    ...(model === '' ? {} : { modelFile: model }),
    ...(runtime.processes === null ? {} : { children: runtime.processes }),
  };
  const detector = config.detection.enabled
    ? building.use(startDefaultDetector({ ...models, sandbox, clock, log }, abort.signal))
    : undefined;

  // Cameras: streams, recorders, watches, and live view of them.
  const cameras = building.use(new RunningCameras({ ...options, parts: home, detector, sandbox }));
  await cameras.beginLedger();
  await cameras.apply(config);

  building.use(
    startRetention(
      retentionOf(home, options, () => config),
      log,
    ),
  );

  // RTSP: cameras and phones publish; the same accounts, lockout and log as everywhere.
  const secured = config.security.use_tls ? { context: () => tlsOptions(home.certificates.material) } : undefined;
  const rtsp = options.rtspServer ? building.use(rtspEntrance(config, home, cameras, options, secured)) : undefined;
  const { rtsp_port: rtspPort, rtsps_port: rtspsPort } = config.advanced.mediamtx;
  const host = config.network.bind;
  const rtspAt = await rtsp?.listen({ host, port: rtspPort, secure: false });
  const rtspsAt = secured === undefined ? undefined : await rtsp?.listen({ host, port: rtspsPort, secure: true });

  // HTTP: routes, live socket and dashboard; and camera discovery for apps on a port of its own.
  // Changed settings take effect as after a reload, which is made further down, when HTTP is there.
  const applied: { reload: () => Promise<void> } = { reload: async () => {} };
  const settings = runningSettings({
    ...{ options, parts: home, started: config, file: options.configFile },
    config: () => config,
    reload: () => applied.reload(),
    reconnect: (camera) => cameras.streams.reconnect(camera),
  });
  const server = () => ({
    https: http.url,
    sandbox: sandbox.kind,
    routes: http.routes.map(({ method, url, access: rule }) => ({ method, url, open: rule === 'open' })),
  });
  const metrics = building.use(startMetrics({ home, options, cameras, detector }));
  const doctor = doctorView(home, options, { config: () => config, server });
  const parts = httpParts(() => config, home, cameras, options, { settings, doctor, metrics }, abort.signal);
  const { network, detection } = config;
  const httpOptions = {
    hosts: network.hosts,
    allowedNetworks: network.allowed_networks,
    blockExternal: network.block_external,
    trustedProxies: network.trusted_proxies,
    trustedOrigins: network.trusted_origins,
    timezone: timeZoneOf(config),
    dashboard,
  };
  const serving = { host, tls: secured?.context(), parts, log, clock };
  const http = building.use(await startHttp({ ...serving, port: detection.port, options: httpOptions }));
  const paths = building.use(
    await startHttp({ ...serving, port: network.api_port, options: { ...httpOptions, surface: 'paths' } }),
  );

  const { hls_port: hlsPort } = config.advanced.mediamtx;
  const hls = options.rtspServer
    ? building.use(await startHttp({ ...serving, port: hlsPort, options: { ...httpOptions, surface: 'hls' } }))
    : undefined;

  // Commands: what the command line asks of a running system.
  const setupUrl = async (): Promise<Secret | undefined> =>
    (await access.setupOpen()) ? setupLink(http.url, access.setupCode()) : undefined;
  const reload = async (): Promise<void> => {
    const before = config;
    config = await options.loadConfig();
    const waiting = settingsForNextStart(before, config);
    if (waiting.length > 0) log.warn({ settings: waiting }, 'settings wait for the next start');
    await cameras.apply(config);
    await home.certificates.refresh();
    const context = secured?.context();
    if (context === undefined) return;
    http.reloadTls(context);
    paths.reloadTls(context);
    hls?.reloadTls(context);
    rtsp?.renewCertificate();
  };
  applied.reload = reload;
  building.use(backupsOf(home, options).schedule(() => config));
  const running = {
    config: () => config,
    setupUrl,
    reload,
    server,
    cameraStates: () =>
      Object.fromEntries(cameras.streams.list().map(({ options: { id }, stream }) => [id, stream.state.kind])),
    reconnect: (camera: CameraId) => cameras.streams.reconnect(camera),
  };
  building.use(
    await startControl({
      path: join(options.home, 'run', 'control.sock'),
      handlers: options.handlers(commandsOf(home, options, running)),
      log,
    }),
  );

  const all = building.move();
  const stopped = Promise.withResolvers<void>();
  const url = await setupUrl();
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return {
    ready: {
      https: http.url,
      ...(rtspAt === undefined ? {} : { rtsp: `rtsp://${bracketed}:${rtspAt}` }),
      ...(rtspsAt === undefined ? {} : { rtsps: `rtsps://${bracketed}:${rtspsAt}` }),
      ...(hls === undefined ? {} : { hls: hls.url }),
      paths: paths.url,
      pid: process.pid,
    },
    ...(url === undefined ? {} : { setupUrl: url }),
    reload,
    setupDone: access.setupUsed,
    stop: () => {
      // Once: a stack that is disposed already has nothing left to do.
      all.disposeAsync().then(stopped.resolve, stopped.reject);
      return stopped.promise;
    },
    stopped: stopped.promise,
  };
}

/** RTSP's questions, answered by the accounts and the cameras. */
function rtspEntrance(
  config: Config,
  { access }: HomeParts,
  cameras: RunningCameras,
  { clock, log }: HomeOptions,
  tls: { context(): ReturnType<typeof tlsOptions> } | undefined,
): RtspServer {
  const policy = {
    allowedNetworks: config.network.allowed_networks,
    blockExternal: config.network.block_external,
  };
  const permitted = networkPolicy(policy);
  const players = new Map<(reason: Problem) => void, Principal['accountId']>();
  access.onRevoked(({ accountId, reason: why }) => {
    // A rotated password of a publisher stays good for a while, so that no camera goes dark.
    if (why === 'rotated') return;
    const reason = new Problem('stream/revoked', 'the account changed');
    for (const [kick, account] of [...players]) if (account === accountId) kick(reason);
    for (const { publishPath } of cameras.streams.list()) {
      if (publishPath?.account === accountId) publishPath.end(reason);
    }
  });
  return createRtspServer<Principal>({
    realm: streamRealm,
    ...(tls === undefined ? {} : { tls }),
    clock,
    log,
    authenticate: async ({ username, address, credentials }) => {
      if (!permitted(address)) return { ok: false, status: 401 };
      if (credentials.kind === 'basic') {
        return rtspAnswer(await access.verifyStream({ username, password: credentials.password, address }));
      }
      const attempt = await access.streamAttempt({ username, algorithm: credentials.algorithm, address });
      if (!attempt.ok) return rtspAnswer(attempt);
      const matches = [attempt.ha1, attempt.formerHa1].map((ha1) => credentials.verify(ha1));
      return rtspAnswer(await attempt.settle(matches.includes(true)));
    },
    publish: async ({ principal, path, tracks, kick }) => {
      const camera = cameras.streams.byPath(path);
      const decision = access.authorize(principal, 'stream.publish', camera?.options.id);
      if (!decision.allowed || camera?.publishPath === undefined) {
        const status = decision.allowed ? 404 : decision.status === 401 ? 403 : decision.status;
        throw new Problem('stream/not-here', 'nobody may publish here with this account', { status });
      }
      return camera.publishPath.publish(principal.accountId, tracks, kick);
    },
    play: async ({ principal, path, kick }) => {
      const camera = cameras.streams.byPath(path);
      const decision = access.authorize(principal, 'stream.play', camera?.options.id);
      if (!decision.allowed || camera === undefined) {
        const status = decision.allowed ? 404 : decision.status === 401 ? 403 : decision.status;
        throw new Problem('stream/not-here', 'nobody may watch here with this account', { status });
      }
      const feed = camera.playFeeds.open();
      players.set(kick, principal.accountId);
      return { ...feed, closed: () => players.delete(kick) };
    },
  });
}

/** RTSP has no "too many requests": who guesses too fast is told to come back later. */
function rtspAnswer(result: VerifyResult): RtspAuthentication<Principal> {
  if (result.ok) return result;
  const { status, retryAfterSeconds } = result;
  return {
    ok: false,
    status: status === 429 ? 503 : status,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** A camera answers several questions, each within some seconds. */
const onvifLimitMs = 20_000;

/** HTTP's questions, answered by everything. */
function httpParts(
  current: () => Config,
  home: HomeParts,
  cameras: RunningCameras,
  { clock, log }: HomeOptions,
  { settings, doctor, metrics }: Pick<Parts, 'settings' | 'doctor' | 'metrics'>,
  signal: AbortSignal,
): Parts {
  const { access, audit, catalog, vault, factsFiles, deletion, createOwner, recordings } = home;
  const keys = keysOf(home);
  const search = new CameraSearch({ guard: cameraGuard(current().network.allowed_destinations), log }, signal);
  return {
    access,
    recordings: recordingsView({
      catalog,
      playback: new Playback({ recordings: catalog.recordings, vault }),
      facts: factsFiles,
      deletion,
      exports: exportPartsOf(home, { clock }),
      verification: verifyPartsOf(home),
      clock,
    }),
    discovery: {
      find: async () => {
        const hosts = new Set(cameras.streams.list().flatMap(({ options: { source } }) => hostOf(source)));
        return (await search.find()).map((camera) => ({ ...camera, configured: hosts.has(camera.address) }));
      },
      streams: async (device, asked) => {
        // The address came in an answer of the network: this machine is no camera by that.
        const guard = cameraGuard(current().network.allowed_destinations);
        const limit = AbortSignal.any([asked, signal, AbortSignal.timeout(onvifLimitMs)]);
        // The password goes there as a digest only, and what comes back is an address on the same host.
        const found = await onvifStreams({ ...device, guard, accept: () => true, clock }, limit);
        const proposed = proposeStreams(found);
        if (proposed === undefined)
          throw new Problem('camera/no-video', 'the camera offers no H.264 stream by ONVIF', {
            status: 503,
            hint: 'choose H.264 in the settings of the camera',
          });
        return { source: proposed.main.url.href, substream: proposed.sub?.url.href };
      },
    },
    events: eventsView({ catalog, timeZone: timeZoneOf(current()), clock }),
    timeline: timelineView(catalog),
    storage: {
      mirror: () => home.mirror?.state(),
      forecast: () => forecast({ catalog, store: recordings, rules: () => retentionRules(current()), clock }),
    },
    happenings: cameras.feed,
    cameraControl: {
      state: (camera) => ({ recording: cameras.recording.isManual(camera), privacy: cameras.isPrivate(camera) }),
      record: (camera, seconds) => cameras.recording.startManual(camera, seconds),
      stopRecording: (camera) => cameras.recording.stopManual(camera),
      setPrivacy: (camera, on) => cameras.setPrivacy(camera, on),
    },
    streams: streamsView({
      streams: cameras.streams,
      stateOf: (camera) => cameras.stateOf(camera),
      objects: (camera) => cameras.objects(camera),
    }),
    vault: {
      status: () => ({ mode: 'none', ...vault.status() }),
      unlock: (passphrase) => vault.unlock(passphrase),
      lock: async () => vault.lock(),
      createOwner,
    },
    sealed: new SealedFiles({ recordings: catalog.recordings, store: recordings, vault }),
    keys: { facts: keys.keyFacts, ...keys },
    live: {
      attach: (socket, principal) =>
        cameras.live.attach(socket, { maySee: (camera) => access.authorize(principal, 'live.view', camera).allowed }),
    },
    publish: {
      attach: (socket, principal) =>
        cameras.publish.attach(socket, {
          account: principal.accountId,
          mayPublish: (camera) => access.authorize(principal, 'stream.publish', camera).allowed,
        }),
    },
    pictures: cameras.pictures,
    hls: cameras.hls,
    audit,
    deletions: home.deletions,
    settings,
    doctor,
    metrics,
    system: { ready: () => !signal.aborted },
  };
}

/** The host of a camera that we fetch; nothing for the others. */
function hostOf(source: CameraSource): string[] {
  if (source.kind === 'pull') return [source.url.hostname];
  return source.kind === 'program' ? [URL.parse(source.url.replace(/^ffmpeg:/, ''))?.hostname ?? ''] : [];
}

/** On loopback by its name: passkeys and service workers need one. */
function setupLink(url: string, code: Secret): Secret {
  const shown = new URL(url);
  if (shown.hostname === '127.0.0.1' || shown.hostname === '[::1]') shown.hostname = 'localhost';
  return new Secret(`${shown.origin}/setup#${code.reveal()}`);
}

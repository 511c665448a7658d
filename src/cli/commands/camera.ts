/** `camera …`: the configuration file is edited here, with its comments; passwords go to the credential store. */

import { slugOf } from '../../base/ids.ts';
import { createLog } from '../../base/log.ts';
import { Problem } from '../../base/problem.ts';
import type { Secret } from '../../base/secret.ts';
import { masked } from '../../base/secret.ts';
import { cameraGuard, configuredGuard } from '../../cameras/camera-address.ts';
import { discoverCameras } from '../../cameras/onvif-discovery.ts';
import { onvifStreams, proposeStreams } from '../../cameras/onvif-streams.ts';
import { tryCameraSource } from '../../config/camera-source.ts';
import type { CameraConfig } from '../../config/cameras.ts';
import { withCamera, withoutCamera, writeConfigFile } from '../../config/document.ts';
import type { Config } from '../../config/load.ts';
import { loadConfig } from '../../config/load.ts';
import { nearest } from '../../config/nearest.ts';
import { readConfigFile } from '../../config/read-file.ts';
import { askPassword } from '../passwords.ts';
import { findConfig, homeOf, prepareHome } from '../places.ts';
import { usage } from '../problems.ts';
import { askServer, atHome } from '../reach.ts';
import type { Command, Context } from './context.ts';
import { done, reachOf } from './context.ts';

export const cameraAdd: Command = async (context) => {
  const { options, io, out } = context;
  const name = context.positionals[0]!;
  const onvif = onvifOf(options['onvif']);
  const given = onvif === undefined ? sourceOf(options['source'], '--source') : { url: '', username: onvif.username };
  if (given === undefined)
    throw usage('camera add needs --source URL or --onvif USER@HOST', 'sentrix camera discover finds ONVIF cameras');
  if (onvif !== undefined && (options['source'] !== undefined || options['substream'] !== undefined))
    throw usage('--onvif finds the streams: --source and --substream do not go with it');
  const asked = options['password-stdin'] === true || (given.username !== undefined && io.stdin.isTTY === true);
  const password = asked
    ? await askPassword(io, {
        fromStdin: options['password-stdin'] === true,
        prompt: `Password of ${given.username ?? 'the camera'}`,
        confirm: false,
      })
    : undefined;

  const { username } = given;
  if (password !== undefined && username === undefined)
    throw usage('the user of the password is missing', 'write it into the URL: rtsp://USER@HOST/…');
  const file = await configFile(context);
  const before = file.check(file.text);
  const found = onvif === undefined ? undefined : await streamsOf(onvif.service, username, password, before, context);
  const source = found === undefined ? given : { url: found.source, username };
  const substream =
    found === undefined
      ? sourceOf(options['substream'], '--substream')
      : found.substream === undefined
        ? undefined
        : { url: found.substream, username: undefined };
  const taken = before.cameras.find(
    (camera) => camera.id === slugOf(name) || camera.name.toLowerCase() === name.toLowerCase(),
  );
  if (taken !== undefined && (taken.source !== source.url || password === undefined))
    throw new Problem('config/camera-exists', `there is a camera "${taken.id}" already`, {
      status: 409,
      hint: 'with the same source and a password this command changes its password; else remove the camera first',
    });
  // Without a password in the store the name has no other place.
  const url = password === undefined && found === undefined ? String(options['source']) : source.url;
  const entry = { name, source: url, ...(substream === undefined ? {} : { substream: substream.url }) };
  const text = taken === undefined ? withCamera(file.text, entry) : file.text;
  const camera = taken ?? file.check(text).cameras.at(-1)!;

  await atHome(reachOf(context), 'camera.prepare', {
    id: camera.id,
    name: camera.name,
    path: camera.path,
    ...(password === undefined ? {} : { username, password: password.reveal() }),
  });
  if (taken !== undefined) {
    out.text(`the password of ${camera.name} is changed`);
    return done(out, { id: camera.id, path: camera.path });
  }
  await writeConfigFile(file.writeTo, text);
  const reloaded = (await askServer(reachOf(context), 'system.reload', {})) !== undefined;
  out.text(`${camera.name} added as ${camera.id}${reloaded ? '' : '; it is there at the next start'}`);
  return done(out, { id: camera.id, path: camera.path });
};

export const cameraDiscover: Command = async (context) => {
  const { out } = context;
  const config = await reachOf(context).loadConfig();
  const guard = cameraGuard(config.network.allowed_destinations);
  const log = createLog({ level: config.advanced.debug ? 'debug' : 'warn' });
  const found = await discoverCameras({ guard, log }, new AbortController().signal);
  const known = hostsOf(config);
  const cameras = found.map((camera) => ({ ...camera, configured: known.has(camera.address) }));
  for (const camera of cameras) out.event('camera', camera);
  if (cameras.length === 0)
    out.text('No ONVIF camera answered. Some have ONVIF switched off: look into the settings of the camera.');
  else {
    const rows = cameras.map(({ address, name, model, configured }) => [
      ...[address, name, model, configured ? 'configured' : ''],
    ]);
    out.table(['ADDRESS', 'NAME', 'MODEL', ''], rows);
    out.text('Add one by: sentrix camera add NAME --onvif USER@ADDRESS');
  }
  return done(out, { count: cameras.length });
};

export const cameraRemove: Command = async (context) => {
  const file = await configFile(context);
  const camera = find(file.check(file.text), context.positionals[0]!);
  const text = withoutCamera(file.text, camera.id);
  file.check(text);
  await writeConfigFile(file.writeTo, text);
  await askServer(reachOf(context), 'system.reload', {});
  await atHome(reachOf(context), 'camera.forget', { id: camera.id });
  context.out.text(`${camera.name} removed; its recordings stay`);
  return done(context.out, { id: camera.id });
};

export const cameraList: Command = async (context) => {
  const config = await reachOf(context).loadConfig();
  const asked = await askServer<{ states: Readonly<Record<string, string>> }>(reachOf(context), 'camera.states', {});
  const states = asked?.states ?? {};
  for (const { id, name, path, kind, source } of config.cameras)
    context.out.event('camera', { id, name, path, kind, source: source ?? null, state: states[id] ?? null });
  const rows = config.cameras.map((camera) => [
    camera.id,
    camera.name,
    camera.source ?? `publishes to ${camera.path}`,
    states[camera.id] ?? '-',
  ]);
  if (rows.length === 0) context.out.text('No camera is configured yet: sentrix camera add NAME --source rtsp://…');
  else context.out.table(['ID', 'NAME', 'SOURCE', 'STATE'], rows);
  return done(context.out, { count: rows.length });
};

export const cameraTest: Command = async (context) => {
  const reach = reachOf(context);
  const camera = find(await reach.loadConfig(), context.positionals[0]!);
  const { result } = await atHome<{ codec: string; width: number | null; height: number | null; fps: number | null }>(
    reach,
    'camera.test',
    { id: camera.id },
  );
  const size = result.width === null ? '' : ` ${result.width}x${result.height}`;
  const rate = result.fps === null ? '' : ` at ${result.fps} pictures a second`;
  context.out.text(`${camera.name} answers: ${result.codec}${size}${rate}`);
  return done(context.out, { id: camera.id, ...result });
};

export const cameraTrust: Command = async (context) => {
  const reach = reachOf(context);
  const camera = find(await reach.loadConfig(), context.positionals[0]!);
  const { result } = await atHome<{ fingerprint: string }>(reach, 'camera.trust', { id: camera.id });
  context.out.text(`${camera.name} is known from now on by the certificate\n  ${result.fingerprint}`);
  return done(context.out, { id: camera.id, ...result });
};

function sourceOf(given: unknown, option: string) {
  if (typeof given !== 'string') return undefined;
  const source = tryCameraSource(given);
  if ('url' in source) return source;
  // The URL itself isn't repeated: a password may be in it.
  throw usage(`${option} takes ${source.allowed}`, source.hint);
}

/** `[USER@]HOST[:PORT]`, or the URL of a device service. */
function onvifOf(given: unknown): { readonly service: URL; readonly username: string | undefined } | undefined {
  if (typeof given !== 'string') return undefined;
  const url = URL.parse(/^https?:\/\//i.test(given) ? given : `http://${given}/onvif/device_service`);
  if (url === null || url.password !== '')
    throw usage('--onvif takes USER@HOST or http://USER@HOST/…, without a password', 'use --password-stdin');
  const username = url.username === '' ? undefined : decodeURIComponent(url.username);
  url.username = '';
  return { service: url, username };
}

/** What the camera proposes: its main stream, and a smaller one for detection. */
async function streamsOf(
  service: URL,
  username: string | undefined,
  password: Secret | undefined,
  config: Config,
  { io, out }: Context,
): Promise<{ readonly source: string; readonly substream: string | undefined }> {
  const streams = await onvifStreams(
    {
      service,
      ...(username === undefined || password === undefined ? {} : { credentials: { username, password } }),
      guard: configuredGuard(cameraGuard(config.network.allowed_destinations), service.hostname),
      // The password goes there as a digest only, and what comes back is an address on the same host.
      accept: () => true,
      clock: io.clock,
    },
    AbortSignal.timeout(onvifLimitMs),
  );
  const proposed = proposeStreams(streams);
  if (proposed === undefined)
    throw new Problem('camera/no-video', 'the camera offers no H.264 stream by ONVIF', {
      status: 503,
      hint: 'choose H.264 in the settings of the camera',
    });
  const { main, sub } = proposed;
  for (const [what, stream] of [
    ['main stream', main],
    ['substream', sub],
  ] as const) {
    if (stream === undefined) continue;
    const { url, encoding, width, height, fps, name } = stream;
    out.event('stream', { stream: what, url: masked(url.href), encoding: encoding ?? null, width, height, fps, name });
    out.text(`${what}: ${masked(url.href)} (${encoding ?? 'H264'} ${width}x${height})`);
  }
  return { source: checkedSource(main.url), substream: sub === undefined ? undefined : checkedSource(sub.url) };
}

const onvifLimitMs = 30_000;

/** By the same rules as one that a person writes. */
function checkedSource(url: URL): string {
  const source = tryCameraSource(url.href);
  if ('url' in source) return source.url;
  throw new Problem('camera/protocol', 'the camera names a stream by an address that can not be used', {
    status: 503,
    hint: 'add it by the RTSP address in its manual with --source',
  });
}

function hostsOf(config: Config): ReadonlySet<string> {
  return new Set(
    config.cameras.flatMap(({ source }) => {
      const host = URL.parse(source?.replace(/^ffmpeg:/, '') ?? '')?.hostname;
      return host === undefined || host === '' ? [] : [host];
    }),
  );
}

function find(config: Config, wanted: string): CameraConfig {
  const camera = config.cameras.find(
    ({ id, name, path }) => id === wanted || name.toLowerCase() === wanted.toLowerCase() || path === wanted,
  );
  if (camera !== undefined) return camera as CameraConfig;
  const meant = nearest(
    wanted,
    config.cameras.map(({ id }) => id),
  );
  throw new Problem('config/camera-unknown', `there is no camera "${wanted}"`, {
    status: 404,
    hint: meant === undefined ? 'see sentrix camera list' : `did you mean ${meant}?`,
  });
}

interface ConfigFile {
  readonly text: string;
  readonly writeTo: string;
  /** @throws Problem `config/invalid` */
  check(text: string): Config;
}

async function configFile({ options, io }: Context): Promise<ConfigFile> {
  const home = homeOf(options, io);
  const place = await findConfig(options, home, io);
  await prepareHome(home);
  const text = place.path === undefined ? '' : await readConfigFile(place.path);
  return {
    text,
    writeTo: place.writeTo,
    check: (changed) => loadConfig({ text: changed, file: place.name, directory: io.cwd, userHome: io.userHome }),
  };
}

/**
 * Settings as an admin changes them in the dashboard. The file stays their only home: a change edits its text, is judged
 * as a start would judge it, is logged, written, and applied as a reload is. One change at a time, for each begins with
 * the text that the one before left.
 */
import type { CameraId } from './base/ids.ts';
import { Problem } from './base/problem.ts';
import { Secret } from './base/secret.ts';
import { cameraGuard, dialSource } from './cameras/camera-address.ts';
import { probeCamera } from './cameras/probe.ts';
import { tryCameraSource } from './config/camera-source.ts';
import type { ConfigFile } from './config/config-file.ts';
import type { SettingMap } from './config/document.ts';
import { cameraEntries, withCamera, withCameraKeys, withKey, withoutCamera } from './config/document.ts';
import type { Config } from './config/load.ts';
import { knownKeys } from './config/load.ts';
import { settingsForNextStart } from './config/restart.ts';
import { rootSchema } from './config/schema.ts';
import type { HomeOptions, HomeParts } from './home.ts';
import type { Actor, SettingsView } from './http/parts.ts';

interface RunningSettingsParts {
  readonly options: HomeOptions;
  readonly parts: HomeParts;
  readonly file: ConfigFile;
  /** What the system was started with. */
  readonly started: Config;
  config(): Config;
  reload(): Promise<void>;
  reconnect(camera: CameraId): Promise<void>;
}

const testLimitMs = 15_000;

export function runningSettings(deps: RunningSettingsParts): SettingsView {
  const { options, parts, file, started } = deps;
  const { audit, catalog, credentials, cameraCertificates } = parts;
  // A section as a whole is no setting: replacing it would take its comments along, and what the command line pins.
  const all = knownKeys(rootSchema);
  const known = new Set(all.filter((key) => !all.some((other) => other.startsWith(`${key}.`))));
  let last: Promise<unknown> = Promise.resolve();

  /** In turn, whatever became of the one before. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };

  /** @throws Problem `config/invalid`: then nothing has changed */
  const rewrite = async (
    edit: (text: string) => string,
    entry: { readonly kind: string; readonly camera?: CameraId; readonly detail?: Record<string, string> },
    by: Actor,
    prepare?: (config: Config) => Promise<void>,
  ): Promise<Config> => {
    const text = edit(await file.read());
    const config = await file.check(text);
    await audit.append({ ...entry, ...by });
    await prepare?.(config);
    await file.write(text);
    await deps.reload();
    return config;
  };

  return {
    read: async () => {
      const text = await file.read();
      const { cameras: _, notices: __, ...values } = deps.config();
      return {
        file: await file.name(),
        writable: await file.isWritable(),
        pinned: file.pinned,
        // A configuration is plain values all through.
        values: values as unknown as SettingMap,
        cameras: [...cameraEntries(text)].map(([id, entry]) => ({ id, entry })),
        waiting: settingsForNextStart(started, deps.config()),
        schema: rootSchema,
      };
    },

    change: (changes, by) =>
      inTurn(async () => {
        for (const { key } of changes) {
          if (!known.has(key) || key === 'cameras')
            throw new Problem('config/invalid', `there is no setting ${JSON.stringify(key.slice(0, 80))}`, {
              status: 422,
            });
          if (file.pinned.includes(key))
            throw new Problem('config/pinned', `${key} was set on the command line`, {
              status: 409,
              hint: 'start SentriX without that option to change it here',
            });
        }
        const keys = changes.map(({ key }) => key).join(', ');
        await rewrite(
          (text) => changes.reduce((changed, { key, value }) => withKey(changed, key, value), text),
          { kind: 'config.changed', detail: { keys } },
          by,
        );
      }),

    changeCamera: (camera, changes, by) =>
      inTurn(async () => {
        // Recordings, grants and the password hang on it.
        if ('id' in changes) throw new Problem('config/invalid', 'the id of a camera stays', { status: 422 });
        await rewrite(
          (text) => withCameraKeys(text, camera, changes),
          { kind: 'camera.changed', camera, detail: { keys: Object.keys(changes).join(', ') } },
          by,
        );
      }),

    addCamera: (camera, by) =>
      inTurn(async () => {
        const { name, source: given, substream, password } = camera;
        const source = given === undefined ? undefined : sourceOf(given);
        const sub = substream === undefined ? undefined : sourceOf(substream);
        const username = camera.username ?? source?.username;
        if (password !== undefined && username === undefined)
          throw new Problem('credentials/invalid', 'the user of the password is missing', { status: 422 });
        const before = new Set(deps.config().cameras.map(({ id }) => id));
        const entry = {
          name,
          ...(source === undefined ? {} : { source: password === undefined ? given! : source.url }),
          ...(sub === undefined ? {} : { substream: sub.url }),
        };
        const config = await rewrite(
          (text) => withCamera(text, source === undefined ? { ...entry, path: pathOf(name) } : entry),
          { kind: 'camera.added', detail: { name } },
          by,
          async (next) => {
            const added = next.cameras.find(({ id }) => !before.has(id));
            if (added === undefined) return;
            await catalog.cameras.ensure(added.id, added.name);
            if (password !== undefined) await credentials.set(added.id, { username: username!, password });
          },
        );
        const { id, path } = config.cameras.find((one) => !before.has(one.id)) ?? config.cameras.at(-1)!;
        return { id, path };
      }),

    setCameraPassword: (camera, given, by) =>
      inTurn(async () => {
        if (!deps.config().cameras.some(({ id }) => id === camera))
          throw new Problem('config/camera-unknown', 'there is no such camera', { status: 404 });
        await audit.append({ kind: 'camera.password-changed', camera, ...by });
        await credentials.set(camera, given);
        await deps.reconnect(camera);
      }),

    removeCamera: (camera, by) =>
      inTurn(async () => {
        await rewrite((text) => withoutCamera(text, camera), { kind: 'camera.removed', camera }, by);
        await credentials.remove(camera);
        await catalog.cameras.remove(camera);
        await cameraCertificates.forget(camera);
      }),

    testCamera: async ({ source: given, username, password }, signal) => {
      const source = sourceOf(given);
      if (!source.url.startsWith('rtsp'))
        throw new Problem('camera/no-test', 'only rtsp:// and rtsps:// addresses can be tried beforehand', {
          status: 422,
          hint: 'add it and look at its picture',
        });
      const url = new URL(source.url);
      const user = username ?? source.username;
      const { clock, log } = options;
      return await probeCamera(
        {
          url,
          ...(user === undefined ? {} : { credentials: { username: user, password: password ?? new Secret('') } }),
          digestSeen: false,
          dial: () => dialSource(cameraGuard(deps.config().network.allowed_destinations), url),
          ...{ clock, log, limitMs: testLimitMs },
        },
        signal,
      );
    },
  };
}

/** @throws Problem `config/invalid`, which doesn't repeat the address: a password may stand in it */
function sourceOf(text: string) {
  const source = tryCameraSource(text);
  if ('url' in source) return source;
  throw new Problem('config/invalid', `the address must be ${source.allowed}`, {
    status: 422,
    ...(source.hint === undefined ? {} : { hint: source.hint }),
  });
}

/** `Front door` publishes to `video/front-door`. */
function pathOf(name: string): string {
  const slug = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `video/${slug === '' ? 'camera' : slug.slice(0, 60)}`;
}

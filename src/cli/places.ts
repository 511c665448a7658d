/** Where the home is, which configuration counts, and how it is read. */
import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { describeError, Problem } from '../base/problem.ts';
import type { ConfigFile } from '../config/config-file.ts';
import type { Config, Override } from '../config/load.ts';
import type { OptionValues } from './arguments.ts';
import type { Io } from './io.ts';

/** Absolute. */
export function homeOf(options: OptionValues, io: Pick<Io, 'env' | 'cwd' | 'userHome'>): string {
  const named = options['home'] ?? io.env['SENTRIX_HOME'];
  return typeof named === 'string' && named !== ''
    ? resolve(io.cwd, named)
    : join(io.userHome, '.local', 'share', 'sentrix');
}

/**
 * Makes the home where it is missing, and private where it isn't.
 * @throws Problem `cli/home` where it is no directory of ours.
 */
export async function prepareHome(home: string): Promise<void> {
  const refuse = (detail: string, hint: string, cause?: unknown): Problem =>
    new Problem('cli/home', detail, { status: 409, hint, safe: { path: home }, cause });
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    const found = await stat(home);
    if (!found.isDirectory()) throw refuse('the home is no directory', 'choose another --home');
    const uid = process.getuid?.();
    if (uid !== undefined && found.uid !== uid)
      throw refuse('the home belongs to another user', 'run sentrix as that user, or choose another --home');
    if ((found.mode & 0o077) !== 0) await chmod(home, 0o700);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw refuse('the home cannot be made or read', 'choose another --home, or check its permissions', error);
  }
}

export interface ConfigPlace {
  /** Absolute; `undefined`: there is no file and the defaults count. */
  readonly path: string | undefined;
  /** As it is told to the user. */
  readonly name: string;
  /** Where a command that adds a setting would write. */
  readonly writeTo: string;
}

/** `--config`, else `./surveillance.yml`, else `$SENTRIX_CONFIG`, else the one in the home. */
export async function findConfig(
  options: OptionValues,
  home: string,
  io: Pick<Io, 'env' | 'cwd'>,
): Promise<ConfigPlace> {
  const given = options['config'];
  if (typeof given === 'string') {
    const path = resolve(io.cwd, given);
    return { path, name: given, writeTo: path };
  }
  const here = resolve(io.cwd, 'surveillance.yml');
  if (await exists(here)) return { path: here, name: 'surveillance.yml', writeTo: here };
  const named = io.env['SENTRIX_CONFIG'];
  if (named !== undefined && named !== '') {
    const path = resolve(io.cwd, named);
    return { path, name: named, writeTo: path };
  }
  const inHome = join(home, 'surveillance.yml');
  return (await exists(inHome))
    ? { path: inHome, name: inHome, writeTo: inHome }
    : { path: undefined, name: 'surveillance.yml', writeTo: inHome };
}

/** @throws Problem `config/invalid`, `config/unreadable` */
export async function readConfig(
  place: ConfigPlace,
  overrides: readonly Override[],
  io: Pick<Io, 'cwd' | 'userHome'>,
): Promise<Config> {
  const { loadConfig } = await import('../config/load.ts');
  const { readConfigFile } = await import('../config/read-file.ts');
  return loadConfig({
    text: place.path === undefined ? undefined : await readConfigFile(place.path),
    file: place.name,
    directory: place.path === undefined ? io.cwd : dirname(place.path),
    userHome: io.userHome,
    overrides,
  });
}

/**
 * The file as the running system reads and changes it. It is looked for each time, for the first camera that is added
 * may have made it.
 */
export async function openConfigFile(
  options: OptionValues,
  home: string,
  overrides: readonly Override[],
  io: Pick<Io, 'env' | 'cwd' | 'userHome'>,
): Promise<ConfigFile> {
  const { loadConfig } = await import('../config/load.ts');
  const { readConfigFile } = await import('../config/read-file.ts');
  const { isWritable, writeConfigFile } = await import('../config/document.ts');
  const find = (): Promise<ConfigPlace> => findConfig(options, home, io);
  const check = (text: string | undefined, { path, name }: ConfigPlace): Config =>
    loadConfig({
      text,
      file: name,
      directory: path === undefined ? io.cwd : dirname(path),
      userHome: io.userHome,
      overrides,
    });
  return {
    pinned: overrides.map(({ key }) => key),
    load: async () => readConfig(await find(), overrides, io),
    read: async () => {
      const { path } = await find();
      return path === undefined ? '' : await readConfigFile(path);
    },
    path: async () => (await find()).path,
    name: async () => basename((await find()).writeTo),
    check: async (text) => check(text, await find()),
    write: async (text) => writeConfigFile((await find()).writeTo, text),
    isWritable: async () => isWritable((await find()).writeTo),
  };
}

/** A link that leads nowhere exists: to pass over it silently would start with other settings. */
async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    const { errno } = describeError(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return false;
    throw error;
  }
}

/** What systemd unsealed for this service, where it started it with credentials. */
export function credentialsOf({ env }: Pick<Io, 'env'>): { readonly credentialsDirectory?: string } {
  const directory = env['CREDENTIALS_DIRECTORY'];
  return directory === undefined || !isAbsolute(directory) ? {} : { credentialsDirectory: directory };
}

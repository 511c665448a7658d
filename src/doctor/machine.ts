/** What the checks ask of the machine. They change nothing by it; tests hand in another. */
import { execFile } from 'node:child_process';
import { lstat, readdir, readFile, realpath, statfs } from 'node:fs/promises';
import { request as requestPlain } from 'node:http';
import { request } from 'node:https';

export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'other';
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  /** `major:minor` of the device it lies on. */
  readonly device: string;
  /** UTC ms. */
  readonly modifiedAt: number;
}

export interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly freeFiles: number;
  /** 0 where the file system doesn't count them. */
  readonly totalFiles: number;
}

export interface Ran {
  readonly code: number;
  readonly output: string;
}

export interface Machine {
  /** UTC ms. */
  now(): number;
  readonly uid: number;
  /** stdout of a program, within 5 s; undefined where there is no such program or it doesn't end. */
  run(program: string, args: readonly string[]): Promise<Ran | undefined>;
  /** A small text (64 KiB at most); undefined where it can't be read. */
  read(path: string): Promise<string | undefined>;
  /** Of the thing itself, never through a link; undefined where there is none. */
  facts(path: string): Promise<FileFacts | undefined>;
  /** Names in a folder, 2000 at most; none where it can't be read. */
  list(path: string): Promise<readonly string[]>;
  /** Without links; itself where it isn't there. */
  real(path: string): Promise<string>;
  space(path: string): Promise<Space | undefined>;
  /** Status of a GET without credentials; undefined where nothing answers within 5 s. */
  status(url: string): Promise<number | undefined>;
}

const limitMs = 5000;
const maxTextBytes = 64 * 1024;
const maxNames = 2000;

export function thisMachine(clock: { now(): number }): Machine {
  return {
    now: () => clock.now(),
    uid: process.getuid?.() ?? -1,
    run: (program, args) =>
      new Promise((resolve) => {
        const options = {
          timeout: limitMs,
          killSignal: 'SIGKILL',
          maxBuffer: 1024 * 1024,
          env: programEnvironment,
        } as const;
        execFile(program, [...args], options, (error, stdout) => {
          if (error === null) resolve({ code: 0, output: stdout });
          else resolve(typeof error.code === 'number' ? { code: error.code, output: stdout } : undefined);
        });
      }),
    read: async (path) => {
      const text = await readFile(path, 'utf8').catch(() => undefined);
      return text?.slice(0, maxTextBytes);
    },
    facts: async (path) => {
      const found = await lstat(path).catch(() => undefined);
      if (found === undefined) return undefined;
      return {
        kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other',
        mode: found.mode & 0o7777,
        uid: found.uid,
        device: deviceName(found.dev),
        modifiedAt: found.mtimeMs,
      };
    },
    list: async (path) => (await readdir(path).catch(() => [])).slice(0, maxNames),
    real: (path) => realpath(path).catch(() => path),
    space: async (path) => {
      const found = await statfs(path).catch(() => undefined);
      if (found === undefined) return undefined;
      return {
        freeBytes: found.bavail * found.bsize,
        totalBytes: found.blocks * found.bsize,
        freeFiles: found.ffree,
        totalFiles: found.files,
      };
    },
    status: (url) =>
      new Promise((resolve) => {
        // No credential goes out, and only the status is looked at: whose certificate it is has a check of its own.
        const options = { timeout: limitMs, agent: false, rejectUnauthorized: false } as const;
        const outgoing = (url.startsWith('https:') ? request : requestPlain)(url, options, (incoming) => {
          resolve(incoming.statusCode);
          incoming.destroy();
        });
        outgoing.on('timeout', () => outgoing.destroy());
        outgoing.on('error', () => resolve(undefined));
        outgoing.end();
      }),
  };
}

/** Administration's programs lie in sbin, which a person's PATH leaves out. */
const programEnvironment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C' };

/** makedev(3) as Linux packs it. */
function deviceName(device: number): string {
  const major = ((device >>> 8) & 0xfff) + Math.floor(device / 2 ** 32) * 4096;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  return `${major}:${minor}`;
}

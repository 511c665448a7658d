/**
 * The cage of programs that read hostile bytes (ffmpeg, the model's process). The strongest that this machine really
 * has is found once, by trying it: containers and hardened kernels refuse namespaces to programs that are installed.
 *
 * - `bubblewrap`: own namespaces of everything, a file system of read-only programs and libraries, no network
 * - `namespace`: an empty network namespace and no new privileges; files are those of the account
 * - `privileges`: no new privileges only
 * - `none`: said by a warning
 */

import type { ChildProcessByStdio } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { Log } from '../base/log.ts';

const run = promisify(execFile);

export type SandboxKind = 'bubblewrap' | 'namespace' | 'privileges' | 'none';

export interface SandboxedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Files and folders that it may read besides the system's programs and libraries; absolute. */
  readonly readable?: readonly string[];
  /** Device files that it may use; absolute. */
  readonly devices?: readonly string[];
  /** It needs the network. Default: it has none. */
  readonly network?: boolean;
  /** Address space, in bytes. Not for programs that reserve far more than they use, such as Node. */
  readonly maxAddressBytes?: number;
}

export interface Sandbox {
  readonly kind: SandboxKind;
  /** The command line that runs `command` in the cage. Its whole environment is `sandboxEnvironment`. */
  wrap(command: SandboxedCommand): { readonly command: string; readonly args: readonly string[] };
}

/** All that a caged program finds in its environment. */
export const sandboxEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C',
};

export type SandboxedChild = ChildProcessByStdio<Writable, Readable, Readable>;

/** Starts the program in its cage, as the leader of a process group of its own without a terminal. */
export function startSandboxed(sandbox: Sandbox, wanted: SandboxedCommand): SandboxedChild {
  const { command, args } = sandbox.wrap(wanted);
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...sandboxEnvironment },
    cwd: '/',
    detached: true,
  });
  // The leader may be killed from outside while its child waits for it and keeps our pipes open.
  child.once('exit', () => killGroup(child));
  return child;
}

/**
 * Kills the program and the cage around it. The whole group: bubblewrap's child doesn't die with its parent before it
 * has said so to the kernel, and killed in between it would wait for ever.
 */
export function endSandboxed(child: SandboxedChild): void {
  if (child.exitCode === null && child.signalCode === null) killGroup(child);
}

function killGroup(child: SandboxedChild): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: nobody is left
  }
}

interface Needs {
  readonly readable: readonly string[];
  readonly devices: readonly string[];
  readonly network: boolean;
}

type Prefix = (needs: Needs) => readonly string[];

const nothing: Needs = { readable: [], devices: [], network: false };

const prefixes: readonly (readonly [SandboxKind, Prefix])[] = [
  ['bubblewrap', bubblewrap],
  [
    'namespace',
    ({ network }) => [
      ...['unshare', '--user', '--map-root-user', ...(network ? [] : ['--net'])],
      ...['--ipc', 'setpriv', '--no-new-privs'],
    ],
  ],
  ['privileges', () => ['setpriv', '--no-new-privs']],
];

/** Tries the cages from the strongest to the weakest; takes less than a second, five where each one hangs. */
export async function findSandbox(deps: { readonly log: Log }, signal: AbortSignal): Promise<Sandbox> {
  const limits = await works(['prlimit', '--core=0', '--fsize=0', '--nofile=256'], signal);
  for (const [kind, prefix] of prefixes) {
    if (!(await works(prefix(nothing), signal))) continue;
    if (kind === 'bubblewrap') deps.log.info({ sandbox: kind, limits }, 'sandbox found');
    else deps.log.warn({ sandbox: kind, limits, hint: 'install bubblewrap' }, 'only a weaker sandbox found');
    return sandboxOf(kind, prefix, limits);
  }
  deps.log.warn({ sandbox: 'none', limits, hint: 'install bubblewrap' }, 'no sandbox found');
  return sandboxOf('none', () => [], limits);
}

function sandboxOf(kind: SandboxKind, prefix: Prefix, limits: boolean): Sandbox {
  return {
    kind,
    wrap({ command, args, readable = [], devices = [], network = false, maxAddressBytes }) {
      const memory = maxAddressBytes === undefined ? [] : [`--as=${maxAddressBytes}`];
      // No core (it would hold pictures), no file may grow (pipes are none), few descriptors.
      const line = [
        ...(limits ? ['prlimit', '--core=0', '--fsize=0', '--nofile=256', ...memory] : []),
        ...prefix({ readable, devices, network }),
        command,
        ...args,
      ];
      return { command: line[0]!, args: line.slice(1) };
    },
  };
}

function bubblewrap({ readable, devices, network }: Needs): readonly string[] {
  const bind = (option: string, path: string) => [option, path, path];
  return [
    'bwrap',
    '--unshare-all',
    ...(network ? ['--share-net'] : []),
    '--die-with-parent',
    ...['--cap-drop', 'ALL'],
    ...bind('--ro-bind', '/usr'),
    ...['/bin', '/lib', '/lib32', '/lib64', '/etc/alternatives', '/etc/ld.so.cache', '/sys/devices/system/cpu'].flatMap(
      (path) => bind('--ro-bind-try', path),
    ),
    ...['--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
    ...readable.flatMap((path) => bind('--ro-bind', path)),
    ...devices.flatMap((path) => bind('--dev-bind', path)),
    ...['--chdir', '/'],
  ];
}

async function works(prefix: readonly string[], signal: AbortSignal): Promise<boolean> {
  const [command, ...args] = [...prefix, 'true'];
  try {
    await run(command!, args, { timeout: 5000, killSignal: 'SIGKILL', signal, env: { ...sandboxEnvironment } });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

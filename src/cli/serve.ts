/** The life of the running system as its process sees it: start, ready, signals, end. */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../base/log.ts';
import { createLog } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import type { Secret } from '../base/secret.ts';
import { within } from '../base/wait.ts';
import type { Config, Override } from '../config/load.ts';
import type { OptionValues } from './arguments.ts';
import { controlHandlers } from './handlers.ts';
import type { Io } from './io.ts';
import type { Output } from './output.ts';
import { credentialsOf, homeOf, openConfigFile, prepareHome } from './places.ts';
import { serviceManager } from './service-manager.ts';
import type { RunningSystem, RunOptions } from './system.ts';

/** The contract's 5 s, less what ending the process takes. */
const stopLimitMs = 4700;
/** A service manager signals the whole group and a parent passes it on as well: that is one wish, not two. */
const sameSignalMs = 50;

export interface ServeOptions {
  readonly overrides: readonly Override[];
  readonly rtspServer: boolean;
  readonly demo: boolean;
  readonly credentials?: RunOptions['credentials'];
}

/** Runs until a signal or a failure ends it. @returns the exit code. */
export async function serve(options: OptionValues, what: ServeOptions, out: Output, io: Io): Promise<number> {
  const home = homeOf(options, io);
  const configFile = await openConfigFile(options, home, what.overrides, io);
  const loadConfig = (): Promise<Config> => configFile.load();
  const config = await loadConfig();
  await prepareHome(home);
  for (const key of config.notices) out.note(`${key} is known, but nothing stands behind it yet`);
  const { file, max_mb: maxMb, keep } = config.advanced.log;
  const log = createLog({
    level: file === '' ? logLevel(config, out, io) : config.advanced.debug ? 'debug' : 'info',
    ...(file === '' ? {} : { file: { file, maxBytes: maxMb * 1e6, keep } }),
  });
  using manager = serviceManager(io, log);
  const app = await io.loadApp(home);

  const signals = new Signals(io);
  let system: RunningSystem | undefined;
  try {
    const starting = app.runSystem({
      config,
      home,
      log,
      clock: io.clock,
      ...credentialsOf(io),
      loadConfig,
      configFile,
      configText: () => configFile.read(),
      rtspServer: what.rtspServer,
      demo: what.demo,
      credentials: what.credentials ?? new Map(),
      handlers: (opened) => controlHandlers(opened),
    });
    system = await starting;
    signals.onReload = () => {
      manager.tell('RELOADING=1');
      void reload(system!, log).then(() => manager.tell('READY=1'));
    };
    const linkFile = join(home, 'setup-link');
    await tellReady(system, config, linkFile, out, io);
    manager.tell('READY=1');
    const ended = system.stopped.then(
      () => 'stopped' as const,
      (error: unknown) => {
        log.error(describeError(error), 'system failed');
        return 'failed' as const;
      },
    );
    const why = await Promise.race([ended, signals.stop]);
    manager.tell('STOPPING=1');
    if (why === 'signal' || why === 'crash')
      await within(system.stop(), stopLimitMs, 'cli/slow-stop', 'the system did not stop in time');
    await rm(linkFile, { force: true });
    return why === 'signal' ? 0 : 1;
  } finally {
    signals.end();
  }
}

/**
 * The first SIGTERM or SIGINT asks to stop, a second one ends the process at once; SIGHUP reloads.
 */
class Signals {
  readonly stop: Promise<'signal' | 'crash'>;
  onReload: () => void = () => {};
  readonly end: () => void;

  constructor(io: Io) {
    const { promise, resolve } = Promise.withResolvers<'signal' | 'crash'>();
    let askedAt: number | undefined;
    this.stop = promise;
    this.end = io.onSignal((signal) => {
      if (signal === 'SIGHUP') this.onReload();
      else if (askedAt === undefined) {
        askedAt = io.clock.monotonicMs();
        resolve(signal === 'crash' ? 'crash' : 'signal');
      } else if (io.clock.monotonicMs() - askedAt > sameSignalMs) io.exitNow(1);
    });
  }
}

async function reload(system: RunningSystem, log: Log): Promise<void> {
  try {
    await system.reload();
    log.info({}, 'configuration reloaded');
  } catch (error) {
    log.error(describeError(error), 'configuration kept as it was');
  }
}

/** On a terminal the log would drown the summary, so only what somebody must know is there. */
function logLevel(config: Config, out: Output, io: Io): 'debug' | 'info' | 'warn' {
  if (config.advanced.debug) return 'debug';
  return !out.json && io.stderr.isTTY === true ? 'warn' : 'info';
}

async function tellReady(system: RunningSystem, config: Config, linkFile: string, out: Output, io: Io): Promise<void> {
  const { ready, setupUrl } = system;
  await rm(linkFile, { force: true });
  if (setupUrl !== undefined) await tellSetup(system, setupUrl, linkFile, out, io);
  out.event('ready', ready);
  const cameras = config.cameras.filter((camera) => camera.enabled).map((camera) => camera.name);
  const line = (name: string, value: string | undefined): void => {
    if (value !== undefined) out.text(`  ${name.padEnd(12)}${value}`);
  };
  out.text('SentriX is running.');
  line('Dashboard', ready.https);
  line('Cameras', cameras.length === 0 ? 'none yet; the demo camera is shown' : cameras.join(', '));
  line('RTSP', [ready.rtsp, ready.rtsps].filter((url) => url !== undefined).join(', ') || undefined);
  line('Recordings', config.recording.enabled ? config.recording.recordings_dir : 'off');
  out.text(io.stdin.isTTY === true ? 'Stop it with Ctrl+C.' : '');
}

/** Whoever opens the link chooses the admin's password, so it goes to a person and never into a journal. */
async function tellSetup(system: RunningSystem, url: Secret, linkFile: string, out: Output, io: Io): Promise<void> {
  if (out.json) {
    out.event('setup', { url: url.reveal() });
    return;
  }
  if (io.stdout.isTTY === true) {
    out.text(`Set it up here (the link works once):\n`.trimEnd());
    out.text(`  ${url.reveal()}`);
    return;
  }
  await using file = await open(linkFile, 'wx', 0o600);
  await file.writeFile(`${url.reveal()}\n`);
  out.text(`Set-up: open the link that is in ${linkFile}`);
  void system.setupDone?.then(() => rm(linkFile, { force: true })).catch(() => {});
}

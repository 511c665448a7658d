/** The command line: finds the command, runs it, and turns what it throws into a line and an exit code. */
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { installationFolder } from '../base/installation.ts';
import { parseCommand } from './arguments.ts';
import { commands } from './commands.ts';
import { commandHelp, programHelp } from './help.ts';
import type { Io } from './io.ts';
import { Output } from './output.ts';
import { exitCodeOf, usage } from './problems.ts';

/** @returns the exit code. Never throws. */
export async function runCli(io: Io): Promise<number> {
  const [first] = io.argv;
  let out = new Output(io, io.argv.includes('--json'));
  try {
    if (first === '--version') {
      io.stdout.write(`${version()}\n`);
      return 0;
    }
    if (first === '--help' || first === '-h' || first === 'help') {
      io.stdout.write(`${programHelp(commands)}\n`);
      return 0;
    }
    if (first === undefined) throw usage('a command is needed', 'see sentrix --help');
    if (asksForGroup(io.argv)) {
      io.stdout.write(`${programHelp(commands.filter(({ name }) => name.startsWith(`${first} `)))}\n`);
      return 0;
    }
    const { spec, options, positionals } = parseCommand(io.argv, commands);
    if (options['help'] === true) {
      io.stdout.write(`${commandHelp(spec)}\n`);
      return 0;
    }
    out = new Output(io, options['json'] === true);
    const run = await spec.load();
    return await run({ positionals, options, out, io });
  } catch (error) {
    out.error(error);
    return exitCodeOf(error);
  }
}

/** `sentrix user --help`: what can be done with users. */
function asksForGroup([first, second, ...rest]: readonly string[]): boolean {
  return (
    rest.length === 0 &&
    (second === '--help' || second === '-h') &&
    !commands.some(({ name }) => name === first) &&
    commands.some(({ name }) => name.startsWith(`${first} `))
  );
}

function version(): string {
  const text = readFileSync(join(installationFolder(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** For `main.ts`: the real process around `runCli`. */
export async function main(): Promise<void> {
  process.umask(0o077);
  const io = processIo();
  process.on('uncaughtException', (error) => {
    process.stderr.write(`sentrix: error: unexpected: ${error.stack ?? String(error)}\n`);
    // A running system listens too, and finishes its recordings first.
    if (process.listenerCount('uncaughtException') === 1) process.exit(1);
  });
  // Whoever reads stdout may go away (`| head`); that is no failure of ours.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  const code = await runCli(io);
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
  );
  process.exit(code);
}

function processIo(): Io {
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    userHome: homedir(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    clock: systemClock,
    onSignal: (listener) => {
      const names = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
      const crashed = (): void => listener('crash');
      for (const name of names) process.on(name, listener);
      process.on('uncaughtException', crashed);
      return () => {
        for (const name of names) process.off(name, listener);
        process.off('uncaughtException', crashed);
      };
    },
    exitNow: (code) => process.exit(code),
    loadApp: async (home) => {
      // Code that will run: it lies in the home, which is the user's alone, and never in a shared directory.
      enableCompileCache(join(home, 'cache'));
      return await import('../app.ts');
    },
    callServer: async (socket, command, args, signal) => {
      const { callControl } = await import('../control/control-client.ts');
      return await callControl(socket, command, args, signal === undefined ? {} : { signal });
    },
  };
}

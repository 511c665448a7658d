/** Child processes of tests: started with a limit, read line by line, and never left behind. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Started {
  readonly child: ChildProcess;
  /** All of stdout and stderr so far. */
  output(): string;
  /** The first JSON line of stdout for which `accept` holds; rejects when the process ends or the time is up. */
  line<T>(accept: (value: Record<string, unknown>) => boolean, limitMs?: number): Promise<T>;
  /** Resolves with the exit code, or the signal's name. */
  ended(limitMs?: number): Promise<number | string>;
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
}

export function start(command: string, args: readonly string[], options: StartOptions = {}): Started {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin!.on('error', () => {});
  if (options.stdin !== undefined) child.stdin!.end(options.stdin);
  let output = '';
  const seen: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  let exit: number | string | undefined;
  const wake = (): void => {
    for (const check of waiting) check();
  };
  createInterface({ input: child.stdout! }).on('line', (line) => {
    output += `${line}\n`;
    try {
      seen.push(JSON.parse(line) as Record<string, unknown>);
    } catch {
      return;
    }
    wake();
  });
  child.stderr!.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.once('error', (error) => {
    output += `${error.message}\n`;
    exit = error.message;
    wake();
  });
  child.once('exit', (code, signal) => {
    exit = code ?? signal ?? 'unknown';
    wake();
  });

  const ended = async (limitMs = 10_000): Promise<number | string> => {
    if (exit !== undefined) return exit;
    await Promise.race([once(child, 'exit'), rejectAfter(limitMs, `${command} is still running`)]);
    return exit!;
  };

  return {
    child,
    output: () => output,
    line: <T>(accept: (value: Record<string, unknown>) => boolean, limitMs = 30_000) =>
      new Promise<T>((resolve, reject) => {
        const timer = setTimeout(() => fail(`no such line within ${limitMs} ms`), limitMs);
        const stop = (): void => {
          clearTimeout(timer);
          waiting.delete(check);
        };
        const fail = (why: string): void => {
          stop();
          reject(new Error(`${command} ${args.slice(0, 3).join(' ')}: ${why}\n${output.slice(-4000)}`));
        };
        const check = (): void => {
          const found = seen.find(accept);
          if (found !== undefined) {
            stop();
            resolve(found as T);
          } else if (exit !== undefined) fail(`ended with ${exit}`);
        };
        waiting.add(check);
        check();
      }),
    ended,
    stop: async (signal = 'SIGTERM') => {
      if (exit === undefined) {
        child.kill('SIGCONT');
        child.kill(signal);
        try {
          await ended(8000);
        } catch (error) {
          child.kill('SIGKILL');
          await ended(2000);
          throw error;
        }
      }
      return exit!;
    },
  };
}

/** Runs a command to its end. */
export async function run(
  command: string,
  args: readonly string[],
  options: StartOptions & { readonly limitMs?: number } = {},
): Promise<{ readonly code: number | string; readonly output: string }> {
  const started = start(command, args, { stdin: '', ...options });
  const code = await started.ended(options.limitMs ?? 30_000);
  return { code, output: started.output() };
}

function rejectAfter(ms: number, why: string): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(why)), ms).unref());
}

/** Asks again every 100 ms until `probe` gives something; a condition, where nothing tells when it holds. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  limitMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

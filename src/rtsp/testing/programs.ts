/** Real programs of other people for interoperability tests: started, waited for, and ended with the test. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Footage and simulated cameras: `$SENTRIX_SHARED`, else beside the repository; undefined in a clone without them. */
export function sharedFolder(): string | undefined {
  const folder = process.env['SENTRIX_SHARED'] ?? join(import.meta.dirname, '../../../../shared');
  return existsSync(join(folder, 'cameras/camera.py')) ? folder : undefined;
}

/** For `it(…, { skip })`: false, or why a test can't run here. */
export function skipWithout(...programs: string[]): string | false {
  const folders = (process.env['PATH'] ?? '').split(':');
  const missing = programs.find((program) => !folders.some((folder) => existsSync(join(folder, program))));
  return missing === undefined ? false : `${missing} is not installed`;
}

export interface Program extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Exit status, or the name of the signal. */
  readonly ended: Promise<number | string>;
  /** The next line of its output that is a JSON object. Rejects when the output ends. */
  jsonLine(): Promise<Record<string, unknown>>;
  errors(): string;
}

export function startProgram(command: string, args: readonly string[]): Program {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    child.on('error', (error) => resolve(error.message));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-4000);
  });
  return {
    process: child,
    ended,
    jsonLine: async () => {
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`${command} ended: ${errors}`);
        if (value.startsWith('{')) return JSON.parse(value);
      }
    },
    errors: () => errors,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

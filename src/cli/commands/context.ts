/** What every command gets. */
import { readFile } from 'node:fs/promises';
import type { OptionValues } from '../arguments.ts';
import type { Io } from '../io.ts';
import type { Output } from '../output.ts';
import { findConfig, homeOf, readConfig } from '../places.ts';
import type { Reach } from '../reach.ts';

export interface Context {
  readonly positionals: readonly string[];
  readonly options: OptionValues;
  readonly out: Output;
  readonly io: Io;
}

/** @returns the exit code. */
export type Command = (context: Context) => Promise<number>;

export function reachOf({ options, io }: Context): Reach {
  const home = homeOf(options, io);
  return {
    home,
    io,
    loadConfig: async () => readConfig(await findConfig(options, home, io), [], io),
    configText: async () => {
      const { path } = await findConfig(options, home, io);
      return path === undefined ? '' : await readFile(path, 'utf8');
    },
  };
}

/** The last line for programs, and the exit code. */
export function done(out: Output, fields: Readonly<Record<string, unknown>> = {}): number {
  out.event('done', fields);
  return 0;
}

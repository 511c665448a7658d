/** How a command reaches a home: through the server that runs on it, else by opening it under its lock. */
import { join } from 'node:path';
import { createLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { Config } from '../config/load.ts';
import { operations } from './handlers.ts';
import type { Io } from './io.ts';
import { credentialsOf, prepareHome } from './places.ts';
import type { OpenedHome } from './system.ts';

export interface Reach {
  readonly home: string;
  readonly io: Io;
  /** Read when the home has to be opened here. */
  loadConfig(): Promise<Config>;
  /** Its text; empty where there is none. */
  configText(): Promise<string>;
}

/** The operation's result, and whether a running server gave it. */
export interface Reached<T> {
  readonly result: T;
  readonly byServer: boolean;
}

/** `T` is the shape that the operation of this name returns. */
export async function atHome<T>(reach: Reach, name: string, args: unknown): Promise<Reached<T>> {
  const answer = await askServer<T>(reach, name, args);
  if (answer !== undefined) return { result: answer, byServer: true };
  await using opened = await openedHome(reach);
  const result = await operations[name]!(opened, args, new AbortController().signal);
  return { result: result as T, byServer: false };
}

/** The running server's answer; `undefined` where none runs. */
export async function askServer<T>({ home, io }: Reach, name: string, args: unknown): Promise<T | undefined> {
  try {
    return (await io.callServer(join(home, 'run', 'control.sock'), name, args)) as T;
  } catch (error) {
    if (error instanceof Problem && error.code === 'control/not-running') return undefined;
    throw error;
  }
}

/** @throws Problem `control/home-in-use` */
export async function openedHome(reach: Reach): Promise<OpenedHome> {
  const config = await reach.loadConfig();
  await prepareHome(reach.home);
  const app = await reach.io.loadApp(reach.home);
  return await app.openHome({
    config,
    home: reach.home,
    configText: () => reach.configText(),
    log: createLog({ level: config.advanced.debug ? 'debug' : 'warn' }),
    clock: reach.io.clock,
    ...credentialsOf(reach.io),
  });
}

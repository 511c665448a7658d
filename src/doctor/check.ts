/**
 * One point of the deployment checklist: what is looked at, and what was found. A check only looks; what it may mend by
 * itself is a `fix` that can hurt nobody (a mode, a file that is over), and it is carried out only where that was asked.
 */
import type { Config } from '../config/load.ts';
import type { HomeFacts } from './home-facts.ts';
import type { Machine } from './machine.ts';

export type Status = 'pass' | 'warn' | 'fail';

export interface Finding {
  readonly status: Status;
  /** What is, and why that matters; one sentence, no secret. */
  readonly why: string;
  /** Exactly what to do: a command, or a line of the configuration. Always there unless it is a pass. */
  readonly mend?: string;
  /** Mends it; safe to do without asking further. */
  readonly fix?: () => Promise<void>;
}

export interface Examined {
  readonly config: Config;
  /** Absolute. */
  readonly home: string;
  /** Absolute; undefined where the defaults count. */
  readonly configFile: string | undefined;
  readonly machine: Machine;
  /** What only an opened home can tell; undefined where there is none, or it did not open. */
  readonly facts: HomeFacts | undefined;
}

export interface Check {
  /** Stable; scripts look for it. */
  readonly id: string;
  readonly title: string;
  run(examined: Examined, signal: AbortSignal): Promise<readonly Finding[]> | readonly Finding[];
}

export function pass(why: string): Finding {
  return { status: 'pass', why };
}

export function warn(why: string, mend: string, fix?: () => Promise<void>): Finding {
  return { status: 'warn', why, mend, ...(fix === undefined ? {} : { fix }) };
}

export function fail(why: string, mend: string, fix?: () => Promise<void>): Finding {
  return { status: 'fail', why, mend, ...(fix === undefined ? {} : { fix }) };
}

export const dayMs = 86_400_000;

/** `'…'` for a POSIX shell. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** `this week`-sized words for an age in ms. */
export function days(ms: number): string {
  const count = Math.floor(ms / dayMs);
  return count < 1 ? 'today' : count === 1 ? 'a day ago' : `${count} days ago`;
}

/** The process as the commands see it; tests hand in another. */
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import type { App } from './system.ts';

export interface TerminalInput extends Readable {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

export interface TerminalOutput extends Writable {
  readonly isTTY?: boolean;
}

/** `crash`: something was thrown that nobody caught; what is open is to be finished. */
export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'crash';

export interface Io {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  readonly userHome: string;
  readonly stdin: TerminalInput;
  readonly stdout: TerminalOutput;
  readonly stderr: TerminalOutput;
  readonly clock: Clock;
  /** Calls back on each signal; returns how to stop that. */
  onSignal(listener: (signal: Signal) => void): () => void;
  /** Ends the process without waiting for anything. */
  exitNow(code: number): void;
  /** @param home absolute; exists. */
  loadApp(home: string): Promise<App>;
  /** Runs a command in the server of a home. @throws Problem `control/not-running` where there is none. */
  callServer(socket: string, command: string, args: unknown, signal?: AbortSignal): Promise<unknown>;
}

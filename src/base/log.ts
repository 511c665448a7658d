/**
 * The one logger, passed in and never imported as a singleton. An event name in the past tense and fields:
 * `log.warn({ sinceMs }, 'stream stalled')`. Text that came from outside (a camera's realm, a user name) goes into
 * fields, never into the event name: pino escapes control characters there.
 */
import { pino } from 'pino';
import type { LogFileOptions } from './log-file.ts';
import { TurningFile } from './log-file.ts';

export interface Log {
  error(fields: object, event: string): void;
  warn(fields: object, event: string): void;
  info(fields: object, event: string): void;
  debug(fields: object, event: string): void;
  child(fields: object): Log;
}

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** File descriptor: 2 is stderr, where all log lines go, so that stdout stays for answers. */
  readonly fd?: number;
  /** A file that turns over by its size, instead. */
  readonly file?: LogFileOptions;
}

export function createLog(options: LogOptions): Log {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'event',
      formatters: { level: (label) => ({ level: label }) },
    },
    options.file === undefined ? pino.destination({ fd: options.fd ?? 2, sync: true }) : new TurningFile(options.file),
  );
}

export const silentLog: Log = {
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  child: () => silentLog,
};

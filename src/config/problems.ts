/** What can be wrong with a configuration, and how it is said. */
import { basename } from 'node:path';
import { Problem } from '../base/problem.ts';

/** One fault. `line` and `column` count from 1; a fault of a command line option has `option` instead. */
export interface ConfigError {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly option?: string;
  /** Such as `cameras[0].source`; empty where the file as a whole is at fault. */
  readonly key: string;
  /** Never a secret: URLs are masked, long values cut, control characters escaped. */
  readonly found: string;
  readonly allowed: string;
  /** What to do, where that isn't plain from `allowed`. */
  readonly hint?: string;
}

export const configProblems = {
  'config/invalid': 'the configuration has faults; `safe.errors` lists them',
  'config/unreadable': 'the configuration file is missing or may not be read',
  'config/not-writable': 'the configuration file could not be written',
  'config/pinned': 'an option of the command line stands above this setting',
  'config/camera-exists': 'there is a camera of this name, id or path',
  'config/camera-unknown': 'there is no such camera in the configuration',
} as const;

export function describeConfigError(error: ConfigError): string {
  const place =
    error.option ??
    [error.file, error.line, error.column].filter((part) => part !== undefined && part !== '').join(':');
  const key = error.key === '' ? '' : ` ${error.key}:`;
  return `${place}:${key} found ${error.found}; allowed: ${error.allowed}`;
}

/** At least one error. The detail tells the first, with the bare name of its file. */
export function invalidConfig(errors: readonly ConfigError[]): Problem {
  const first = errors[0]!;
  const rest = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const detail = describeConfigError({ ...first, file: basename(first.file) });
  return new Problem('config/invalid', `${detail}${rest}`, {
    status: 422,
    safe: { errors },
    ...(first.hint === undefined ? {} : { hint: first.hint }),
  });
}

/** The faults that a `config/invalid` carries; none for any other failure. */
export function configErrorsOf(error: unknown): readonly ConfigError[] {
  if (!(error instanceof Problem) || error.code !== 'config/invalid') return [];
  return error.safe['errors'] as readonly ConfigError[];
}

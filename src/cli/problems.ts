/** Failures of the command line itself, and which exit code a failure has. */
import { Problem } from '../base/problem.ts';

export const cliProblems = {
  'cli/usage': 'the command line was not understood',
  'cli/no-password': 'a password is needed and there is no way to ask for one',
  'cli/no-terminal': 'a generated secret has no terminal to be shown on',
  'cli/bad-arguments': 'the control socket was given arguments that fit no command',
  'cli/home': 'the home cannot be used',
  'cli/file': 'a file cannot be read or written',
  'cli/needs-server': 'this command is for a running server',
} as const;

export function usage(detail: string, hint?: string): Problem {
  return new Problem('cli/usage', detail, { status: 400, ...(hint === undefined ? {} : { hint }) });
}

/** 2: wrong usage or configuration; 1: it failed. */
export function exitCodeOf(error: unknown): 1 | 2 {
  if (!(error instanceof Problem)) return 1;
  return ['cli/usage', 'config/invalid', 'config/unreadable'].includes(error.code) ? 2 : 1;
}

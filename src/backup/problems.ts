/** What can go wrong with backups. */
import type { ProblemOptions } from '../base/problem.ts';
import { Problem } from '../base/problem.ts';

export type BackupCode =
  | 'backup/exists'
  | 'backup/damaged'
  | 'backup/not-ours'
  | 'backup/newer'
  | 'backup/home-not-empty'
  | 'backup/too-large';

export function backupProblem(code: BackupCode, detail: string, options: ProblemOptions = {}): Problem {
  return new Problem(code, detail, { status: 409, ...options });
}

/** The codes of this folder. */
import type { ProblemOptions } from '../base/problem.ts';
import { Problem } from '../base/problem.ts';

export type AuditProblemCode =
  | 'audit/unwritable'
  | 'audit/overloaded'
  | 'audit/closed'
  | 'audit/damaged'
  | 'audit/bad-checkpoint'
  | 'audit/no-entry'
  | 'audit/entry-too-long'
  | 'audit/witness-refused'
  | 'audit/witness-ahead'
  | 'audit/witness-unreachable';

export function auditProblem(code: AuditProblemCode, detail: string, options: ProblemOptions = {}): Problem {
  return new Problem(code, detail, { status: 503, ...options });
}

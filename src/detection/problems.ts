/** What can go wrong with the model and its processes. */
import { Problem } from '../base/problem.ts';

export const detectionProblems = {
  sourceMissing: 'detection/model-source-missing',
  sourceChanged: 'detection/model-source-changed',
  modelUnreadable: 'detection/model-unreadable',
  modelUnsupported: 'detection/model-unsupported',
  providerMissing: 'detection/provider-missing',
  childCrashed: 'detection/child-crashed',
  childHung: 'detection/child-hung',
  stopped: 'detection/stopped',
} as const;

export type DetectionProblemKind = keyof typeof detectionProblems;

export function detectionProblem(
  kind: DetectionProblemKind,
  detail: string,
  options: { readonly hint?: string; readonly safe?: Readonly<Record<string, unknown>>; readonly cause?: unknown } = {},
): Problem {
  return new Problem(detectionProblems[kind], detail, { status: 503, ...options });
}

/** What a camera is doing, as a union: a state carries what is needed to explain it and nothing that contradicts it. */
import { Problem } from '../base/problem.ts';
import type { StreamStateKind } from '../wire/live.ts';

export type StreamState =
  | { readonly kind: 'connecting'; readonly since: number }
  | { readonly kind: 'live'; readonly since: number }
  /** A publish path that nobody publishes to. */
  | { readonly kind: 'waiting'; readonly since: number }
  | { readonly kind: 'disabled'; readonly since: number }
  | FailedState;

export interface FailedState {
  readonly kind: 'stalled' | 'unauthorized' | 'unreachable';
  readonly since: number;
  readonly problem: Problem;
  /** UTC ms of the next try; null while waiting for the other side. */
  readonly retryAt: number | null;
}

/** Which state a failed attempt leads to. */
export function failureKind(problem: Problem): FailedState['kind'] {
  switch (problem.code) {
    case 'camera/unauthorized':
      return 'unauthorized';
    case 'camera/stalled':
      return 'stalled';
    default:
      return 'unreachable';
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem('camera/failed', 'the connection to the camera failed', { cause: error });
}

/** Kinds in which pictures are expected but none come: what an alert is made of. */
export function isFailure(kind: StreamStateKind): kind is FailedState['kind'] {
  return kind === 'stalled' || kind === 'unauthorized' || kind === 'unreachable';
}

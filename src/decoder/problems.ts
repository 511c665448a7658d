/** What can go wrong between samples and frames. Every one ends this decoder; its owner starts another one. */
import { Problem } from '../base/problem.ts';

export const decoderProblems = {
  unavailable: 'decoder/unavailable',
  crashed: 'decoder/crashed',
  hung: 'decoder/hung',
  badOutput: 'decoder/bad-output',
  stopped: 'decoder/stopped',
} as const;

export function decoderProblem(
  kind: keyof typeof decoderProblems,
  detail: string,
  safe: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): Problem {
  const hint = kind === 'unavailable' ? { hint: 'install ffmpeg' } : {};
  return new Problem(decoderProblems[kind], detail, {
    status: 503,
    safe,
    ...hint,
    ...(cause === undefined ? {} : { cause }),
  });
}

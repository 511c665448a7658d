/** Waiting with a limit and an owner. Every wait in the program goes through an AbortSignal, most through here. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from './problem.ts';

/** Resolves after `ms`; resolves early, without throwing, when `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // aborted: the caller looks at its signal
  }
}

/** `promise`, or a Problem `code` when it takes longer than `ms`. The promise itself is not cancelled. */
export async function within<T>(promise: Promise<T>, ms: number, code: string, detail: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Problem(code, detail, { status: 503 })), ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

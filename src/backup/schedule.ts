/** Backups made by themselves: one each `everyMs`, counted from the last that was made, whoever made it. */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import { pause } from '../base/wait.ts';

export interface ScheduleDeps {
  /** As configured now; undefined while none are to be made. */
  wish(): { readonly everyMs: number } | undefined;
  /** UTC ms of the last one. */
  lastAt(): Promise<number | undefined>;
  make(signal: AbortSignal): Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

const lookEveryMs = 60_000;
/** After a failure: the disk may be plugged in again soon. */
const againMs = 15 * 60_000;

export function startBackups(deps: ScheduleDeps): AsyncDisposable {
  const abort = new AbortController();
  const running = run(deps, abort.signal);
  return {
    async [Symbol.asyncDispose]() {
      abort.abort();
      await running;
    },
  };
}

async function run(deps: ScheduleDeps, signal: AbortSignal): Promise<void> {
  let notBefore = 0;
  while (!signal.aborted) {
    try {
      if (deps.clock.monotonicMs() >= notBefore && (await isDue(deps))) await deps.make(signal);
    } catch (error) {
      if (signal.aborted) return;
      notBefore = deps.clock.monotonicMs() + againMs;
      deps.log.error(describeError(error), 'backup failed');
    }
    await pause(lookEveryMs, signal);
  }
}

export async function isDue({
  wish,
  lastAt,
  clock,
}: Pick<ScheduleDeps, 'wish' | 'lastAt' | 'clock'>): Promise<boolean> {
  const wanted = wish();
  if (wanted === undefined) return false;
  const last = await lastAt();
  const now = clock.now();
  // A last one in the future: the clock was set back.
  return last === undefined || last > now || now - last >= wanted.everyMs;
}

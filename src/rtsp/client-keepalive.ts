/** Keeps a session from timing out on the camera (RFC 2326 §12.37), by GET_PARAMETER where it is known, else OPTIONS. */
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import type { ClientConnection } from './client-connection.ts';
import type { ClientDialog } from './client-dialog.ts';
import { protocol } from './problems.ts';

const shortestMs = 1000;

/**
 * At half the time that the session lives, and at least every `longestMs`. An unanswered keep-alive ends nothing: some cameras answer none while they stream, and silence is seen by its own timer.
 * @returns stops it
 */
export function keepAlive(
  connection: ClientConnection,
  dialog: ClientDialog,
  target: { readonly aggregateUrl: string; readonly methods: ReadonlySet<string> },
  longestMs: number,
  log: Log,
): () => void {
  let method = target.methods.has('GET_PARAMETER') ? 'GET_PARAMETER' : 'OPTIONS';
  const intervalMs = Math.min(longestMs, Math.max(shortestMs, (dialog.session?.timeoutSeconds ?? 60) * 500));
  let timer = setTimeout(tick, intervalMs);
  let stopped = false;

  function tick(): void {
    void ask().then(() => {
      if (!stopped) timer = setTimeout(tick, intervalMs);
    });
  }

  async function ask(): Promise<void> {
    try {
      const { status } = await dialog.ask(method, target.aggregateUrl);
      if (status === 454) connection.end(protocol('the camera has forgotten the session', { status }));
      else if (status >= 400 && method === 'GET_PARAMETER') method = 'OPTIONS';
    } catch (error) {
      if (error instanceof Problem && error.code === 'camera/unauthorized') connection.end(error);
      else if (!stopped) log.debug(describeError(error), 'keep-alive failed');
    }
  }

  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

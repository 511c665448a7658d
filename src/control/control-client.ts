/** The other end of the control socket: what the command line uses. */
import { connect } from 'node:net';
import type { ProblemOptions, ProblemStatus } from '../base/problem.ts';
import { Problem } from '../base/problem.ts';
import { checkSocketPath } from './control-server.ts';
import { readLines, writeLine } from './lines.ts';

export interface CallOptions {
  /** Called for each event before the last, in order. */
  readonly onEvent?: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly signal?: AbortSignal;
  /** Longest silence of the server. Default 60 s. */
  readonly silenceMs?: number;
}

/**
 * Runs one command in the server on `path` and returns its result.
 * @throws Problem `control/not-running` where nobody listens (the caller then works on the home itself, under its
 * lock), the handler's own Problem where it failed, `control/no-answer` or `control/cut-off` where the server did.
 */
export async function callControl(
  path: string,
  command: string,
  args: unknown,
  options: CallOptions = {},
): Promise<unknown> {
  checkSocketPath(path);
  options.signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const socket = connect(path);
  const abort = () => reject(options.signal?.reason);
  options.signal?.addEventListener('abort', abort, { once: true });
  socket.setTimeout(options.silenceMs ?? 60_000, () =>
    reject(new Problem('control/no-answer', 'the running server did not answer in time', { status: 503 })),
  );
  socket.on('connect', () => writeLine(socket, { command, args }));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const absent = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
    reject(
      absent
        ? new Problem('control/not-running', 'no server is running on this home', { status: 503 })
        : new Problem('control/cut-off', `the connection to the running server failed (${error.code ?? 'unknown'})`, {
            cause: error,
          }),
    );
  });
  socket.on('close', () => reject(new Problem('control/cut-off', 'the server ended before the command did')));
  readLines(
    socket,
    ({ event, ...fields }) => {
      const { result } = fields;
      if (event === 'done') resolve(result);
      else if (event === 'error') reject(problemOf(fields));
      else if (typeof event === 'string') options.onEvent?.(event, fields);
    },
    () => reject(new Problem('control/cut-off', 'the server sent something that is no answer')),
  );
  try {
    return await promise;
  } finally {
    options.signal?.removeEventListener('abort', abort);
    socket.destroy();
  }
}

function problemOf(fields: Readonly<Record<string, unknown>>): Problem {
  const { code, detail, hint, status, retryAfterSeconds } = fields;
  const options: ProblemOptions = {
    ...(typeof status === 'number' ? { status: status as ProblemStatus } : {}),
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
  };
  return new Problem(
    typeof code === 'string' ? code : 'control/failed',
    typeof detail === 'string' ? detail : 'the command failed',
    options,
  );
}

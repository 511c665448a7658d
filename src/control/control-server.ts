/**
 * The socket by which commands on this machine reach the running server (`HOME/run/control.sock`). Who may connect is
 * who may enter the 0700 directory: the user the server runs as, and root. One command a connection:
 *
 *     → {"command": "user.add", "args": {…}}
 *     ← {"event": "progress", …}*            what the handler emits
 *     ← {"event": "done", "result": …}   or   {"event": "error", "code": …, "detail": …, "hint": …}
 *
 * A client that goes away aborts its handler. The caller holds the home's lock, so a socket file that is already there
 * belongs to nobody.
 */
import { chmod, mkdir, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import { readLines, writeLine } from './lines.ts';

/** Names of events are the handler's own, except `done` and `error`. */
export type Emit = (event: string, fields?: Readonly<Record<string, unknown>>) => void;
/** @returns what `done` carries as `result`. `signal` aborts when the client goes away or the server stops. */
export type ControlHandler = (args: unknown, emit: Emit, signal: AbortSignal) => Promise<unknown>;

export interface ControlOptions {
  readonly path: string;
  readonly handlers: Readonly<Record<string, ControlHandler>>;
  readonly log: Log;
  /** Time for the request line to arrive. Default 5 s. */
  readonly requestTimeoutMs?: number;
}

const maxConnections = 32;
/** `sun_path` has 108 bytes on Linux, the last of them NUL (unix(7)). */
export const maxSocketPathBytes = 107;

export function checkSocketPath(path: string): void {
  if (Buffer.byteLength(path) > maxSocketPathBytes)
    throw new Problem('control/path-too-long', 'the path of the home is too long for a socket in it', {
      hint: 'choose a shorter --home',
      safe: { path },
    });
}

export async function startControl(options: ControlOptions): Promise<AsyncDisposable> {
  checkSocketPath(options.path);
  await mkdir(dirname(options.path), { recursive: true, mode: 0o700 });
  await chmod(dirname(options.path), 0o700);
  await rm(options.path, { force: true });
  const stopping = new AbortController();
  const sockets = new Set<Socket>();
  const running = new Set<Promise<void>>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, options, stopping.signal, running);
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => options.log.warn(describeError(error), 'control socket failed'));
  await chmod(options.path, 0o600);
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      stopping.abort();
      await Promise.all(running);
      for (const socket of sockets) socket.destroySoon();
      await closed;
      await rm(options.path, { force: true });
    },
  };
}

function serve(socket: Socket, options: ControlOptions, stopping: AbortSignal, running: Set<Promise<void>>): void {
  const gone = new AbortController();
  let asked = false;
  socket.on('error', () => socket.destroy());
  socket.on('close', () => gone.abort());
  socket.setTimeout(options.requestTimeoutMs ?? 5000, () => {
    if (!asked) socket.destroy();
  });
  const refuse = (detail: string) => {
    asked = true;
    writeLine(socket, { event: 'error', code: 'control/bad-request', detail });
    socket.destroySoon();
  };
  readLines(
    socket,
    (request) => {
      if (asked) return refuse('one command a connection');
      asked = true;
      const work = answer(socket, request, options, AbortSignal.any([gone.signal, stopping])).finally(() =>
        running.delete(work),
      );
      running.add(work);
    },
    (why) => refuse(why === 'too long' ? 'the request is longer than 1 MiB' : 'the request is no JSON object'),
  );
}

async function answer(
  socket: Socket,
  request: Readonly<Record<string, unknown>>,
  options: ControlOptions,
  signal: AbortSignal,
): Promise<void> {
  const { command, args } = request;
  try {
    const handler =
      typeof command === 'string' && Object.hasOwn(options.handlers, command) ? options.handlers[command] : undefined;
    if (handler === undefined)
      throw new Problem('control/unknown-command', 'the running server does not know this command', { status: 404 });
    const emit: Emit = (event, fields = {}) => {
      if (event === 'done' || event === 'error') throw new Error(`${event} is not for handlers to emit`);
      writeLine(socket, { ...fields, event });
    };
    const result = await handler(args ?? {}, emit, signal);
    writeLine(socket, { event: 'done', result: result ?? null });
  } catch (error) {
    writeLine(socket, { event: 'error', ...shown(error) });
    const level = error instanceof Problem ? 'info' : 'error';
    options.log[level](
      { command: typeof command === 'string' ? command : null, ...describeError(error) },
      'command failed',
    );
  }
  socket.destroySoon();
}

function shown(error: unknown): Record<string, unknown> {
  if (!(error instanceof Problem))
    return { code: 'control/failed', detail: 'the command failed; the log says why', status: 500 };
  const { code, detail, hint, status, retryAfterSeconds } = error;
  return {
    code,
    detail,
    status,
    ...(hint ? { hint } : {}),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

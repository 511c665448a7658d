/**
 * Notices that a camera went away and came back, without sending it a password. A camera that refused our password is asked again
 * only seldom, for many lock an account after a few tries; but when it was switched off and on again, somebody
 * probably mended it, and its picture is to be back within seconds.
 *
 * One idle TCP connection is held; when it ends, the address is tried until it answers. A camera that merely closes idle
 * connections answers the first try, and counts as never having been away.
 */
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Dial } from '../base/address-guard.ts';
import { pause } from '../base/wait.ts';

const connectTimeoutMs = 2000;
const betweenTriesMs = 500;

/** Asked anew for each connection, so that a name is resolved and checked anew. May throw, which counts as away. */
export type DialTarget = () => (Pick<Dial, 'host'> & Partial<Dial>) & { readonly port: number };

/**
 * Resolves when the camera at `target` was away and is back, or when `signal` aborts.
 * @param away called when it is found away, once
 */
export async function cameraReturned(target: DialTarget, signal: AbortSignal, away?: () => void): Promise<void> {
  let wasAway = false;
  while (!signal.aborted) {
    const socket = await tryConnect(target, signal);
    if (socket === undefined) {
      if (!wasAway) away?.();
      wasAway = true;
      await pause(betweenTriesMs, signal);
      continue;
    }
    if (wasAway) {
      socket.destroy();
      return;
    }
    await untilClosed(socket, signal);
    wasAway = await isAway(target, signal);
    if (wasAway) away?.();
    else await pause(betweenTriesMs, signal);
  }
}

/** Looks several times, at once and then with a little distance: a camera's program may be back within half a second. */
async function isAway(target: DialTarget, signal: AbortSignal): Promise<boolean> {
  for (const beforeMs of [0, 20, 50, 100, 200]) {
    await pause(beforeMs, signal);
    if (signal.aborted) return false;
    const socket = await tryConnect(target, signal);
    if (socket === undefined) return !signal.aborted;
    socket.destroy();
  }
  return false;
}

function tryConnect(target: DialTarget, signal: AbortSignal): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    let socket: Socket;
    try {
      socket = connect(target());
    } catch {
      resolve(undefined);
      return;
    }
    const finish = (result: Socket | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
      socket.removeAllListeners('connect');
      if (result === undefined) socket.destroy();
      resolve(result);
    };
    const abandon = (): void => finish(undefined);
    const timer = setTimeout(abandon, connectTimeoutMs);
    signal.addEventListener('abort', abandon, { once: true });
    socket.on('error', abandon);
    socket.once('connect', () => finish(socket));
  });
}

function untilClosed(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      socket.destroy();
    };
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    socket.resume();
    socket.once('close', () => {
      signal.removeEventListener('abort', end);
      resolve();
    });
  });
}

/**
 * What systemd is told: ready, still well, stopping (sd_notify(3)). Its socket takes datagrams, which Node can't send over a
 * Unix socket, so systemd's own `systemd-notify` does it: once at each change, and once each half of the watchdog's time.
 * The timer is the main thread's, so a main thread that hangs says nothing, and systemd starts the service again.
 */
import { execFile } from 'node:child_process';
import type { Log } from '../base/log.ts';
import type { Io } from './io.ts';

export interface ServiceManager extends Disposable {
  tell(state: 'READY=1' | 'STOPPING=1' | 'RELOADING=1'): void;
}

const limitMs = 5000;

/** Does nothing where no service manager has asked for it. */
export function serviceManager({ env, clock }: Pick<Io, 'env' | 'clock'>, log: Log): ServiceManager {
  const socket = env['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '') return { tell: () => {}, [Symbol.dispose]: () => {} };
  const send = (...words: readonly string[]): void => {
    const child = execFile(
      'systemd-notify',
      [...words],
      { timeout: limitMs, killSignal: 'SIGKILL', env: { PATH: env['PATH'] ?? '/usr/bin:/bin', NOTIFY_SOCKET: socket } },
      (error) => {
        if (error !== null) log.warn({ words, message: error.message }, 'service manager not told');
      },
    );
    child.unref();
  };
  const watchdogMs = Number(env['WATCHDOG_USEC'] ?? 0) / 1000;
  const isForUs = env['WATCHDOG_PID'] === undefined || env['WATCHDOG_PID'] === String(process.pid);
  const timer = watchdogMs > 0 && isForUs ? setInterval(() => send('WATCHDOG=1'), watchdogMs / 2) : undefined;
  timer?.unref();
  return {
    // systemd 253 and newer want the moment of a reload; older ones pass over it.
    tell: (state) =>
      state === 'RELOADING=1' ? send(state, `MONOTONIC_USEC=${Math.round(clock.monotonicMs() * 1000)}`) : send(state),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

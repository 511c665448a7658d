/** Getting a socket to a camera: TCP or TLS, within a time limit, the certificate checked before a byte is sent. */
import type { Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Dial } from '../base/address-guard.ts';
import { Problem } from '../base/problem.ts';
import { closedByUs, unreachable, untrusted } from './problems.ts';
import { effectivePort, hostOf } from './request-url.ts';

export interface CameraTls {
  /** Authorities (PEM) to trust in place of the system's. */
  readonly ca?: string | readonly string[];
  /**
   * The last word on a certificate, as for pinning one that no authority signed. Without it only trusted ones pass.
   * @param fingerprint SHA-256 of the certificate, hexadecimal in upper case with colons
   * @param trusted an authority vouches for it and it names the host
   */
  readonly accept?: (fingerprint: string, trusted: boolean) => boolean;
}

export type DialCamera = (host: string) => Dial;

type Target = Pick<Dial, 'host'> & Partial<Dial> & { readonly port: number };

/** Of each of the two buffers. */
const readBytes = 32 * 1024;

/**
 * @param dial finds the host's addresses, and may refuse them
 * @throws Problem `camera/unreachable`, `camera/untrusted`, `camera/closed` (aborted), and what `dial` throws
 */
export async function connectCamera(
  url: URL,
  dial: DialCamera | undefined,
  tls: CameraTls | undefined,
  limitMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  const host = hostOf(url);
  const target = { ...(dial === undefined ? { host } : dial(host)), port: effectivePort(url) };
  return await new Promise((resolve, reject) => {
    const secure = url.protocol === 'rtsps:' ? connectSecurely(target, tls) : undefined;
    const socket = secure ?? connectPlainly(target);
    const finish = (problem: Problem | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
      if (problem === undefined) {
        resolve(socket);
        return;
      }
      socket.on('error', () => {});
      socket.destroy();
      reject(problem);
    };
    const onError = (error: NodeJS.ErrnoException): void =>
      finish(error instanceof Problem ? error : unreachable(wordsFor(error.code), error));
    const onClose = (): void => finish(unreachable('the camera closed the connection at once'));
    const onAbort = (): void => finish(closedByUs());
    const timer = setTimeout(() => finish(unreachable(`no connection within ${limitMs / 1000} s`)), limitMs);
    socket.on('error', onError);
    socket.on('close', onClose);
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    if (secure === undefined) {
      socket.once('connect', () => finish(undefined));
      return;
    }
    secure.once('secureConnect', () => {
      const fingerprint = secure.getPeerX509Certificate()?.fingerprint256 ?? '';
      const accepted = tls?.accept === undefined ? secure.authorized : tls.accept(fingerprint, secure.authorized);
      finish(accepted ? undefined : untrusted(secure.authorizationError));
    });
  });
}

/**
 * Node makes a buffer of 64 KiB for each read of a socket, which sixteen cameras fill with megabytes a second for the
 * collector. Two of our own take turns instead: what the reader has left of one is still there when the other is filled.
 */
function connectPlainly(target: Target): Socket {
  const buffers = [Buffer.allocUnsafeSlow(readBytes), Buffer.allocUnsafeSlow(readBytes)] as const;
  let turn: 0 | 1 = 0;
  const socket: Socket = connectTcp({
    ...target,
    onread: {
      buffer: () => {
        turn = turn === 0 ? 1 : 0;
        return buffers[turn];
      },
      callback: (bytes, buffer) => {
        socket.emit('data', Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
        return true;
      },
    },
  });
  return socket;
}

function connectSecurely(target: Target, tls: CameraTls | undefined) {
  const { host } = target;
  return connectTls({
    ...target,
    // Checked by ourselves on 'secureConnect', so that a pinned certificate can pass.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...(tls?.ca === undefined ? {} : { ca: typeof tls.ca === 'string' ? tls.ca : [...tls.ca] }),
  });
}

function wordsFor(code: string | undefined): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing answers at this port';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name of the camera is not known';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return 'the address of the camera cannot be reached';
    default:
      return 'the connection to the camera failed';
  }
}

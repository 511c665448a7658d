/** The session's cookie. `__Host-` makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis §4.1.3.2). */
import { Secret } from '../base/secret.ts';

const name = '__Host-sentrix';
const pendingName = '__Host-sentrix-login';
/** Of a device that is a camera: a token that publishes and does nothing else. */
const deviceName = '__Host-sentrix-device';
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict';
const idPattern = /^[A-Za-z0-9_-]{20,128}$/;

/** @returns undefined where there is none, where it can't be one of ours, and where there are two of the name. */
export function readSessionCookie(header: string | undefined): Secret | undefined {
  return readCookie(header, name);
}

/** Names a log-in that waits for its second factor. */
export function readPendingCookie(header: string | undefined): Secret | undefined {
  return readCookie(header, pendingName);
}

export function readDeviceCookie(header: string | undefined): Secret | undefined {
  return readCookie(header, deviceName);
}

export function deviceCookie(token: Secret): string {
  return `${deviceName}=${token.reveal()}; Max-Age=31536000; ${attributes}`;
}

function readCookie(header: string | undefined, name: string): Secret | undefined {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [value] = values;
  return value !== undefined && values.length === 1 && idPattern.test(value) ? new Secret(value) : undefined;
}

/** Ends with the browser; how long the session lives is the server's business. */
export function sessionCookie(sessionId: Secret): string {
  const value = sessionId.reveal();
  if (!idPattern.test(value)) throw new Error('a session id that is no cookie value');
  return `${name}=${value}; ${attributes}`;
}

export function pendingCookie(pending: Secret): string {
  return `${pendingName}=${pending.reveal()}; Max-Age=300; ${attributes}`;
}

export const endedPendingCookie = `${pendingName}=; Max-Age=0; ${attributes}`;
export const endedSessionCookie = `${name}=; Max-Age=0; ${attributes}`;

/** JSON lines on a socket, both directions: one object a line, each at most 1 MiB, whatever the other side sends. */
import type { Socket } from 'node:net';

export const maxLineBytes = 1024 * 1024;
/** What the other side may leave unread before we give it up. */
export const maxUnreadBytes = 8 * 1024 * 1024;

/**
 * Calls `onLine` for each object received. A line that is too long, no UTF-8 or no JSON object ends in `onFault`, once;
 * nothing is read after that.
 */
export function readLines(
  socket: Socket,
  onLine: (value: Readonly<Record<string, unknown>>) => void,
  onFault: (why: 'too long' | 'not json') => void,
): void {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let broken = false;
  const fail = (why: 'too long' | 'not json') => {
    broken = true;
    pending = [];
    onFault(why);
  };
  socket.on('data', (chunk: Buffer) => {
    let rest = chunk;
    while (!broken && rest.length > 0) {
      const end = rest.indexOf(0x0a);
      const part = end === -1 ? rest : rest.subarray(0, end);
      pendingBytes += part.length;
      if (pendingBytes > maxLineBytes) return fail('too long');
      pending.push(part);
      if (end === -1) return;
      rest = rest.subarray(end + 1);
      const value = tryParse(Buffer.concat(pending));
      pending = [];
      pendingBytes = 0;
      if (value === undefined) return fail('not json');
      onLine(value);
    }
  });
}

function tryParse(line: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** @returns false where the other side reads so slowly that it was cut off. */
export function writeLine(socket: Socket, value: object): boolean {
  if (socket.destroyed || !socket.writable) return false;
  if (socket.writableLength > maxUnreadBytes) {
    socket.destroy();
    return false;
  }
  socket.write(`${JSON.stringify(value)}\n`);
  return true;
}

/**
 * ASCII armor (C2SP age.md, "ASCII armor"): strict PEM, for keys and small files. White space around it is allowed, and
 * CRLF; nothing else that could hide something between the lines.
 */
import { AgeError } from './problems.ts';

const begin = '-----BEGIN AGE ENCRYPTED FILE-----';
const end = '-----END AGE ENCRYPTED FILE-----';
const columns = 64;

export function armor(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  const lines = [begin];
  for (let at = 0; at < text.length; at += columns) lines.push(text.slice(at, at + columns));
  return `${[...lines, end].join('\n')}\n`;
}

/** Whether this looks like armor rather than a binary age file; says nothing of its being right. */
export function isArmored(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024)).toString('latin1');
  return start.trimStart().startsWith('-----BEGIN');
}

/** The age file inside. Throws `armor failure`. */
export function dearmor(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const lines = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '').split(/\r?\n/);
  if (lines[0] !== begin || lines.at(-1) !== end || lines.length < 2)
    throw new AgeError('armor failure', 'the first or the last line is missing');
  const body = lines.slice(1, -1);
  for (const [at, line] of body.entries()) {
    const last = at === body.length - 1;
    if (line.length === 0 || line.length > columns || (!last && line.length < columns))
      throw new AgeError('armor failure', `line ${at + 2} has a wrong length`);
  }
  const joined = body.join('');
  const decoded = Buffer.from(joined, 'base64');
  if (decoded.toString('base64') !== joined) throw new AgeError('armor failure', 'the base64 is not canonical');
  return decoded;
}

/**
 * The textual header of an age file (C2SP age.md, "Header"): version line, recipient stanzas, MAC. Parsed strictly: of
 * two headers that mean the same only one is accepted, so a header can't be changed without its MAC noticing.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { encodeBase64, tryDecodeBase64 } from './base64.ts';
import { AgeError } from './problems.ts';

const version = 'age-encryption.org/v1';
const columns = 64;
/** A header longer than this is refused: 20 hybrid recipients or 300 others still fit. */
export const maxHeaderBytes = 64 * 1024;

export interface Stanza {
  /** The kind first, such as `X25519`, then its arguments. */
  readonly args: readonly [string, ...string[]];
  readonly body: Uint8Array;
}

export interface Header {
  readonly stanzas: readonly Stanza[];
  /** The header up to and with `---`, which the MAC covers. */
  readonly covered: Buffer;
  readonly mac: Buffer;
  /** Bytes of the whole header; the payload's nonce follows. */
  readonly length: number;
}

/** The bytes of a header for these stanzas under this file key (16 bytes). */
export function formatHeader(stanzas: readonly Stanza[], fileKey: Uint8Array): Buffer {
  const lines = [version];
  for (const { args, body } of stanzas) {
    lines.push(`-> ${args.join(' ')}`);
    const text = encodeBase64(body);
    // A body ends with a short line, an empty one where the text fills its last line
    for (let at = 0; at <= text.length; at += columns) lines.push(text.slice(at, at + columns));
  }
  const covered = Buffer.from(`${lines.join('\n')}\n---`, 'latin1');
  return Buffer.concat([covered, Buffer.from(` ${encodeBase64(macOf(covered, fileKey))}\n`, 'latin1')]);
}

/** Throws `HMAC failure` where the header isn't what the writer, who knew the file key, wrote. */
export function checkMac(header: Header, fileKey: Uint8Array): void {
  if (!timingSafeEqual(macOf(header.covered, fileKey), header.mac))
    throw new AgeError('HMAC failure', 'the header was changed');
}

function macOf(covered: Uint8Array, fileKey: Uint8Array): Buffer {
  const key = Buffer.from(hkdfSync('sha256', fileKey, '', 'header', 32));
  const mac = createHmac('sha256', key).update(covered).digest();
  key.fill(0);
  return mac;
}

/**
 * The header at the start of `bytes`, or `undefined` where `bytes` ends before the header does and more may come.
 * Throws `header failure`.
 */
export function parseHeader(bytes: Uint8Array): Header | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, maxHeaderBytes));
  const complete = text.length === maxHeaderBytes;
  const stanzas: Stanza[] = [];
  let at = 0;
  const line = (): string | undefined => {
    const end = text.indexOf(10, at);
    if (end < 0) {
      if (complete) throw new AgeError('header failure', 'the header is too long', at);
      return undefined;
    }
    const found = text.toString('latin1', at, end);
    at = end + 1;
    return found;
  };
  const first = line();
  if (first === undefined) return checkStart(text);
  if (first !== version) throw new AgeError('header failure', 'this is no age v1 file', 0);
  for (;;) {
    const start = at;
    const head = line();
    if (head === undefined) return undefined;
    if (head.startsWith('---')) {
      const mac = /^--- [A-Za-z0-9+/]{43}$/.test(head) ? tryDecodeBase64(head.slice(4)) : undefined;
      if (mac === undefined) throw new AgeError('header failure', 'the MAC line is malformed', start);
      if (stanzas.length === 0) throw new AgeError('header failure', 'there is no recipient', start);
      return { stanzas, covered: Buffer.from(text.subarray(0, start + 3)), mac, length: at };
    }
    const args = head.split(' ').slice(1);
    // One or more arguments of one or more printable characters each, `-> ` before them
    if (!/^-> [\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(head))
      throw new AgeError('header failure', 'a recipient line is malformed', start);
    const body = stanzaBody(line, at);
    if (body === undefined) return undefined;
    stanzas.push({ args: args as [string, ...string[]], body });
  }
}

function stanzaBody(line: () => string | undefined, offset: number): Buffer | undefined {
  const parts: string[] = [];
  for (;;) {
    const text = line();
    if (text === undefined) return undefined;
    if (text.length > columns) throw new AgeError('header failure', 'a line of a recipient is too long', offset);
    parts.push(text);
    if (text.length < columns) break;
  }
  const body = tryDecodeBase64(parts.join(''));
  if (body === undefined) throw new AgeError('header failure', 'the body of a recipient is malformed', offset);
  return body;
}

/** Without a first line yet: only a beginning of the version line may become an age file. */
function checkStart(text: Buffer): undefined {
  const begun = text.toString('latin1', 0, version.length + 1);
  if (!`${version}\n`.startsWith(begun)) throw new AgeError('header failure', 'this is no age v1 file', 0);
  return undefined;
}

/**
 * Cuts one TCP stream into requests, responses and interleaved frames, in linear time however the bytes are chopped up.
 * Pulled, not pushed: whoever stops calling `next()` stops the work, and nothing queues up here but the bytes themselves.
 *
 * Lenient where cameras are sloppy (bare LF, folded lines, control characters in values, no reason phrase), strict where
 * leniency would be guessing at the framing: lengths, names, the first line.
 */
import type { InterleavedFrame, MessageLimits, RtspItem, RtspRequest, RtspResponse } from './message.ts';
import { MessageFault, MessageHeaders, messageLimits } from './message.ts';

const dollar = 0x24;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const smallestScratchBytes = 4096;
const nothing = Buffer.alloc(0);

const responseLine = /^RTSP\/\d\.\d +(\d{3})(?: (.*))?$/s;
const requestLine = /^([A-Z][A-Z_]{1,31}) (\S+) RTSP\/(\d\.\d)$/;
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

interface Head {
  readonly startLine: string;
  readonly headers: MessageHeaders;
  readonly headBytes: number;
  readonly bodyBytes: number;
}

export class MessageReader {
  readonly #limits: MessageLimits;
  /** What is being read: the caller's chunk itself, or `#scratch` where something lay across chunks. */
  #bytes: Buffer = nothing;
  #at = 0;
  #end = 0;
  #scratch: Buffer = nothing;
  /** Bytes of the connection before `#at`. */
  #consumed = 0;
  /** Where in the unfinished message to go on looking for line ends, relative to `#at`. */
  #scanned = 0;
  #lineStart = 0;
  #lines: string[] = [];
  #head: Head | undefined;

  constructor(limits: MessageLimits = messageLimits) {
    this.#limits = limits;
  }

  /** Takes bytes off the socket. They are read in place where possible and must not change until the next `push`. */
  push(chunk: Uint8Array): void {
    const left = this.#end - this.#at;
    if (left === 0) {
      this.#bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      this.#at = 0;
      this.#end = chunk.length;
      return;
    }
    const inScratch = this.#bytes === this.#scratch;
    if (!inScratch || this.#end + chunk.length > this.#scratch.length) {
      const needed = left + chunk.length;
      let target = this.#scratch;
      // Moving what is left costs its length: room for as much again keeps the sum of all moves linear.
      if (target.length < needed + left) {
        target = Buffer.allocUnsafeSlow(Math.max(smallestScratchBytes, 2 ** Math.ceil(Math.log2(needed + left))));
      }
      this.#bytes.copy(target, 0, this.#at, this.#end);
      this.#scratch = target;
      this.#bytes = target;
      this.#at = 0;
      this.#end = left;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next whole item, or undefined until more bytes are pushed.
   * @throws MessageFault; the reader is of no use after that
   */
  next(): RtspItem | undefined {
    if (this.#head === undefined && this.#lines.length === 0 && this.#scanned === 0) {
      this.#skipEmptyLines();
      if (this.#at === this.#end) return undefined;
      const first = this.#bytes[this.#at]!;
      if (first === dollar) return this.#frame();
      // Random bytes are seen at once, not after 8 KiB without a line end.
      if (!((first >= 0x41 && first <= 0x5a) || (first >= 0x61 && first <= 0x7a))) {
        throw this.#fault('not-rtsp', 'neither a message nor an interleaved frame');
      }
    }
    this.#head ??= this.#readHead();
    const head = this.#head;
    if (head === undefined || this.#end - this.#at < head.headBytes + head.bodyBytes) return undefined;
    const bodyStart = this.#at + head.headBytes;
    // A copy: bodies are rare and short, and are looked at after further bytes have come.
    const body = Uint8Array.prototype.slice.call(this.#bytes, bodyStart, bodyStart + head.bodyBytes);
    const item = this.#message(head, body);
    this.#advance(head.headBytes + head.bodyBytes);
    this.#head = undefined;
    this.#lines = [];
    this.#scanned = 0;
    this.#lineStart = 0;
    return item;
  }

  #skipEmptyLines(): void {
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at]!;
      if (byte !== lineFeed && byte !== carriageReturn) return;
      this.#advance(1);
    }
  }

  #frame(): InterleavedFrame | undefined {
    const available = this.#end - this.#at;
    if (available < 4) return undefined;
    const length = this.#bytes.readUInt16BE(this.#at + 2);
    if (available < 4 + length) return undefined;
    const channel = this.#bytes[this.#at + 1]!;
    const payload = this.#bytes.subarray(this.#at + 4, this.#at + 4 + length);
    this.#advance(4 + length);
    return { kind: 'frame', channel, payload };
  }

  /** Collects lines up to the empty one. */
  #readHead(): Head | undefined {
    const { startLineBytes, headerBytes, headerCount } = this.#limits;
    for (;;) {
      const available = this.#end - this.#at;
      const found = this.#bytes.subarray(0, this.#end).indexOf(lineFeed, this.#at + this.#scanned);
      const lineEnd = found === -1 ? available : found - this.#at;
      const isStartLine = this.#lines.length === 0;
      if (isStartLine && lineEnd > startLineBytes) throw this.#fault('too-large', 'the first line is too long');
      if (lineEnd > startLineBytes + headerBytes) throw this.#fault('too-large', 'the headers are too long');
      if (found === -1) {
        this.#scanned = available;
        return undefined;
      }
      let textEnd = lineEnd;
      if (textEnd > this.#lineStart && this.#bytes[this.#at + textEnd - 1] === carriageReturn) textEnd--;
      const line = this.#bytes.toString('latin1', this.#at + this.#lineStart, this.#at + textEnd);
      this.#lineStart = lineEnd + 1;
      this.#scanned = this.#lineStart;
      if (isStartLine) {
        this.#lines.push(line);
        if (!responseLine.test(line) && !requestLine.test(line)) throw this.#fault('not-rtsp', 'the first line');
        continue;
      }
      if (line !== '') {
        if (this.#lines.length > headerCount) throw this.#fault('too-large', 'too many headers');
        this.#lines.push(line);
        continue;
      }
      const headers = this.#parseHeaders(this.#lines);
      const bodyBytes = this.#contentLength(headers);
      return { startLine: this.#lines[0]!, headers, headBytes: this.#lineStart, bodyBytes };
    }
  }

  #parseHeaders(lines: readonly string[]): MessageHeaders {
    const fields: [string, string][] = [];
    for (const line of lines.slice(1)) {
      if (line.startsWith(' ') || line.startsWith('\t')) {
        const last = fields.at(-1);
        if (last === undefined) throw this.#fault('malformed', 'a continuation line without a header');
        last[1] = `${last[1]} ${line.trim()}`;
        continue;
      }
      const colon = line.indexOf(':');
      const name = colon === -1 ? '' : line.slice(0, colon).trimEnd();
      if (!headerName.test(name)) throw this.#fault('malformed', 'a bad header line');
      fields.push([name.toLowerCase(), line.slice(colon + 1).trim()]);
    }
    return new MessageHeaders(fields);
  }

  #contentLength(headers: MessageHeaders): number {
    const values = headers.all('content-length');
    const [first] = values;
    if (first === undefined) return 0;
    if (!/^\d{1,20}$/.test(first) || values.some((value) => value !== first)) {
      throw this.#fault('malformed', 'a bad content length');
    }
    const length = Number(first);
    if (length > this.#limits.bodyBytes) throw this.#fault('too-large', 'the body is too long');
    return length;
  }

  #message(head: Head, body: Uint8Array): RtspRequest | RtspResponse {
    const { startLine, headers } = head;
    const sequences = headers.all('cseq');
    const cseq = sequences.length === 1 && /^\d{1,10}$/.test(sequences[0]!) ? Number(sequences[0]) : undefined;
    const response = responseLine.exec(startLine);
    if (response !== null) {
      return { kind: 'response', status: Number(response[1]), reason: response[2] ?? '', headers, cseq, body };
    }
    const request = requestLine.exec(startLine)!;
    return { kind: 'request', method: request[1]!, uri: request[2]!, version: request[3]!, headers, cseq, body };
  }

  #advance(bytes: number): void {
    this.#at += bytes;
    this.#consumed += bytes;
  }

  #fault(kind: MessageFault['kind'], message: string): MessageFault {
    return new MessageFault(kind, message, this.#consumed);
  }
}

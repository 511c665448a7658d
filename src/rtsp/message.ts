/**
 * RTSP 1.0 messages (RFC 2326 §4 to §7) as values, and how they are written. All text is Latin-1: a byte is a character,
 * so what a camera sent (a realm that is no UTF-8, for instance) can be hashed and echoed as it came.
 *
 * Writing refuses what would break the framing; so text from a configuration or from the other side can't add a header.
 */
import { Problem } from '../base/problem.ts';

/** Header fields in order of arrival; names are compared without case. At most some dozens, hence a plain list. */
export class MessageHeaders {
  readonly #fields: readonly (readonly [name: string, value: string])[];

  /** @param fields names in lower case */
  constructor(fields: readonly (readonly [name: string, value: string])[]) {
    this.#fields = fields;
  }

  /** The first field of that name. @param name in lower case */
  get(name: string): string | undefined {
    return this.#fields.find((field) => field[0] === name)?.[1];
  }

  /** All fields of that name. @param name in lower case */
  all(name: string): string[] {
    return this.#fields.filter((field) => field[0] === name).map((field) => field[1]);
  }

  entries(): readonly (readonly [name: string, value: string])[] {
    return this.#fields;
  }
}

export interface RtspRequest {
  readonly kind: 'request';
  readonly method: string;
  /** As in the request line: an absolute URL, a path, or `*`. */
  readonly uri: string;
  /** `1.0`; another version is for the receiver to refuse (505). */
  readonly version: string;
  readonly headers: MessageHeaders;
  /** Undefined where the field is missing, is there twice, or is no number. */
  readonly cseq: number | undefined;
  readonly body: Uint8Array;
}

export interface RtspResponse {
  readonly kind: 'response';
  /** 100 to 599. */
  readonly status: number;
  /** The other side's words: for nobody's eyes unescaped. */
  readonly reason: string;
  readonly headers: MessageHeaders;
  readonly cseq: number | undefined;
  readonly body: Uint8Array;
}

/** Binary data between messages (RFC 2326 §10.12). */
export interface InterleavedFrame {
  readonly kind: 'frame';
  /** 0 to 255. */
  readonly channel: number;
  /** A view, good until the reader is given more bytes. */
  readonly payload: Uint8Array;
}

export type RtspItem = RtspRequest | RtspResponse | InterleavedFrame;

export interface MessageLimits {
  readonly startLineBytes: number;
  readonly headerCount: number;
  /** All header lines of a message together. */
  readonly headerBytes: number;
  readonly bodyBytes: number;
}

export const messageLimits: MessageLimits = {
  startLineBytes: 8 * 1024,
  headerCount: 64,
  headerBytes: 32 * 1024,
  bodyBytes: 64 * 1024,
};

/** What the reader throws, and nothing else. After it the connection's framing is lost. */
export class MessageFault extends Error {
  override readonly name = 'MessageFault';
  readonly kind: 'not-rtsp' | 'malformed' | 'too-large';
  /** In which byte of the connection the message began in which it was found. */
  readonly offset: number;

  constructor(kind: MessageFault['kind'], message: string, offset: number) {
    super(message);
    this.kind = kind;
    this.offset = offset;
  }
}

export type HeaderFields = readonly (readonly [name: string, value: string])[];

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const unwritable = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/;

function checked(text: string): string {
  if (unwritable.test(text)) throw new Problem('rtsp/unwritable', 'a control character in an RTSP message');
  return text;
}

function written(startLine: string, fields: HeaderFields, body: Uint8Array | undefined): Buffer {
  let head = `${checked(startLine)}\r\n`;
  for (const [name, value] of fields) {
    if (!token.test(name)) throw new Problem('rtsp/unwritable', 'a bad header name in an RTSP message');
    head += `${name}: ${checked(value)}\r\n`;
  }
  if (body === undefined) return Buffer.from(`${head}\r\n`, 'latin1');
  head += `Content-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

/** @throws Problem `rtsp/unwritable` where a value has a control character, or one beyond Latin-1, in it. */
export function writeRequest(method: string, uri: string, fields: HeaderFields, body?: Uint8Array): Buffer {
  if (!token.test(method) || uri === '' || /\s/.test(uri)) {
    throw new Problem('rtsp/unwritable', 'a bad method or URL in an RTSP request');
  }
  return written(`${method} ${uri} RTSP/1.0`, fields, body);
}

/** @throws Problem `rtsp/unwritable` as `writeRequest` does. */
export function writeResponse(status: number, fields: HeaderFields, body?: Uint8Array): Buffer {
  return written(`RTSP/1.0 ${status} ${reasons[status] ?? 'Unknown'}`, fields, body);
}

/** Reason phrases of the statuses that we send (RFC 2326 §7.1.1). 409 is HTTP's, as §7.1.1 allows. */
const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  459: 'Aggregate Operation Not Allowed',
  461: 'Unsupported Transport',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'RTSP Version Not Supported',
};

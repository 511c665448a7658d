/**
 * A line of the log's file: `SEQUENCE LEAF SEALED\n`, leaf hash and sealed entry in base64url. Lines, so that a torn
 * end shows; the hash beside, so that the tree can be checked by whoever has no key.
 */
const pattern = /^(\d{1,15}) ([A-Za-z0-9_-]{43}) ([A-Za-z0-9_-]{1,20000})$/;

export interface LogLine {
  readonly sequence: number;
  /** 32 bytes. */
  readonly leaf: Buffer;
  readonly sealed: Buffer;
}

export function formatLine(line: LogLine): string {
  return `${line.sequence} ${line.leaf.toString('base64url')} ${line.sealed.toString('base64url')}\n`;
}

/** `text` without its line end; `undefined` for anything else than a line of the log. */
export function tryParseLine(text: string): LogLine | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  return {
    sequence: Number(match[1]),
    leaf: Buffer.from(match[2]!, 'base64url'),
    sealed: Buffer.from(match[3]!, 'base64url'),
  };
}

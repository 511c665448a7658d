/**
 * The file under the log: lines that are only ever appended. Opening it reads it once, counts, and cuts off what a crash
 * left of a last line; a fault anywhere else is damage and no business of ours to mend.
 */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeFully } from '../storage/files.ts';
import type { LogLine } from './line.ts';
import { tryParseLine } from './line.ts';
import { auditProblem } from './problems.ts';

const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
const blockBytes = 256 * 1024;
/** Every so many lines one offset is kept, so that reading from the middle needn't start at the front. */
const indexEvery = 256;

export class LogFile {
  readonly #handle: FileHandle;
  #sizeBytes = 0;
  #lines = 0;
  readonly #offsets: number[] = [];

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Calls `onLine` for each line that is there. Throws `audit/damaged`; errors of `node:fs`. */
  static async open(path: string, onLine: (line: LogLine) => void): Promise<{ file: LogFile; tornBytes: number }> {
    const handle = await open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      await handle.chmod(0o600);
      await syncFolder(dirname(path));
      const file = new LogFile(handle);
      return { file, tornBytes: await file.#scan(onLine) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Lines there are; the next one's sequence. */
  get lines(): number {
    return this.#lines;
  }

  /**
   * Appends whole lines durably, by one write and one sync. Throws errors of `node:fs`; what was half-written is cut
   * off again, at the latest when the log is opened next.
   */
  async append(lines: readonly string[]): Promise<void> {
    const buffers = lines.map((line) => Buffer.from(line, 'latin1'));
    try {
      await writeFully(this.#handle, [Buffer.concat(buffers)], this.#sizeBytes);
      await this.#handle.datasync();
    } catch (error) {
      await this.#handle.truncate(this.#sizeBytes).catch(() => {});
      throw error;
    }
    for (const buffer of buffers) this.#count(buffer.length);
  }

  /** Lines from sequence `from` on, as far as they are there now. */
  async *read(from: number): AsyncIterable<LogLine> {
    const end = this.#sizeBytes;
    const slot = Math.floor(from / indexEvery);
    const start = this.#offsets[slot];
    if (start === undefined) return;
    let sequence = slot * indexEvery;
    for await (const text of this.#texts(start, end)) {
      if (text.line !== undefined && sequence >= from) yield checked(text.line, sequence);
      sequence++;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #scan(onLine: (line: LogLine) => void): Promise<number> {
    const { size } = await this.#handle.stat();
    for await (const { line, lengthBytes } of this.#texts(0, size)) {
      if (line === undefined) break;
      onLine(checked(line, this.#lines));
      this.#count(lengthBytes);
    }
    const tornBytes = size - this.#sizeBytes;
    if (tornBytes > 0) {
      await this.#handle.truncate(this.#sizeBytes);
      await this.#handle.sync();
    }
    return tornBytes;
  }

  #count(lengthBytes: number): void {
    if (this.#lines % indexEvery === 0) this.#offsets.push(this.#sizeBytes);
    this.#lines++;
    this.#sizeBytes += lengthBytes;
  }

  /** Lines between two offsets; the last one may have no end: then `line` is undefined. */
  async *#texts(start: number, end: number): AsyncIterable<{ line: string | undefined; lengthBytes: number }> {
    const block = Buffer.alloc(blockBytes);
    let held = Buffer.alloc(0);
    for (let at = start; at < end; ) {
      const { bytesRead } = await this.#handle.read(block, 0, Math.min(block.length, end - at), at);
      if (bytesRead === 0) break;
      at += bytesRead;
      held = Buffer.concat([held, block.subarray(0, bytesRead)]);
      let from = 0;
      for (let stop = held.indexOf(10); stop >= 0; stop = held.indexOf(10, from)) {
        yield { line: held.toString('latin1', from, stop), lengthBytes: stop + 1 - from };
        from = stop + 1;
      }
      held = held.subarray(from);
      if (held.length > blockBytes) throw damaged(-1);
    }
    if (held.length > 0) yield { line: undefined, lengthBytes: held.length };
  }
}

function checked(text: string, sequence: number): LogLine {
  const line = tryParseLine(text);
  if (line?.sequence === sequence) return line;
  throw damaged(sequence, line?.sequence);
}

/** `found`: the number of the line that stands where entry `sequence` belongs. */
function damaged(sequence: number, found?: number): Error {
  return auditProblem('audit/damaged', whatIsWrong(sequence, found), {
    status: 500,
    hint: 'keep the file as it is for an examination; restore the log from a backup or move it away',
    safe: { sequence },
  });
}

function whatIsWrong(sequence: number, found: number | undefined): string {
  if (sequence < 0) return 'the audit log was changed or is damaged';
  if (found === undefined) return `entry ${sequence} of the audit log was changed or is damaged`;
  if (found > sequence) return `entry ${sequence} of the audit log is missing: entry ${found} stands in its place`;
  return `entry ${found} of the audit log stands a second time, where entry ${sequence} belongs`;
}

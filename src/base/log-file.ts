/**
 * A log file that turns over by its size, for machines without journald: `FILE`, `FILE.1` … `FILE.N`, the newest first.
 * Written synchronously, as stderr is: what was logged before a crash is there.
 */
import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

export interface LogFileOptions {
  /** Absolute; its folder exists. */
  readonly file: string;
  readonly maxBytes: number;
  /** Older files that are kept; 0: none. */
  readonly keep: number;
}

export class TurningFile {
  readonly #options: LogFileOptions;
  #fd: number;
  #sizeBytes: number;

  /** @throws errors of `node:fs` where the file can't be opened. */
  constructor(options: LogFileOptions) {
    this.#options = options;
    this.#fd = openSync(options.file, 'a', 0o600);
    this.#sizeBytes = fstatSync(this.#fd).size;
  }

  /** One or more whole lines. Where the disk refuses, they are lost: logging never stops the system. */
  write(lines: string): void {
    const bytes = Buffer.from(lines);
    try {
      if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.length > this.#options.maxBytes) this.#turn();
      this.#sizeBytes += writeSync(this.#fd, bytes);
    } catch {
      // ENOSPC and the like: said by the alarms of the disk itself
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #turn(): void {
    const { file, keep } = this.#options;
    rmSync(`${file}.${keep}`, { force: true });
    for (let number = keep - 1; number >= 1; number--) moved(`${file}.${number}`, `${file}.${number + 1}`);
    if (keep > 0) moved(file, `${file}.1`);
    else rmSync(file, { force: true });
    const next = openSync(file, 'a', 0o600);
    closeSync(this.#fd);
    this.#fd = next;
    this.#sizeBytes = fstatSync(next).size;
  }
}

function moved(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/**
 * Archives in the ustar format (POSIX.1-1988, IEEE Std 1003.1 "pax", §ustar Interchange Format), as far as a backup needs
 * them: regular files only, so that `age -d … | tar x` opens a backup without us. The reader takes nothing else in: no
 * link, no folder, no name that leads out of where it is unpacked.
 */
import { backupProblem } from './problems.ts';

const blockBytes = 512;
/** Eleven octal digits. */
const maxSizeBytes = 8 ** 11 - 1;
const maxNameBytes = 255;

export interface TarEntry {
  /** Relative, parts joined by `/`. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** The block before a file's bytes. `at`: UTC ms. */
export function tarHeader({ name, sizeBytes }: TarEntry, at: number): Buffer {
  const [prefix, base] = split(name);
  if (sizeBytes > maxSizeBytes)
    throw backupProblem('backup/too-large', 'a file is too large for a backup', { safe: { name } });
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, offset: number, length: number): void => {
    block.write(value.toString(8).padStart(length - 1, '0'), offset, 'latin1');
  };
  block.write(base, 0, 'utf8');
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(sizeBytes, 124, 12);
  octal(Math.floor(at / 1000), 136, 12);
  block.write('0', 156, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  block.write(prefix, 345, 'utf8');
  octal(checksum(block), 148, 7);
  block[155] = 0x20;
  return block;
}

/** Zeros behind a file's bytes. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);
}

export const tarEnd = Buffer.alloc(2 * blockBytes);

export interface TarTarget {
  /** A file begins; its bytes come by `write`, in order. */
  begin(entry: TarEntry): Promise<void>;
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** Takes an archive in pieces of any size. */
export class TarReader {
  readonly #target: TarTarget;
  readonly #block = Buffer.alloc(blockBytes);
  #filled = 0;
  #left = 0;
  #padding = 0;
  #inFile = false;
  #ended = false;

  constructor(target: TarTarget) {
    this.#target = target;
  }

  /** Throws `backup/damaged` for anything but an archive of files. */
  async write(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length && !this.#ended) {
      if (this.#inFile && this.#left > 0) {
        const piece = bytes.subarray(at, at + Math.min(this.#left, bytes.length - at));
        await this.#target.write(piece);
        this.#left -= piece.length;
        at += piece.length;
        if (this.#left === 0) await this.#endFile();
        continue;
      }
      if (this.#padding > 0) {
        const skipped = Math.min(this.#padding, bytes.length - at);
        this.#padding -= skipped;
        at += skipped;
        continue;
      }
      const taken = Math.min(blockBytes - this.#filled, bytes.length - at);
      this.#block.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === blockBytes) await this.#header();
    }
  }

  /** Throws `backup/damaged` where the archive isn't whole. */
  end(): void {
    if (!this.#ended) throw damaged('it ends early');
  }

  async #header(): Promise<void> {
    this.#filled = 0;
    if (this.#block.every((byte) => byte === 0)) {
      this.#ended = true;
      return;
    }
    const entry = parseHeader(this.#block);
    this.#left = entry.sizeBytes;
    this.#padding = tarPadding(entry.sizeBytes).length;
    this.#inFile = true;
    await this.#target.begin(entry);
    if (this.#left === 0) await this.#endFile();
  }

  async #endFile(): Promise<void> {
    this.#inFile = false;
    await this.#target.end();
  }
}

function parseHeader(block: Buffer): TarEntry {
  const text = (offset: number, length: number): string => {
    const field = block.subarray(offset, offset + length);
    const end = field.indexOf(0);
    return field.subarray(0, end === -1 ? length : end).toString('utf8');
  };
  const number = (offset: number, length: number): number => {
    const digits = text(offset, length).trim();
    if (!/^[0-7]{1,12}$/.test(digits)) throw damaged('a header has no number');
    return Number.parseInt(digits, 8);
  };
  const copy = Buffer.from(block);
  copy.fill(0x20, 148, 156);
  if (number(148, 8) !== sum(copy)) throw damaged('a header does not add up');
  if (text(257, 6) !== 'ustar' || text(156, 1) !== '0') throw damaged('it has something that is no file');
  const prefix = text(345, 155);
  const name = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  if (!isSafeName(name)) throw damaged('it has a name that leads elsewhere');
  return { name, sizeBytes: number(124, 12) };
}

/** Parts of letters, digits, `.`, `_`, `-`; none begins with a dot, so none is `..`. */
export function isSafeName(name: string): boolean {
  return name.length <= maxNameBytes && /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/.test(name);
}

function split(name: string): readonly [prefix: string, base: string] {
  if (!isSafeName(name)) throw new RangeError(`no name for an archive: ${name}`);
  if (name.length <= 100) return ['', name];
  for (let at = name.lastIndexOf('/', 155); at > 0; at = name.lastIndexOf('/', at - 1))
    if (name.length - at - 1 <= 100) return [name.slice(0, at), name.slice(at + 1)];
  throw backupProblem('backup/too-large', 'a name is too long for a backup', { safe: { name } });
}

function checksum(block: Buffer): number {
  const copy = Buffer.from(block);
  copy.fill(0x20, 148, 156);
  return sum(copy);
}

function sum(block: Buffer): number {
  return block.reduce((total, byte) => total + byte, 0);
}

function damaged(why: string): Error {
  return backupProblem('backup/damaged', `this is no whole backup: ${why}`);
}

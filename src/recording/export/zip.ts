/**
 * A zip archive as a stream, entries stored as they are (video doesn't compress). Sizes are known before; where the
 * checksum isn't, it follows the bytes. APPNOTE.TXT 6.3.10, §4.3 and §4.5.3 (zip64, for what passes 4 GiB).
 */
import { crc32 } from 'node:zlib';

export interface ZipEntry {
  /** ASCII, `/` between folders. */
  readonly name: string;
  readonly sizeBytes: number;
  /** CRC-32 of the bytes; left out where it isn't known before they have passed. */
  readonly crc?: number;
  bytes(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

const limit32 = 0xffffffff;
const zip64Version = 45;
const plainVersion = 20;
/** Checksum behind the bytes, §4.4.4 bit 3. */
const checksumFollows = 8;
/** Regular file, 0600, as Unix keeps it: §4.4.15. */
const fileMode = (0o100600 << 16) >>> 0;

interface Written {
  readonly entry: ZipEntry;
  readonly crc: number;
  readonly offset: number;
}

/** An entry of bytes that are there already. */
export function smallEntry(name: string, content: string | Uint8Array): ZipEntry {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { name, sizeBytes: bytes.length, crc: crc32(bytes), bytes: () => [bytes] };
}

/**
 * The archive's bytes. `at`: UTC ms, the time of every entry. `longFrom`: the size and offset that need zip64's fields.
 * @throws Error (a bug) where an entry gives more or fewer bytes than it said, or others than its checksum
 */
export async function* zipArchive(
  entries: readonly ZipEntry[],
  at: number,
  longFrom = limit32,
): AsyncGenerator<Uint8Array> {
  const written: Written[] = [];
  let offset = 0;
  for (const entry of entries) {
    const head = localHeader(entry, at, entry.sizeBytes >= longFrom);
    yield head;
    const start = offset;
    offset += head.length;
    let crc = 0;
    let size = 0;
    for await (const piece of entry.bytes()) {
      crc = crc32(piece, crc);
      size += piece.length;
      if (size > entry.sizeBytes) break;
      yield piece;
    }
    if (size !== entry.sizeBytes || (entry.crc !== undefined && entry.crc !== crc))
      throw new Error(`${entry.name} is not what it was said to be`);
    offset += size;
    if (entry.crc === undefined) {
      const behind = descriptor(entry, crc, entry.sizeBytes >= longFrom);
      yield behind;
      offset += behind.length;
    }
    written.push({ entry, crc, offset: start });
  }
  const directory = Buffer.concat(written.map((one) => directoryHeader(one, at, longFrom)));
  yield directory;
  yield directoryEnd(written.length, directory.length, offset, offset >= longFrom);
}

/** §4.3.7 */
function localHeader(entry: ZipEntry, at: number, wide: boolean): Buffer {
  const follows = entry.crc === undefined;
  const size = follows ? 0 : entry.sizeBytes;
  // The zip64 field stands here too where a descriptor follows, so that a reader knows the descriptor's width
  const extra = wide ? sizes64(0x0001, [size, size]) : Buffer.alloc(0);
  const short = wide ? limit32 : size;
  return Buffer.concat([
    u32(0x04034b50),
    u16(wide ? zip64Version : plainVersion),
    u16(follows ? checksumFollows : 0),
    u16(0),
    dosTime(at),
    u32(entry.crc ?? 0),
    u32(short),
    u32(short),
    u16(entry.name.length),
    u16(extra.length),
    Buffer.from(entry.name, 'latin1'),
    extra,
  ]);
}

/** §4.3.9 */
function descriptor(entry: ZipEntry, crc: number, wide: boolean): Buffer {
  const size = wide ? u64(entry.sizeBytes) : u32(entry.sizeBytes);
  return Buffer.concat([u32(0x08074b50), u32(crc), size, size]);
}

/** §4.3.12 */
function directoryHeader({ entry, crc, offset }: Written, at: number, longFrom: number): Buffer {
  const far = offset >= longFrom;
  const wide = entry.sizeBytes >= longFrom;
  const numbers = [...(wide ? [entry.sizeBytes, entry.sizeBytes] : []), ...(far ? [offset] : [])];
  const extra = numbers.length === 0 ? Buffer.alloc(0) : sizes64(0x0001, numbers);
  const size = wide ? limit32 : entry.sizeBytes;
  return Buffer.concat([
    u32(0x02014b50),
    // Made by Unix, so that the mode counts
    u16((3 << 8) | zip64Version),
    u16(wide || far ? zip64Version : plainVersion),
    u16(entry.crc === undefined ? checksumFollows : 0),
    u16(0),
    dosTime(at),
    u32(crc),
    u32(size),
    u32(size),
    u16(entry.name.length),
    u16(extra.length),
    u16(0),
    u16(0),
    u16(0),
    u32(fileMode),
    u32(far ? limit32 : offset),
    Buffer.from(entry.name, 'latin1'),
    extra,
  ]);
}

/** §4.3.14 to §4.3.16 */
function directoryEnd(count: number, bytes: number, offset: number, far: boolean): Buffer {
  const end64 = Buffer.concat([
    u32(0x06064b50),
    u64(44),
    u16((3 << 8) | zip64Version),
    u16(zip64Version),
    u32(0),
    u32(0),
    u64(count),
    u64(count),
    u64(bytes),
    u64(offset),
  ]);
  const locator = Buffer.concat([u32(0x07064b50), u32(0), u64(offset + bytes), u32(1)]);
  return Buffer.concat([
    ...(far ? [end64, locator] : []),
    u32(0x06054b50),
    u16(0),
    u16(0),
    u16(count),
    u16(count),
    u32(bytes),
    u32(far ? limit32 : offset),
    u16(0),
  ]);
}

/** Extra field of §4.5.3. */
function sizes64(id: number, numbers: readonly number[]): Buffer {
  return Buffer.concat([u16(id), u16(numbers.length * 8), ...numbers.map(u64)]);
}

/** MS-DOS time and date (§4.4.6), in UTC; two seconds fine, from 1980 on. */
function dosTime(at: number): Buffer {
  const date = new Date(at);
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  const year = Math.max(0, date.getUTCFullYear() - 1980);
  return Buffer.concat([u16(time), u16((year << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate())]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

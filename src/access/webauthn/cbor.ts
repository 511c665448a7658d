/**
 * The part of CBOR (RFC 8949) that authenticators write: the CTAP2 canonical form, of definite lengths, whole numbers,
 * no tags, no floats. Anything else is refused, as are doubled keys, deep nesting and bytes left over.
 */
import { notWebAuthn } from './problems.ts';

export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap;
export type CborMap = ReadonlyMap<number | string, CborValue>;

const maxDepth = 4;

/** One value that fills `bytes` wholly. @throws Problem access/not-webauthn */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const [value, end] = decodeCborPrefix(bytes);
  if (end !== bytes.length) throw notWebAuthn('bytes after the value');
  return value;
}

/** The value at the beginning of `bytes`, and where it ends. @throws Problem access/not-webauthn */
export function decodeCborPrefix(bytes: Uint8Array): readonly [value: CborValue, end: number] {
  const reader = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
  return [read(reader, 0), reader.at];
}

interface Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
}

function read(reader: Reader, depth: number): CborValue {
  if (depth > maxDepth) throw notWebAuthn('nested too deeply');
  const first = take(reader, 1)[0]!;
  const major = first >> 5;
  if (major === 7) return simple(first & 31);
  const argument = readArgument(reader, first & 31);
  switch (major) {
    case 0:
      return argument;
    case 1:
      return -1 - argument;
    case 2:
      return take(reader, argument);
    case 3:
      return utf8(take(reader, argument));
    case 4:
      return Array.from({ length: bounded(reader, argument) }, () => read(reader, depth + 1));
    case 5:
      return readMap(reader, bounded(reader, argument), depth);
    default:
      throw notWebAuthn('a tag');
  }
}

function readMap(reader: Reader, size: number, depth: number): CborMap {
  const map = new Map<number | string, CborValue>();
  for (let index = 0; index < size; index++) {
    const key = read(reader, depth + 1);
    if (typeof key !== 'number' && typeof key !== 'string') throw notWebAuthn('a key of another kind');
    if (map.has(key)) throw notWebAuthn('a key that is there twice');
    map.set(key, read(reader, depth + 1));
  }
  return map;
}

function readArgument(reader: Reader, information: number): number {
  if (information < 24) return information;
  const size = ({ 24: 1, 25: 2, 26: 4 } as const)[information];
  // 64-bit arguments are of no use here, 31 is an indefinite length.
  if (size === undefined) throw notWebAuthn('a length of another form');
  const { at } = reader;
  take(reader, size);
  if (size === 1) return reader.view.getUint8(at);
  return size === 2 ? reader.view.getUint16(at) : reader.view.getUint32(at);
}

function simple(information: number): boolean | null {
  if (information === 20) return false;
  if (information === 21) return true;
  if (information === 22) return null;
  throw notWebAuthn('a simple value of another kind');
}

/** Each item takes a byte at least: a lie about a length costs no memory. */
function bounded(reader: Reader, items: number): number {
  if (items > reader.bytes.length - reader.at) throw notWebAuthn('shorter than it says');
  return items;
}

function take(reader: Reader, size: number): Uint8Array {
  const end = reader.at + size;
  if (end > reader.bytes.length) throw notWebAuthn('shorter than it says');
  const taken = reader.bytes.subarray(reader.at, end);
  reader.at = end;
  return taken;
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw notWebAuthn('text that is no UTF-8');
  }
}

/**
 * The plaintext of `CLIP.tail.age`: what of a running clip isn't a full chunk yet.
 *
 *   "SXTAIL1\n" · length of the clip's id (u16) · the id (UTF-8) · offset in the clip's plaintext (u64) · the bytes
 *
 * Numbers are big-endian. By hand: `tail -c +HEADER` of it appended to the clip's plaintext cut to `offset` is the whole.
 */
import { ByteReader } from '../base/bytes.ts';

const magic = Buffer.from('SXTAIL1\n', 'latin1');

export interface ClipTail {
  readonly clipId: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export function tailHeader(clipId: string, offset: number): Buffer {
  const id = Buffer.from(clipId, 'utf8');
  const header = Buffer.alloc(magic.length + 2 + id.length + 8);
  magic.copy(header);
  header.writeUInt16BE(id.length, magic.length);
  id.copy(header, magic.length + 2);
  header.writeBigUInt64BE(BigInt(offset), magic.length + 2 + id.length);
  return header;
}

/** `undefined` for anything else than a tail. */
export function tryParseTail(plain: Uint8Array): ClipTail | undefined {
  const reader = new ByteReader(plain);
  const start = reader.take(magic.length);
  if (start === undefined || !magic.equals(start)) return undefined;
  const length = reader.u16();
  const id = length === undefined ? undefined : reader.take(length);
  const offset = reader.u64();
  if (id === undefined || offset === undefined) return undefined;
  return { clipId: Buffer.from(id).toString('utf8'), offset, bytes: plain.subarray(reader.offset) };
}

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1.2), as containers and browsers describe H.264. */
import { h264Format } from './h264.ts';
import type { VideoFormat } from './sample.ts';

/** The format that it describes; undefined where it is damaged, or its lengths are not of four bytes. */
export function avcFormat(record: Buffer): VideoFormat | undefined {
  if (record.length < 7 || record[0] !== 1 || (record[4]! & 3) !== 3) return undefined;
  const sets: Uint8Array[][] = [];
  let offset = 5;
  for (const mask of [0x1f, 0xff]) {
    if (offset >= record.length) return undefined;
    const count = record[offset++]! & mask;
    const list: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      if (offset + 2 > record.length) return undefined;
      const length = record.readUInt16BE(offset);
      offset += 2;
      if (length === 0 || offset + length > record.length) return undefined;
      list.push(Uint8Array.from(record.subarray(offset, offset + length)));
      offset += length;
    }
    sets.push(list);
  }
  const [sps, ...more] = sets[0]!;
  return sps === undefined || more.length > 0 || sets[1]!.length === 0 ? undefined : h264Format(sps, ...sets[1]!);
}

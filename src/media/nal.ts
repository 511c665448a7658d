/**
 * NAL units as they lie in samples (each behind its 4-byte big-endian length, ISO/IEC 14496-15 §5.3.3.1.2) and as a
 * byte stream (ITU-T H.264 Annex B), which is what decoders take on a pipe.
 */
import type { Sample, VideoCodec } from './sample.ts';

/** ITU-T H.264 table 7-1. */
export const h264Nal = { slice: 1, partitionA: 2, idr: 5, sei: 6, sps: 7, pps: 8, aud: 9 } as const;
/** ITU-T H.265 table 7-1. 0 to 31 are slices, 16 to 23 of them pictures at which decoding can start. */
export const h265Nal = { bla: 16, cra: 21, lastIrap: 23, vps: 32, sps: 33, pps: 34, aud: 35, prefixSei: 39 } as const;

/** Type of a NAL unit; -1 when it is empty. */
export function nalType(codec: VideoCodec, nal: Uint8Array): number {
  const first = nal[0];
  if (first === undefined) return -1;
  return codec === 'h264' ? first & 0x1f : (first >> 1) & 0x3f;
}

/** True for the NAL units that carry a picture's macroblocks. */
export function isSlice(codec: VideoCodec, type: number): boolean {
  return codec === 'h264' ? type >= 1 && type <= 5 : type >= 0 && type < 32;
}

/** True for IDR (H.264) and IDR, BLA and CRA (H.265). */
export function isKeyframeSlice(codec: VideoCodec, type: number): boolean {
  return codec === 'h264' ? type === h264Nal.idr : type >= h265Nal.bla && type <= h265Nal.lastIrap;
}

/**
 * True when this slice is the first of its picture: `first_mb_in_slice` is 0 (H.264 §7.4.3; ue(v) of 0 is one set
 * bit) or `first_slice_segment_in_pic_flag` is set (H.265 §7.4.7.1).
 */
export function startsPicture(codec: VideoCodec, nal: Uint8Array): boolean {
  return ((nal[codec === 'h264' ? 1 : 2] ?? 0) & 0x80) !== 0;
}

/** Views of the NAL units in a sample's data. Ends at the first length that points outside. */
export function nalUnits(data: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  let offset = 0;
  while (offset + 4 <= data.length) {
    const length = uint32(data, offset);
    if (length > data.length - offset - 4) break;
    if (length > 0) units.push(data.subarray(offset + 4, offset + 4 + length));
    offset += 4 + length;
  }
  return units;
}

/** Sample data out of NAL units: each behind its length, in one new buffer. */
export function lengthPrefixed(units: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const unit of units) size += 4 + unit.length;
  const data = new Uint8Array(size);
  const view = new DataView(data.buffer);
  let offset = 0;
  for (const unit of units) {
    view.setUint32(offset, unit.length);
    data.set(unit, offset + 4);
    offset += 4 + unit.length;
  }
  return data;
}

/**
 * A video sample as a byte stream for a decoder, in a new buffer; its format's parameter sets go in front of each
 * keyframe, because many cameras send theirs in the SDP only. Ends at the first length that points outside.
 */
export function annexB(sample: Sample): Buffer {
  const { format, data } = sample;
  const sets = format.kind === 'video' && sample.keyframe ? format.parameterSets : [];
  let size = data.length;
  for (const set of sets) size += 4 + set.length;
  const stream = Buffer.allocUnsafe(size);
  let target = 0;
  for (const set of sets) {
    stream.writeUInt32BE(1, target);
    stream.set(set, target + 4);
    target += 4 + set.length;
  }
  // A length and a long start code are both four bytes: copy all, then overwrite the lengths.
  stream.set(data, target);
  let offset = 0;
  while (offset + 4 <= data.length) {
    const length = uint32(data, offset);
    if (length > data.length - offset - 4) break;
    stream.writeUInt32BE(1, target + offset);
    offset += 4 + length;
  }
  return stream.subarray(0, target + offset);
}

/** Views of the NAL units between the start codes of a byte stream (H.264 §B.1.1); zeros behind a unit are dropped. */
export function fromAnnexB(stream: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  let start = -1;
  for (let i = 0; i + 3 <= stream.length; ) {
    if (stream[i + 2]! > 1) {
      i += 3;
    } else if (stream[i] === 0 && stream[i + 1] === 0 && stream[i + 2] === 1) {
      if (start >= 0) pushTrimmed(units, stream.subarray(start, i));
      start = i + 3;
      i += 3;
    } else {
      i++;
    }
  }
  if (start >= 0) pushTrimmed(units, stream.subarray(start));
  return units;
}

function pushTrimmed(units: Uint8Array[], unit: Uint8Array): void {
  let end = unit.length;
  while (end > 0 && unit[end - 1] === 0) end--;
  if (end > 0) units.push(unit.subarray(0, end));
}

function uint32(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0;
}

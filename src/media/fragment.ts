/**
 * Fragments: `moof` and `mdat` (ISO/IEC 14496-12 §8.8). Normally one sample each, so that a viewer waits for nothing
 * and a crash loses nothing but the frame under way: 112 bytes a frame.
 */
import { setUint64 } from './boxes.ts';

export interface FragmentSample {
  readonly data: Uint8Array;
  readonly durationTicks: number;
  /** Presentation minus decoding time, may be negative. */
  readonly ptsOffsetTicks: number;
  readonly keyframe: boolean;
  /** Something of it, or of what it refers to, was lost on the way. Default false. */
  readonly damaged?: boolean;
}

export interface Fragment {
  /** 1, 2, … over all tracks of a file (`mfhd`, §8.8.5). */
  readonly sequence: number;
  readonly trackId: number;
  /** Decoding time of the first sample (`tfdt`, §8.8.12), from 0. */
  readonly baseDtsTicks: number;
  readonly samples: readonly FragmentSample[];
}

/** depends on no other; and: depends on others, is no sync sample (§8.8.3.1). */
const keyframeFlags = 0x02000000;
const otherFlags = 0x01010000;
/** `sample_degradation_priority` at its highest; 0 for what is whole. */
const damagedFlags = 0xffff;

const fixedBytes = 88;
const bytesPerSample = 16;
const mdatHeaderBytes = 8;

/** Bytes that {@link fragmentHeader} makes for this number of samples. */
export function fragmentHeaderBytes(sampleCount: number): number {
  return fixedBytes + bytesPerSample * sampleCount + mdatHeaderBytes;
}

/** `moof` and `mdat` in one buffer, the data copied. Hot. */
export function fragment(options: Fragment): Uint8Array {
  const { samples } = options;
  const headerBytes = fragmentHeaderBytes(samples.length);
  let offset = headerBytes;
  for (let i = 0; i < samples.length; i++) offset += samples[i]!.data.length;
  const out = new Uint8Array(offset);
  writeHeader(out, options);
  offset = headerBytes;
  for (let i = 0; i < samples.length; i++) {
    out.set(samples[i]!.data, offset);
    offset += samples[i]!.data.length;
  }
  return out;
}

/**
 * Everything up to the samples' data, which are to be written right behind it in order: saves copying them. Hot.
 * @param out where to write it, of just the right length, for callers that are done with the header before the next one
 */
export function fragmentHeader(
  options: Fragment,
  out: Uint8Array = new Uint8Array(fragmentHeaderBytes(options.samples.length)),
): Uint8Array {
  writeHeader(out, options);
  return out;
}

function writeHeader(out: Uint8Array, { sequence, trackId, baseDtsTicks, samples }: Fragment): void {
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const moofBytes = fixedBytes + bytesPerSample * samples.length;
  const trunBytes = 20 + bytesPerSample * samples.length;
  header(view, 0, moofBytes, 0x6d6f6f66); // moof
  header(view, 8, 16, 0x6d666864); // mfhd
  view.setUint32(20, sequence);
  header(view, 24, moofBytes - 24, 0x74726166); // traf
  header(view, 32, 16, 0x74666864); // tfhd
  view.setUint32(40, 0x020000); // default-base-is-moof
  view.setUint32(44, trackId);
  header(view, 48, 20, 0x74666474); // tfdt, version 1
  view.setUint32(56, 0x01000000);
  setUint64(view, 60, baseDtsTicks);
  header(view, 68, trunBytes, 0x7472756e); // trun, version 1: signed composition offsets
  view.setUint32(76, 0x01000f01); // data offset; duration, size, flags and composition offset of each sample
  view.setUint32(80, samples.length);
  view.setUint32(84, moofBytes + mdatHeaderBytes);
  let offset = fixedBytes;
  let dataBytes = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    view.setUint32(offset, sample.durationTicks);
    view.setUint32(offset + 4, sample.data.length);
    view.setUint32(
      offset + 8,
      (sample.keyframe ? keyframeFlags : otherFlags) | (sample.damaged === true ? damagedFlags : 0),
    );
    view.setInt32(offset + 12, sample.ptsOffsetTicks);
    offset += bytesPerSample;
    dataBytes += sample.data.length;
  }
  header(view, offset, mdatHeaderBytes + dataBytes, 0x6d646174); // mdat
}

function header(view: DataView, offset: number, bytes: number, type: number): void {
  view.setUint32(offset, bytes);
  view.setUint32(offset + 4, type);
}

export const wallClockBytes = 32;

/**
 * `prft` (§8.16.5): the picture at this media time was captured at this wall clock. Stands before the `moof` it
 * speaks of; one at each keyframe is enough. `at` is UTC ms.
 */
export function wallClockBox(trackId: number, at: number, mediaTicks: number): Uint8Array {
  const out = new Uint8Array(wallClockBytes);
  const view = new DataView(out.buffer);
  header(view, 0, wallClockBytes, 0x70726674); // prft
  view.setUint32(8, 0x01000018); // version 1; flags 24: time of capture
  view.setUint32(12, trackId);
  // NTP counts from 1900 and turns over in 2036 (RFC 5905 §6).
  const seconds = Math.floor(at / 1000);
  view.setUint32(16, (seconds + 2208988800) % 2 ** 32);
  view.setUint32(20, Math.round(((at - seconds * 1000) / 1000) * 2 ** 32) % 2 ** 32);
  setUint64(view, 24, mediaTicks);
  return out;
}

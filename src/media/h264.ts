/** Facts in the parameter sets of H.264: picture size, profile, reordering. ITU-T H.264 §7.3.2.1.1 and annex E. */
import { BitReader, withoutEmulationPrevention } from './bit-reader.ts';
import { h264Nal, nalType } from './nal.ts';
import type { VideoFormat } from './sample.ts';

/** Real ones are under 200 bytes; a longer one is no camera. */
export const maxParameterSetBytes = 4096;
/** Larger pictures exist in no camera, and such a size is asked of decoders and of the browser's memory. */
export const maxPictureSide = 16384;

export interface H264Sps {
  readonly id: number;
  readonly profile: number;
  /** The byte of constraint flags. */
  readonly compatibility: number;
  /** Ten times the level: 31 is 3.1. */
  readonly level: number;
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Pixels after cropping. */
  readonly width: number;
  readonly height: number;
  /** Pictures a second by the VUI's timing; undefined where it says nothing. */
  readonly fps: number | undefined;
  /** `max_num_reorder_frames`: by how many pictures output lags decoding; undefined where the VUI doesn't say. */
  readonly reorder: number | undefined;
}

const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
/** Profiles whose avcC says chroma format and bit depths (ISO/IEC 14496-15 §5.3.3.1.2). */
const profilesWithExtension = new Set([100, 110, 122, 144, 244]);

/** A sequence parameter set (NAL unit, header included), or undefined when it is damaged or not one. */
export function tryH264Sps(nal: Uint8Array): H264Sps | undefined {
  if (nalType('h264', nal) !== h264Nal.sps || nal.length > maxParameterSetBytes) return undefined;
  const bits = new BitReader(withoutEmulationPrevention(nal.subarray(1)));
  const profile = bits.bits(8);
  const compatibility = bits.bits(8);
  const level = bits.bits(8);
  const id = bits.ue();
  let chromaFormat = 1;
  let separatePlanes = false;
  let bitDepthLuma = 8;
  let bitDepthChroma = 8;
  if (highProfiles.has(profile)) {
    chromaFormat = bits.ue();
    if (chromaFormat === 3) separatePlanes = bits.flag();
    bitDepthLuma = 8 + bits.ue();
    bitDepthChroma = 8 + bits.ue();
    bits.skip(1); // qpprime_y_zero_transform_bypass_flag
    if (bits.flag()) for (let i = 0; i < (chromaFormat === 3 ? 12 : 8); i++) skipScalingList(bits, i < 6 ? 16 : 64);
  }
  bits.ue(); // log2_max_frame_num_minus4
  const orderType = bits.ue();
  if (orderType === 0) bits.ue();
  else if (orderType === 1) skipOrderCycle(bits);
  bits.ue(); // max_num_ref_frames
  bits.skip(1); // gaps_in_frame_num_value_allowed_flag
  const widthInMacroblocks = bits.ue() + 1;
  const heightInMapUnits = bits.ue() + 1;
  const framesOnly = bits.bit();
  if (framesOnly === 0) bits.skip(1); // mb_adaptive_frame_field_flag
  bits.skip(1); // direct_8x8_inference_flag
  const crop = bits.flag() ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [0, 0, 0, 0];
  // Crop units, H.264 (7-19) to (7-22): chroma samples, and twice as high where fields are coded.
  const chroma = separatePlanes ? 0 : chromaFormat;
  const unitX = chroma === 1 || chroma === 2 ? 2 : 1;
  const unitY = (chroma === 1 ? 2 : 1) * (2 - framesOnly);
  const width = widthInMacroblocks * 16 - (crop[0]! + crop[1]!) * unitX;
  const height = heightInMapUnits * 16 * (2 - framesOnly) - (crop[2]! + crop[3]!) * unitY;
  const hasVui = bits.flag();
  if (bits.failed || id > 31 || chromaFormat > 3 || bitDepthLuma > 14 || bitDepthChroma > 14) return undefined;
  if (width < 1 || height < 1 || width > maxPictureSide || height > maxPictureSide) return undefined;
  const vui = hasVui ? readVui(bits) : { fps: undefined, reorder: undefined };
  // Order type 2 and the baseline profile can't reorder (§8.2.1.3, §A.2.1).
  const reorder = orderType === 2 || profile === 66 ? 0 : vui.reorder;
  const { fps } = vui;
  return {
    id,
    profile,
    compatibility,
    level,
    chromaFormat,
    bitDepthLuma,
    bitDepthChroma,
    width,
    height,
    fps,
    reorder,
  };
}

/** Id of a picture parameter set (§7.3.2.2), or undefined when it is damaged or not one. */
export function tryH264PpsId(nal: Uint8Array): number | undefined {
  if (nalType('h264', nal) !== h264Nal.pps || nal.length > maxParameterSetBytes) return undefined;
  const bits = new BitReader(withoutEmulationPrevention(nal.subarray(1, 9)));
  const id = bits.ue();
  return bits.failed || id > 255 ? undefined : id;
}

/**
 * The format of a stream with these parameter sets, its time scale 90 kHz. Keeps copies of them. Undefined when the
 * SPS can't be read, or there is no PPS.
 */
export function h264Format(sps: Uint8Array, ...pps: readonly Uint8Array[]): VideoFormat | undefined {
  const facts = tryH264Sps(sps);
  if (facts === undefined || pps.length === 0 || pps.length > 255) return undefined;
  const hex = [facts.profile, facts.compatibility, facts.level].map((byte) => byte.toString(16).padStart(2, '0'));
  return Object.freeze({
    kind: 'video',
    codec: 'h264',
    timeScale: 90_000,
    width: facts.width,
    height: facts.height,
    codecString: `avc1.${hex.join('')}`,
    configuration: avcConfiguration(facts, sps, pps),
    parameterSets: Object.freeze([sps, ...pps].map((set) => new Uint8Array(set))),
  });
}

/** AVCDecoderConfigurationRecord, ISO/IEC 14496-15 §5.3.3.1.2; lengths are of 4 bytes. */
function avcConfiguration(facts: H264Sps, sps: Uint8Array, pps: readonly Uint8Array[]): Uint8Array {
  const out = [1, facts.profile, facts.compatibility, facts.level, 0xff, 0xe1, sps.length >> 8, sps.length & 0xff];
  out.push(...sps, pps.length);
  for (const set of pps) out.push(set.length >> 8, set.length & 0xff, ...set);
  if (profilesWithExtension.has(facts.profile))
    out.push(0xfc | facts.chromaFormat, 0xf8 | (facts.bitDepthLuma - 8), 0xf8 | (facts.bitDepthChroma - 8), 0);
  return Uint8Array.from(out);
}

function skipScalingList(bits: BitReader, size: number): void {
  if (!bits.flag()) return;
  let last = 8;
  let next = 8;
  for (let i = 0; i < size && !bits.failed; i++) {
    if (next !== 0) next = (last + bits.se() + 256) % 256;
    if (next !== 0) last = next;
  }
}

function skipOrderCycle(bits: BitReader): void {
  bits.skip(1);
  bits.se();
  bits.se();
  const count = bits.ue();
  for (let i = 0; i < Math.min(count, 256) && !bits.failed; i++) bits.se();
}

/** VUI, §E.1.1. What a camera left damaged in here is worth no refusal: it only tells less then. */
function readVui(bits: BitReader): { fps: number | undefined; reorder: number | undefined } {
  let fps: number | undefined;
  let reorder: number | undefined;
  if (bits.flag() && bits.bits(8) === 255) bits.skip(32); // aspect ratio
  if (bits.flag()) bits.skip(1); // overscan
  if (bits.flag()) {
    bits.skip(4); // video format, range
    if (bits.flag()) bits.skip(24); // colour description
  }
  if (bits.flag()) {
    bits.ue();
    bits.ue(); // chroma location
  }
  if (bits.flag()) {
    const unitsInTick = bits.bits(32);
    const ticksPerSecond = bits.bits(32);
    bits.skip(1);
    const value = ticksPerSecond / (2 * unitsInTick);
    if (!bits.failed && value > 0 && value <= 1000) fps = value;
  }
  const hasNalHrd = bits.flag();
  if (hasNalHrd) skipHrd(bits);
  const hasVclHrd = bits.flag();
  if (hasVclHrd) skipHrd(bits);
  if (hasNalHrd || hasVclHrd) bits.skip(1); // low_delay_hrd_flag
  bits.skip(1); // pic_struct_present_flag
  if (bits.flag()) {
    bits.skip(1);
    for (let i = 0; i < 4; i++) bits.ue();
    const value = bits.ue();
    if (!bits.failed && value <= 16) reorder = value;
  }
  return { fps, reorder };
}

function skipHrd(bits: BitReader): void {
  const count = bits.ue() + 1;
  bits.skip(8);
  for (let i = 0; i < Math.min(count, 32) && !bits.failed; i++) {
    bits.ue();
    bits.ue();
    bits.skip(1);
  }
  bits.skip(20);
}

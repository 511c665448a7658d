/** Facts in the parameter sets of H.265: picture size, profile, reordering. ITU-T H.265 §7.3.2.2, §7.3.3. */
import { BitReader, withoutEmulationPrevention } from './bit-reader.ts';
import { maxParameterSetBytes, maxPictureSide } from './h264.ts';
import { h265Nal, nalType } from './nal.ts';
import type { VideoFormat } from './sample.ts';

export interface H265Sps {
  readonly id: number;
  /** The twelve bytes of `general_profile_tier_level`, as they stand in hvcC. */
  readonly profileTierLevel: Uint8Array;
  readonly temporalLayers: number;
  readonly temporalIdNested: boolean;
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Pixels after the conformance window. */
  readonly width: number;
  readonly height: number;
  /** `sps_max_num_reorder_pics` of the highest layer. */
  readonly reorder: number;
}

/** A sequence parameter set (NAL unit, header included), or undefined when it is damaged or not one. */
export function tryH265Sps(nal: Uint8Array): H265Sps | undefined {
  if (nalType('h265', nal) !== h265Nal.sps || nal.length > maxParameterSetBytes) return undefined;
  const rbsp = withoutEmulationPrevention(nal.subarray(2));
  const bits = new BitReader(rbsp);
  bits.skip(4); // sps_video_parameter_set_id
  const layers = bits.bits(3) + 1;
  const temporalIdNested = bits.flag();
  if (rbsp.length < 13 || layers > 7) return undefined;
  const profileTierLevel = new Uint8Array(rbsp.subarray(1, 13));
  bits.skip(96);
  skipSubLayers(bits, layers - 1);
  const id = bits.ue();
  const chromaFormat = bits.ue();
  const separatePlanes = chromaFormat === 3 && bits.flag();
  let width = bits.ue();
  let height = bits.ue();
  if (bits.flag()) {
    const [left, right, top, bottom] = [bits.ue(), bits.ue(), bits.ue(), bits.ue()];
    const chroma = separatePlanes ? 0 : chromaFormat;
    width -= (left + right) * (chroma === 1 || chroma === 2 ? 2 : 1);
    height -= (top + bottom) * (chroma === 1 ? 2 : 1);
  }
  const bitDepthLuma = 8 + bits.ue();
  const bitDepthChroma = 8 + bits.ue();
  bits.ue(); // log2_max_pic_order_cnt_lsb_minus4
  let reorder = 0;
  for (let layer = bits.flag() ? 0 : layers - 1; layer < layers; layer++) {
    bits.ue();
    reorder = bits.ue();
    bits.ue();
  }
  if (bits.failed || id > 15 || chromaFormat > 3 || bitDepthLuma > 15 || bitDepthChroma > 15 || reorder > 16)
    return undefined;
  if (width < 1 || height < 1 || width > maxPictureSide || height > maxPictureSide) return undefined;
  return {
    id,
    profileTierLevel,
    temporalLayers: layers,
    temporalIdNested,
    chromaFormat,
    bitDepthLuma,
    bitDepthChroma,
    width,
    height,
    reorder,
  };
}

/** Id of a picture parameter set (§7.3.2.3), or undefined when it is damaged or not one. */
export function tryH265PpsId(nal: Uint8Array): number | undefined {
  if (nalType('h265', nal) !== h265Nal.pps || nal.length > maxParameterSetBytes) return undefined;
  const bits = new BitReader(withoutEmulationPrevention(nal.subarray(2, 10)));
  const id = bits.ue();
  return bits.failed || id > 63 ? undefined : id;
}

/** The format of a stream with these parameter sets, its time scale 90 kHz. Undefined when the SPS can't be read. */
export function h265Format(vps: Uint8Array, sps: Uint8Array, ...pps: readonly Uint8Array[]): VideoFormat | undefined {
  const facts = tryH265Sps(sps);
  if (facts === undefined || nalType('h265', vps) !== h265Nal.vps || vps.length > maxParameterSetBytes)
    return undefined;
  if (pps.length === 0 || pps.length > 64) return undefined;
  return Object.freeze({
    kind: 'video',
    codec: 'h265',
    timeScale: 90_000,
    width: facts.width,
    height: facts.height,
    codecString: hevcCodecString(facts.profileTierLevel),
    configuration: hevcConfiguration(facts, vps, sps, pps),
    parameterSets: Object.freeze([vps, sps, ...pps].map((set) => new Uint8Array(set))),
  });
}

/** ISO/IEC 14496-15 annex E: profile, reversed compatibility flags, tier and level, constraint bytes. */
function hevcCodecString(ptl: Uint8Array): string {
  const first = ptl[0]!;
  const space = ['', 'A', 'B', 'C'][first >> 6]!;
  let compatibility = 0;
  for (let i = 0; i < 32; i++) if (((ptl[1 + (i >> 3)]! >> (7 - (i & 7))) & 1) === 1) compatibility += 2 ** i;
  const constraints = [...ptl.subarray(5, 11)];
  while (constraints.at(-1) === 0) constraints.pop();
  const tier = (first & 0x20) === 0 ? 'L' : 'H';
  const parts = [`hvc1.${space}${first & 0x1f}`, compatibility.toString(16), `${tier}${ptl[11]!}`];
  return [...parts, ...constraints.map((byte) => byte.toString(16))].join('.');
}

/** HEVCDecoderConfigurationRecord, ISO/IEC 14496-15 §8.3.3.1.2; lengths are of 4 bytes. */
function hevcConfiguration(facts: H265Sps, vps: Uint8Array, sps: Uint8Array, pps: readonly Uint8Array[]): Uint8Array {
  const out = [1, ...facts.profileTierLevel, 0xf0, 0, 0xfc, 0xfc | facts.chromaFormat];
  out.push(0xf8 | (facts.bitDepthLuma - 8), 0xf8 | (facts.bitDepthChroma - 8), 0, 0);
  out.push((facts.temporalLayers << 3) | (facts.temporalIdNested ? 4 : 0) | 3, 3);
  for (const [type, sets] of [
    [h265Nal.vps, [vps]] as const,
    [h265Nal.sps, [sps]] as const,
    [h265Nal.pps, pps] as const,
  ]) {
    out.push(0x80 | type, 0, sets.length);
    for (const set of sets) out.push(set.length >> 8, set.length & 0xff, ...set);
  }
  return Uint8Array.from(out);
}

function skipSubLayers(bits: BitReader, count: number): void {
  if (count === 0) return;
  const present: [boolean, boolean][] = [];
  for (let i = 0; i < count; i++) present.push([bits.flag(), bits.flag()]);
  bits.skip(2 * (8 - count));
  for (const [profile, level] of present) bits.skip((profile ? 88 : 0) + (level ? 8 : 0));
}

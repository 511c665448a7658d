/**
 * The parameter sets of a track: from the SDP first, then whatever the camera sends between pictures. The same bytes
 * give the same `Format` object; other bytes a new one from the picture on before which they came.
 */
import { h264Format, maxParameterSetBytes, tryH264PpsId, tryH264Sps } from '../media/h264.ts';
import { h265Format, tryH265PpsId, tryH265Sps } from '../media/h265.ts';
import { h264Nal, h265Nal } from '../media/nal.ts';
import type { VideoCodec, VideoFormat } from '../media/sample.ts';

export class ParameterSets {
  readonly #codec: VideoCodec;
  #vps: Uint8Array | undefined;
  #sps: Uint8Array | undefined;
  #pps = new Map<number, Uint8Array>();
  #freshPps = new Map<number, Uint8Array>();
  #freshSps: Uint8Array | undefined;
  #pending = false;
  #format: VideoFormat | undefined;
  #reorder = 0;
  #frameTicks = 3000;

  constructor(codec: VideoCodec) {
    this.#codec = codec;
  }

  get format(): VideoFormat | undefined {
    return this.#format;
  }

  /** Of the SPS in use: pictures by which output lags decoding, 0 where it doesn't say. */
  get reorder(): number {
    return this.#reorder;
  }

  /** Ticks between pictures by the SPS's timing; 3000 (30 a second) where it says none. */
  get frameTicks(): number {
    return this.#frameTicks;
  }

  /** A NAL unit that may be a parameter set; `type` is its type. Copies what it keeps. */
  offer(type: number, nal: Uint8Array): void {
    const types = this.#codec === 'h264' ? h264Nal : h265Nal;
    if (nal.length > maxParameterSetBytes) return;
    if (type === types.sps) {
      this.#freshSps = new Uint8Array(nal);
      this.#pending = true;
    } else if (type === types.pps) {
      const id = this.#codec === 'h264' ? tryH264PpsId(nal) : tryH265PpsId(nal);
      if (id === undefined) return;
      this.#freshPps.set(id, new Uint8Array(nal));
      this.#pending = true;
    } else if (this.#codec === 'h265' && type === h265Nal.vps) {
      if (this.#vps !== undefined && same(this.#vps, nal)) return;
      this.#vps = new Uint8Array(nal);
      this.#pending = true;
    }
  }

  /** Takes up what was offered since the last picture. A set that can't be read changes nothing. */
  settle(): void {
    if (!this.#pending) return;
    this.#pending = false;
    const sps = this.#freshSps ?? this.#sps;
    const changesSps = this.#freshSps !== undefined && (this.#sps === undefined || !same(this.#sps, this.#freshSps));
    // Picture parameter sets belong to their SPS: with another SPS those sent beside it are all there are.
    const pps = changesSps && this.#freshPps.size > 0 ? this.#freshPps : new Map([...this.#pps, ...this.#freshPps]);
    this.#freshSps = undefined;
    this.#freshPps = new Map();
    if (sps === undefined) {
      this.#pps = pps;
      return;
    }
    const wanted = [...(this.#vps === undefined ? [] : [this.#vps]), sps, ...pps.values()];
    const current = this.#format?.parameterSets;
    if (current?.length === wanted.length && current.every((set, i) => same(set, wanted[i]!))) return;
    const facts = this.#codec === 'h264' ? tryH264Sps(sps) : tryH265Sps(sps);
    if (facts === undefined) return;
    this.#sps = sps;
    this.#pps = pps;
    const format =
      this.#codec === 'h264'
        ? h264Format(sps, ...pps.values())
        : this.#vps && h265Format(this.#vps, sps, ...pps.values());
    if (format === undefined) return;
    this.#format = format;
    this.#reorder = facts.reorder ?? 0;
    const fps = 'fps' in facts ? facts.fps : undefined;
    this.#frameTicks = fps === undefined ? 3000 : Math.round(90_000 / fps);
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

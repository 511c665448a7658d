/**
 * NAL units → samples. Slices of one picture are one sample: it ends at the marker bit, at another timestamp, or where
 * the next picture shows itself (`first_mb_in_slice` 0, parameter sets or a delimiter behind slices). A marker bit on
 * each slice, as some encoders set it, is noticed by the slice that comes after it, and not believed from then on.
 *
 * After a loss every picture is damaged up to the next keyframe that is whole; so is everything before the first. A keyframe
 * after a loss is whole only when it begins as the stream's keyframes do: its parameter sets may be what was lost.
 * NAL units are collected in one scratch buffer, each behind its length, and copied once, exactly, into the sample.
 */
import { h264Nal, h265Nal, isKeyframeSlice, isSlice } from '../media/nal.ts';
import type { Sample, VideoCodec } from '../media/sample.ts';
import { DecodeTimes } from './decode-times.ts';
import type { ParameterSets } from './parameter-sets.ts';
import type { PacketTime } from './payload.ts';
import { grownScratch, keptScratch, smallScratch } from './picture-scratch.ts';
import { SampleMemory } from './sample-memory.ts';
import type { TrackStats } from './stats.ts';

export interface AssemblerOptions {
  readonly codec: VideoCodec;
  readonly sets: ParameterSets;
  readonly stats: TrackStats;
  readonly maxPictureBytes: number;
  readonly onSample: (sample: Sample) => void;
  readonly onDamage: (reason: DamageReason) => void;
}

export type DamageReason = 'loss' | 'too-large' | 'malformed';

export class PictureAssembler {
  readonly #codec: VideoCodec;
  readonly #options: AssemblerOptions;
  readonly #times = new DecodeTimes();
  readonly #memory = new SampleMemory();
  #scratch = smallScratch();
  #length = 0;
  /** Where the NAL unit under way has its length; -1 between units. */
  #nalOffset = -1;
  #nalType = -1;
  #hasSlice = false;
  #startsWhole = false;
  #keyframe = false;
  #pictureDamaged = false;
  /** Something is missing before this picture's first NAL unit. */
  #lossBefore = false;
  #firstType = -1;
  /** The type of NAL unit that keyframes of this stream begin with, as the last whole one showed. */
  #openingType = -1;
  #oversized = false;
  /** References are missing until a whole keyframe comes. */
  #waitsForKeyframe = true;
  #markerIsBelieved = true;
  #endedByMarkerTicks = Number.NaN;
  #ticks = 0;
  #at = 0;
  #discontinuity = false;

  constructor(options: AssemblerOptions) {
    this.#codec = options.codec;
    this.#options = options;
  }

  /** To be called for each packet before its NAL units. Hot. */
  begin(time: PacketTime): void {
    if (time.lost) {
      this.#abandonNal();
      if (this.#length > 0) this.#pictureDamaged = true;
      this.#damage('loss');
    }
    if (this.#length > 0 || this.#oversized) {
      if (time.ticks !== this.#ticks || time.discontinuity) this.#flush();
    }
    // What is lost may be what the next picture begins with. Another source has lost nothing of it.
    if (time.lost) this.#lossBefore = !time.discontinuity;
    // Parameter sets that came alone belong to the picture after them, with whatever time that has.
    if (time.discontinuity) {
      this.#discontinuity = true;
      this.#times.reset();
    }
    if (!this.#hasSlice) {
      this.#ticks = time.ticks;
      this.#at = time.at;
    }
  }

  /** To be called for each packet after its NAL units. Hot. */
  end(marker: boolean): void {
    if (!marker || !this.#hasSlice || this.#nalOffset >= 0 || !this.#markerIsBelieved) return;
    this.#endedByMarkerTicks = this.#ticks;
    this.#flush();
  }

  /** A NAL unit of this type begins; `startsPicture` counts for slices. Hot. */
  startNal(type: number, startsPicture: boolean): void {
    this.#abandonNal();
    if (isSlice(this.#codec, type)) {
      if (startsPicture && this.#hasSlice) this.#flush();
      if (!this.#hasSlice) {
        this.#startsWhole = startsPicture;
        if (!startsPicture && this.#endedByMarkerTicks === this.#ticks) this.#markerIsBelieved = false;
      }
      this.#hasSlice = true;
      if (isKeyframeSlice(this.#codec, type)) this.#keyframe = true;
    } else if (this.#hasSlice && opensPicture(this.#codec, type)) {
      this.#flush();
    }
    if (this.#length === 0) this.#firstType = type;
    this.#nalType = type;
    this.#nalOffset = this.#length;
    this.#reserve(4);
    this.#length += 4;
  }

  /** More bytes of the NAL unit under way; without one they are dropped. Hot. */
  append(bytes: Uint8Array, start: number, end: number): void {
    if (this.#nalOffset < 0) return;
    if (this.#length + end - start > this.#options.maxPictureBytes) {
      this.#oversized = true;
      this.#length = 0;
      this.#nalOffset = -1;
      this.#scratch = keptScratch(this.#scratch);
      this.#damage('too-large');
      return;
    }
    this.#reserve(end - start);
    this.#scratch.set(bytes.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  appendByte(value: number): void {
    if (this.#nalOffset < 0) return;
    this.#reserve(1);
    this.#scratch[this.#length++] = value;
  }

  /** The NAL unit under way is whole. Hot. */
  endNal(): void {
    const offset = this.#nalOffset;
    if (offset < 0) return;
    this.#nalOffset = -1;
    const bytes = this.#length - offset - 4;
    this.#scratch[offset] = bytes >>> 24;
    this.#scratch[offset + 1] = bytes >>> 16;
    this.#scratch[offset + 2] = bytes >>> 8;
    this.#scratch[offset + 3] = bytes;
    if (isParameterSet(this.#codec, this.#nalType))
      this.#options.sets.offer(this.#nalType, this.#scratch.subarray(offset + 4, this.#length));
  }

  /** A payload contradicted itself: what it belongs to can't be trusted. */
  malformed(): void {
    this.#options.stats.malformed++;
    this.#abandonNal();
    if (this.#hasSlice) this.#pictureDamaged = true;
    this.#damage('malformed');
  }

  /** A NAL unit that never came to its end is taken back. */
  #abandonNal(): void {
    if (this.#nalOffset < 0) return;
    this.#length = this.#nalOffset;
    this.#nalOffset = -1;
    this.#pictureDamaged = true;
    this.#waitsForKeyframe = true;
  }

  #damage(reason: DamageReason): void {
    this.#waitsForKeyframe = true;
    this.#options.onDamage(reason);
  }

  #flush(): void {
    this.#abandonNal();
    const { sets, stats, onSample } = this.#options;
    if (!this.#hasSlice && !this.#oversized) return;
    sets.settle();
    const { format } = sets;
    // The rest of a picture whose first slices were already given away as a picture.
    const isRest = !this.#startsWhole && this.#endedByMarkerTicks === this.#ticks;
    if (format === undefined || this.#oversized || this.#length === 0 || isRest) {
      stats.dropped++;
      this.#waitsForKeyframe = true;
      this.#clear();
      return;
    }
    const beginsWhole = !this.#lossBefore || this.#firstType === this.#openingType;
    const whole = !this.#pictureDamaged && this.#startsWhole && beginsWhole;
    if (this.#keyframe && whole) this.#openingType = this.#firstType;
    if (this.#keyframe && whole) this.#waitsForKeyframe = false;
    const damaged = !whole || this.#waitsForKeyframe;
    if (!whole) this.#waitsForKeyframe = true;
    const sample: Sample = {
      format,
      ptsTicks: this.#ticks,
      dtsTicks: this.#times.next(this.#ticks, this.#keyframe, sets.reorder, sets.frameTicks),
      at: this.#at,
      keyframe: this.#keyframe,
      damaged,
      discontinuity: this.#discontinuity,
      data: this.#memory.keep(this.#scratch.subarray(0, this.#length)),
    };
    stats.samples++;
    if (damaged) stats.damaged++;
    this.#discontinuity = false;
    this.#clear();
    onSample(sample);
  }

  #clear(): void {
    this.#length = 0;
    this.#hasSlice = false;
    this.#keyframe = false;
    this.#pictureDamaged = false;
    this.#lossBefore = false;
    this.#oversized = false;
    this.#scratch = keptScratch(this.#scratch);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#scratch.length) return;
    this.#scratch = grownScratch(this.#scratch, this.#length, this.#length + bytes);
  }
}

function isParameterSet(codec: VideoCodec, type: number): boolean {
  return codec === 'h264'
    ? type === h264Nal.sps || type === h264Nal.pps
    : type === h265Nal.vps || type === h265Nal.sps || type === h265Nal.pps;
}

/** NAL units that stand in front of a picture only (H.264 §7.4.1.2.3, H.265 §7.4.2.4.4). */
function opensPicture(codec: VideoCodec, type: number): boolean {
  return isParameterSet(codec, type) || type === (codec === 'h264' ? h264Nal.aud : h265Nal.aud);
}

/**
 * Samples of one camera into segments of fragmented MP4 for HLS. A segment begins with a keyframe and lasts a second or
 * more, as the camera's GOPs have it. Times are one line over reconnects; where picture or format don't follow on from what
 * was before, a segment says so. Pictures that a loss has damaged are left out up to the next keyframe.
 *
 * Sound goes along as AAC alone: no other kind is played wherever HLS is.
 */
import { aacFrameSamples } from '../media/aac.ts';
import type { FragmentSample } from '../media/fragment.ts';
import { fragment } from '../media/fragment.ts';
import { initSegment } from '../media/init-segment.ts';
import type { AudioFormat, Sample, VideoFormat } from '../media/sample.ts';
import { SoundLine } from '../media/sound-line.ts';
import type { ListedSegment } from './hls-playlist.ts';

export interface Segment extends ListedSegment {
  readonly bytes: Uint8Array;
}

export interface InitSegment {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly video: VideoFormat;
  readonly audio: AudioFormat | undefined;
}

export interface SegmenterOptions {
  /** Sequence of the first segment. */
  readonly firstSequence: number;
  readonly onInit: (init: InitSegment) => void;
  readonly onSegment: (segment: Segment) => void;
}

const shortestMs = 1000;
/** A camera that seldom sends a keyframe is cut in between; players then wait for the next keyframe. */
const longestMs = 8000;
const maxSegmentBytes = 24 * 1024 * 1024;
/** A pause in the camera's own times of more than this is a jump. */
const longestStepSeconds = 5;

interface Picture {
  readonly sample: Sample;
  /** On the line of the whole playlist, in ticks of the format. */
  readonly dtsTicks: number;
}

interface Sound {
  readonly data: Uint8Array;
  readonly ticks: number;
}

export class HlsSegmenter {
  readonly #options: SegmenterOptions;
  #sequence: number;
  #fragments = 0;
  #init: InitSegment | undefined;
  /** Playlist time minus the camera's, in ticks; undefined where the next picture begins anew. */
  #shiftTicks: number | undefined;
  /** End of what was written, in s. */
  #endSeconds = 0;
  #pictures: Picture[] = [];
  #pictureBytes = 0;
  #sounds: Sound[] = [];
  #soundLine: SoundLine | undefined;
  #wantsAudio: AudioFormat | undefined;
  #discontinuity = false;

  constructor(options: SegmenterOptions) {
    this.#options = options;
    this.#sequence = options.firstSequence;
  }

  /** That sound comes is known before its first frame. */
  expectSound(format: AudioFormat | undefined): void {
    if (format?.codec === 'aac') this.#wantsAudio = format;
  }

  /** Hot. */
  push(sample: Sample): void {
    if (sample.format.kind === 'audio') this.#pushSound(sample, sample.format);
    else this.#pushPicture(sample, sample.format);
  }

  #pushSound(sample: Sample, format: AudioFormat): void {
    if (format.codec !== 'aac') return;
    this.#wantsAudio = format;
    if (this.#init?.audio !== format || this.#pictures.length === 0) return;
    const ticks = this.#soundLine?.place(sample);
    if (ticks !== undefined && ticks >= 0) this.#sounds.push({ data: sample.data, ticks });
  }

  #pushPicture(sample: Sample, format: VideoFormat): void {
    const last = this.#pictures.at(-1);
    if (sample.damaged || sample.discontinuity || format !== this.#init?.video) this.#breakOff();
    else if (last !== undefined) {
      const step = sample.dtsTicks - last.sample.dtsTicks;
      if (step <= 0 || step > longestStepSeconds * format.timeScale) this.#breakOff();
    }
    if (sample.damaged) return;
    if (this.#shiftTicks === undefined) {
      if (!sample.keyframe) return;
      this.#begin(sample, format);
    } else {
      const dtsTicks = sample.dtsTicks + this.#shiftTicks;
      const first = this.#pictures[0];
      const lengthMs = first === undefined ? 0 : ((dtsTicks - first.dtsTicks) * 1000) / format.timeScale;
      const isFull = lengthMs >= longestMs || this.#pictureBytes > maxSegmentBytes;
      if ((sample.keyframe && lengthMs >= shortestMs) || isFull) {
        this.#finish(dtsTicks);
        if (sample.keyframe && this.#wantsAudio !== this.#init?.audio) {
          this.#breakOff();
          this.#begin(sample, format);
        }
      }
    }
    const dtsTicks = sample.dtsTicks + this.#shiftTicks!;
    this.#pictures.push({ sample, dtsTicks });
    this.#pictureBytes += sample.data.length;
    const ptsTicks = dtsTicks + sample.ptsTicks - sample.dtsTicks;
    this.#soundLine?.picture(sample.at, (ptsTicks * 1000) / format.timeScale);
  }

  /** Ends the running segment where it is; the next picture doesn't follow on from it. */
  #breakOff(): void {
    const last = this.#pictures.at(-1);
    if (last !== undefined) {
      const before = this.#pictures.at(-2);
      const { timeScale } = last.sample.format;
      this.#finish(last.dtsTicks + (before === undefined ? timeScale / 15 : last.dtsTicks - before.dtsTicks));
    }
    if (this.#init !== undefined) this.#discontinuity = true;
    this.#shiftTicks = undefined;
  }

  #begin(sample: Sample, format: VideoFormat): void {
    const audio = this.#wantsAudio;
    if (this.#init?.video !== format || this.#init.audio !== audio) {
      const bytes = initSegment(audio === undefined ? [format] : [format, audio]);
      this.#init = { number: this.#sequence, bytes, video: format, audio };
      this.#options.onInit(this.#init);
    }
    this.#shiftTicks = Math.round(this.#endSeconds * format.timeScale) - sample.dtsTicks;
    const startMs = this.#endSeconds * 1000;
    this.#soundLine = audio === undefined ? undefined : new SoundLine(audio.timeScale, sample.at - startMs);
  }

  /** @param endTicks decoding time at which what comes next begins */
  #finish(endTicks: number): void {
    const { video, audio, number } = this.#init!;
    const first = this.#pictures[0]!;
    const samples = this.#pictures.map(({ sample, dtsTicks }, i): FragmentSample => {
      const { data, keyframe, ptsTicks } = sample;
      const durationTicks = (this.#pictures[i + 1]?.dtsTicks ?? endTicks) - dtsTicks;
      return { data, keyframe, durationTicks, ptsOffsetTicks: ptsTicks - sample.dtsTicks };
    });
    const parts = [
      fragment({ sequence: ++this.#fragments, trackId: 1, baseDtsTicks: first.dtsTicks, samples }),
      ...(audio === undefined || this.#sounds.length === 0 ? [] : [this.#soundFragment()]),
    ];
    this.#options.onSegment({
      sequence: this.#sequence++,
      durationMs: ((endTicks - first.dtsTicks) * 1000) / video.timeScale,
      at: first.sample.at,
      discontinuity: this.#discontinuity,
      init: number,
      bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts),
    });
    this.#endSeconds = endTicks / video.timeScale;
    this.#discontinuity = false;
    this.#pictures = [];
    this.#pictureBytes = 0;
    this.#sounds = [];
  }

  #soundFragment(): Uint8Array {
    const sounds = this.#sounds;
    const samples = sounds.map(({ data, ticks }, i): FragmentSample => {
      const durationTicks = (sounds[i + 1]?.ticks ?? ticks + aacFrameSamples) - ticks;
      return { data, keyframe: true, durationTicks, ptsOffsetTicks: 0 };
    });
    return fragment({ sequence: ++this.#fragments, trackId: 2, baseDtsTicks: sounds[0]!.ticks, samples });
  }
}

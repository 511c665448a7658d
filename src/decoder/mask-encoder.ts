/**
 * Privacy masks: ffmpeg decodes a camera's pictures, fills the masked parts with black and encodes what is left as
 * H.264. Times stay those of the samples that went in. What it doesn't give out nobody sees: a masker that fails shows
 * nothing instead of the picture without its masks.
 */
import type { Clock } from '../base/clock.ts';
import type { Problem } from '../base/problem.ts';
import { FlvReader } from '../media/flv-reader.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import { feedHead, fragmentHead } from './feed.ts';
import type { MaskBox } from './mask-boxes.ts';
import { decoderProblem } from './problems.ts';
import type { Sandbox, SandboxedChild } from './sandbox.ts';
import { endSandboxed, startSandboxed } from './sandbox.ts';
import { Timeline } from './timeline.ts';

const maxQueuedBytes = 8 * 1024 * 1024;
const maxAddressBytes = 2 * 1024 ** 3;
const hangMs = 10_000;
/** Pictures that may be under way; what is older was dropped by ffmpeg. */
const remembered = 256;
/** Of RTP's video (RFC 6184 §8.2.1), whatever the source's was. */
const timeScale = 90_000;

export interface MaskEncoderOptions {
  readonly format: VideoFormat;
  readonly boxes: readonly MaskBox[];
  readonly sandbox: Sandbox;
  readonly clock: Clock;
}

interface Source {
  readonly ms: number;
  readonly at: number;
  readonly pts: number;
}

export class MaskEncoder implements AsyncDisposable {
  /** Resolves once, when the process is gone, with why. */
  readonly ended: Promise<Problem>;
  readonly #options: MaskEncoderOptions;
  readonly #onSample: (sample: Sample) => void;
  readonly #child: SandboxedChild;
  readonly #timeline: Timeline;
  readonly #watch: NodeJS.Timeout;
  #sources: Source[] = [];
  #format: VideoFormat | undefined;
  #cause: Problem | undefined;
  #awaitsKeyframe = true;
  #sequence = 0;
  #lastPts = Number.NEGATIVE_INFINITY;
  #answeredMs: number;
  #asked = 0;

  constructor(options: MaskEncoderOptions, onSample: (sample: Sample) => void) {
    const { format, sandbox, clock } = options;
    this.#options = options;
    this.#onSample = onSample;
    this.#timeline = new Timeline(format.timeScale);
    this.#answeredMs = clock.monotonicMs();
    const child = startSandboxed(sandbox, { command: 'ffmpeg', args: maskArguments(options), maxAddressBytes });
    this.#child = child;
    const reader = new FlvReader((item) => {
      if (item.kind === 'format' && item.format.kind === 'video') this.#format = item.format;
      if (item.kind === 'video') this.#deliver(item.ptsMs, item.keyframe, item.data);
    });
    child.stdout.on('data', (chunk: Buffer) => {
      if (this.#cause === undefined && !reader.push(chunk))
        this.#fail(decoderProblem('badOutput', 'the masker put out something else than pictures'));
    });
    child.stderr.resume();
    child.stdin.on('error', () => {});
    this.#watch = setInterval(() => {
      if (this.#asked > 0 && clock.monotonicMs() - this.#answeredMs > hangMs)
        this.#fail(decoderProblem('hung', 'the masker took pictures and gave none'));
    }, 1000);
    this.ended = new Promise((resolve) => {
      const end = (problem: Problem): void => {
        clearInterval(this.#watch);
        this.#cause ??= problem;
        resolve(this.#cause);
      };
      child.once('error', (error) => end(decoderProblem('unavailable', 'ffmpeg could not be started', {}, error)));
      child.once('close', (status, by) =>
        end(decoderProblem('crashed', 'the masker ended by itself', { status, signal: by })),
      );
    });
    child.stdin.write(feedHead(format));
  }

  /** Takes a picture of its format; never blocks. After a drop it goes on at the next keyframe. */
  write(sample: Sample): void {
    if (this.#cause !== undefined || (this.#awaitsKeyframe && !sample.keyframe)) return;
    const { stdin } = this.#child;
    this.#awaitsKeyframe = stdin.writableLength + sample.data.length > maxQueuedBytes;
    if (this.#awaitsKeyframe) return;
    const { dts, ptsOffset, durationTicks } = this.#timeline.place(sample);
    const scale = this.#options.format.timeScale;
    const source = {
      ms: ((dts + ptsOffset) * 1000) / scale,
      at: sample.at,
      pts: (sample.ptsTicks * timeScale) / scale,
    };
    this.#sources.push(source);
    if (this.#sources.length > remembered) this.#sources.shift();
    if (this.#asked++ === 0) this.#answeredMs = this.#options.clock.monotonicMs();
    this.#sequence = (this.#sequence + 1) >>> 0;
    stdin.cork();
    stdin.write(fragmentHead(this.#sequence, dts, ptsOffset, durationTicks, sample.keyframe, sample.data.length));
    stdin.write(sample.data);
    stdin.uncork();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(decoderProblem('stopped', 'the masker was stopped'));
    await this.ended;
  }

  #deliver(ptsMs: number, keyframe: boolean, data: Uint8Array): void {
    // FLV has whole milliseconds; pictures lie further apart.
    const index = this.#sources.findIndex((one) => Math.abs(one.ms - ptsMs) <= 1);
    const source = this.#sources[index];
    if (source === undefined || this.#format === undefined) return;
    // In the order of presentation, for it encodes without pictures that go both ways.
    this.#sources = this.#sources.filter((one) => one.ms > source.ms);
    this.#asked = 0;
    const jumped = source.pts <= this.#lastPts;
    this.#lastPts = source.pts;
    const times = { ptsTicks: source.pts, dtsTicks: source.pts };
    this.#onSample({
      format: this.#format,
      ...times,
      at: source.at,
      keyframe,
      damaged: false,
      discontinuity: jumped,
      data,
    });
  }

  #fail(problem: Problem): void {
    if (this.#cause !== undefined) return;
    this.#cause = problem;
    this.#child.stdin.destroy();
    endSandboxed(this.#child);
  }
}

export function maskArguments({ format, boxes }: Pick<MaskEncoderOptions, 'format' | 'boxes'>): readonly string[] {
  // Outwards to even pixels: colour has half of the picture's resolution.
  const down = (share: number, whole: number) => Math.floor((share * whole) / 2) * 2;
  const up = (share: number, whole: number) => Math.ceil((share * whole) / 2) * 2;
  const fills = boxes.map(({ left, top, right, bottom }) => {
    const [x, y] = [down(left, format.width), down(top, format.height)];
    return `drawbox=x=${x}:y=${y}:w=${up(right, format.width) - x}:h=${up(bottom, format.height) - y}:color=black:t=fill`;
  });
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error'],
    ...['-copyts', '-probesize', '32', '-analyzeduration', '0', '-fpsprobesize', '0', '-threads', '1'],
    ...['-protocol_whitelist', 'pipe', '-f', 'mov', '-c:v', format.codec === 'h264' ? 'h264' : 'hevc', '-i', 'pipe:0'],
    ...['-map', '0:v:0', '-vf', ['format=yuv420p', ...fills].join(',')],
    ...['-fps_mode', 'passthrough', '-enc_time_base', '1:90000'],
    // One slice, no reordering, a keyframe every two seconds; as quick as evidence may be.
    ...['-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-threads', '1', '-bf', '0', '-crf', '23'],
    ...['-g', '600', '-force_key_frames', 'expr:gte(t,n_forced*2)', '-flags', '+global_header'],
    ...['-flush_packets', '1', '-flvflags', 'no_duration_filesize', '-f', 'flv', 'pipe:1'],
  ];
}

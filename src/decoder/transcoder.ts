/**
 * H.265 → H.264 for browsers that have no other: samples in, samples of another format out, each with the times of the one
 * that it was made of. The picture is made smaller, for this is what costs. In the decoder's cage, for it decodes too.
 */
import type { FlvItem } from '../media/flv-reader.ts';
import { FlvReader } from '../media/flv-reader.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import { frameHeight } from './ffmpeg-arguments.ts';
import type { Filter, FilterOptions } from './ffmpeg-filter.ts';
import { FfmpegFilter } from './ffmpeg-filter.ts';

export interface TranscoderOptions extends FilterOptions {
  /** Greatest width of the pictures; smaller ones aren't enlarged. */
  readonly widthPx: number;
  /** Pictures a second at most. */
  readonly fps: number;
}

/** Pictures between keyframes: who comes sees something after so many, and no more of them are kept for it. */
export const transcodedGop = 30;

/** `onSample` is called in the order of decoding, which is that of presentation, and must be quick. */
export function startTranscoder(
  options: TranscoderOptions,
  onSample: (sample: Sample) => void,
  signal: AbortSignal,
): Filter {
  const { format: source, log } = options;
  let format: VideoFormat | undefined;
  const reader = new FlvReader((item: FlvItem) => {
    if (item.kind === 'format' && item.format.kind === 'video')
      format = { ...item.format, timeScale: source.timeScale };
    if (item.kind !== 'video' || format === undefined) return;
    // FLV has whole ms.
    const from = filter.timeline.sampleNear((item.ptsMs * source.timeScale) / 1000, source.timeScale / 1000);
    if (from === undefined) {
      log.debug({ ptsMs: item.ptsMs }, 'picture without a sample dropped');
      return;
    }
    filter.shown();
    onSample({
      format,
      ...{ ptsTicks: from.ptsTicks, dtsTicks: from.ptsTicks, at: from.at },
      ...{ keyframe: item.keyframe, damaged: false, discontinuity: false, data: item.data },
    });
  });
  const filter = new FfmpegFilter(options, transcoderArguments(options), (chunk) => reader.push(chunk), signal);
  return filter;
}

function transcoderArguments({ format, widthPx, fps }: TranscoderOptions): readonly string[] {
  // x264 takes even sizes only.
  const width = Math.max(2, Math.min(widthPx, format.width) & ~1);
  const distance = (1 / fps - 0.01).toFixed(3);
  const filters = [
    `select='isnan(prev_selected_t)+gte(t-prev_selected_t,${distance})'`,
    `scale=${width}:${frameHeight(format, width)}:flags=fast_bilinear`,
    'format=yuv420p',
  ];
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error'],
    ...['-copyts', '-probesize', '32', '-analyzeduration', '0', '-fpsprobesize', '0', '-threads', '1'],
    ...['-protocol_whitelist', 'pipe', '-f', 'mov', '-c:v', format.codec === 'h264' ? 'h264' : 'hevc', '-i', 'pipe:0'],
    ...['-map', '0:v:0', '-vf', filters.join(',')],
    ...['-fps_mode', 'passthrough', '-enc_time_base', `1:${format.timeScale}`],
    // `zerolatency`: no picture waits for another.
    ...['-c:v', 'libx264', '-threads', '1', '-preset', 'superfast', '-tune', 'zerolatency', '-bf', '0'],
    ...['-g', String(transcodedGop), '-crf', '24', '-maxrate', '4M', '-bufsize', '4M', '-flush_packets', '1'],
    ...['-f', 'flv', '-flvflags', 'no_duration_filesize+no_metadata+no_sequence_end', 'pipe:1'],
  ];
}

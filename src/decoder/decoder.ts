/**
 * ffmpeg as a filter: samples in, small RGB frames out, each with the capture time of its sample. It sees neither the
 * network nor files nor a secret; whatever a camera makes it do, it ends in its sandbox, and `ended` says how.
 *
 * One process a camera and format. A decoder that has ended stays ended: its owner starts another one with backoff.
 */
import { filterArguments, frameHeight } from './ffmpeg-arguments.ts';
import type { Filter, FilterOptions } from './ffmpeg-filter.ts';
import { FfmpegFilter } from './ffmpeg-filter.ts';
import type { Frame } from './frame.ts';
import type { FrameBuffers } from './frame-buffers.ts';
import type { NutPicture } from './nut-reader.ts';
import { NutReader } from './nut-reader.ts';

export interface DecoderOptions extends FilterOptions {
  /** Greatest width of the frames; smaller pictures aren't enlarged. */
  readonly widthPx: number;
  /** Frames a second at most. */
  readonly fps: number;
  /** The picture as it is meant to look, for people: a third dearer. Default false: good enough to detect in. */
  readonly deblock?: boolean;
  /** Where frames get their buffers; default: a new one each. */
  readonly buffers?: FrameBuffers;
}

export type Decoder = Filter;

/** `onFrame` is called in the order of presentation and must be quick; what it throws ends the decoder. */
export function startDecoder(options: DecoderOptions, onFrame: (frame: Frame) => void, signal: AbortSignal): Decoder {
  const { format, log } = options;
  const width = Math.min(options.widthPx, format.width);
  const height = frameHeight(format, width);
  const take = ({ pts, data }: NutPicture): void => {
    const source = filter.timeline.sampleAt(pts);
    if (source === undefined) {
      log.debug({ pts }, 'frame without a sample dropped');
      return;
    }
    filter.shown();
    onFrame({ data, width, height, ...source });
  };
  const reader = new NutReader(width, height, format.timeScale, take, options.buffers);
  const args = filterArguments(format, width, height, options.fps, options.deblock === true);
  const filter = new FfmpegFilter(options, args, (chunk) => reader.push(chunk), signal);
  return filter;
}

/**
 * The command line for a source that ffmpeg reads. Every argument is built here; of the source only an allowed path comes
 * in, as an argument of its own behind `-i`. A stream's address goes in through stdin: keys in it stay out of `ps`.
 */

/** What ffmpeg is to read; structurally the configuration's `FfmpegSource`. */
export type FfmpegInput =
  | { readonly kind: 'http'; readonly url: URL }
  | { readonly kind: 'rtmp'; readonly url: URL }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'device'; readonly path: string };

export interface FfmpegOutput {
  readonly audio: boolean;
  /** The pictures are H.264 already, and stay as they are. */
  readonly copy: boolean;
}

/** Files that list other files or addresses are none of these. */
const containers = 'mov,matroska,mpegts,avi,flv,h264,hevc,mjpeg,mpeg,mpegvideo,ogg,nut';
const streams = 'mpjpeg,mjpeg,flv,mpegts,matroska,h264,hevc';

/** Of what a source promises: look no longer than a second, and at little. */
const probing = ['-analyzeduration', '1000000', '-probesize', '1000000'];
const quiet = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error'];

/** @param contentType of an HTTP answer, whose body comes on stdin */
export function inputArguments(input: FfmpegInput, contentType = ''): readonly string[] {
  switch (input.kind) {
    case 'http':
      return [
        // What is played as it comes has no other clock than ours.
        ...['-use_wallclock_as_timestamps', '1', '-fflags', 'nobuffer', '-protocol_whitelist', 'pipe'],
        ...['-format_whitelist', streams, ...probing],
        ...(/^multipart\//i.test(contentType) ? ['-f', 'mpjpeg'] : []),
        ...['-i', 'pipe:0'],
      ];
    case 'rtmp':
      return [
        ...['-fflags', 'nobuffer', '-f', 'concat', '-safe', '0', '-protocol_whitelist', 'pipe,tcp,rtmp'],
        ...['-format_whitelist', 'concat,flv', ...probing, '-i', 'pipe:0'],
      ];
    case 'file':
      return [
        ...['-re', '-stream_loop', '-1', '-protocol_whitelist', 'file', '-format_whitelist', containers],
        ...['-i', `file:${input.path}`],
      ];
    case 'device':
      return ['-f', 'v4l2', '-protocol_whitelist', 'file', '-i', input.path];
    default:
      return input satisfies never;
  }
}

export function ffmpegArguments(input: FfmpegInput, { audio, copy }: FfmpegOutput, contentType?: string): string[] {
  const video = copy
    ? ['-c:v', 'copy']
    : [
        ...['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-threads', '2', '-crf', '23'],
        ...['-maxrate', '6M', '-bufsize', '12M', '-vf', 'scale=trunc(iw/2)*2:trunc(ih/2)*2', '-pix_fmt', 'yuv420p'],
        // A keyframe every two seconds, whatever the rate.
        ...['-force_key_frames', 'expr:gte(t,n_forced*2)', '-sc_threshold', '0'],
      ];
  const sound = audio ? ['-map', '0:a:0?', '-c:a', 'aac', '-ar', '48000', '-ac', '2', '-b:a', '96k'] : ['-an'];
  return [
    ...quiet,
    ...inputArguments(input, contentType),
    ...['-map', '0:v:0', '-sn', '-dn', ...video, ...sound, '-fps_mode', 'passthrough'],
    ...['-flags', '+global_header', '-flush_packets', '1', '-flvflags', 'no_duration_filesize', '-f', 'flv', 'pipe:1'],
  ];
}

/** What ffmpeg reads on stdin in place of an address: a list of one (its "concat" format). */
export function addressList(address: string): string {
  return `ffconcat version 1.0\nfile '${address.replaceAll("'", '%27')}'\noption rw_timeout 10000000\n`;
}

/** Tells the codec of the pictures in a file. */
export function probeArguments(path: string): string[] {
  return [
    ...['-hide_banner', '-loglevel', 'error', '-protocol_whitelist', 'file', '-format_whitelist', containers],
    ...['-select_streams', 'v:0', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', '-i', `file:${path}`],
  ];
}

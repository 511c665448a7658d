/** The command line of the filter. Nothing in it is secret or comes from a camera but two numbers. */
import type { VideoFormat } from '../media/sample.ts';

/** Height of frames of this width, with the picture's proportions; even, as the scaler likes it. */
export function frameHeight(format: VideoFormat, width: number): number {
  return Math.max(2, Math.round((format.height * width) / format.width / 2) * 2);
}

export function filterArguments(
  format: VideoFormat,
  width: number,
  height: number,
  fps: number,
  deblock: boolean,
): readonly string[] {
  // A tick less than the distance of two frames, so that a camera of 15 fps gives every third and not every fourth.
  const distance = (1 / fps - 0.01).toFixed(3);
  const filters = [
    // `fps` would invent times; this only leaves frames out.
    `select='isnan(prev_selected_t)+gte(t-prev_selected_t,${distance})'`,
    `scale=${width}:${height}:flags=fast_bilinear`,
    'format=rgb24',
  ];
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error'],
    // Times as they are, no probing: the format is known, and a frame late is an event late.
    ...['-copyts', '-probesize', '32', '-analyzeduration', '0', '-fpsprobesize', '0'],
    // One thread: frame threads hold as many frames back. Deblocking costs a third and changes nothing that detection sees.
    ...['-threads', '1', ...(deblock ? [] : ['-skip_loop_filter', 'all', '-flags2', '+fast'])],
    ...['-protocol_whitelist', 'pipe', '-f', 'mov', '-c:v', format.codec === 'h264' ? 'h264' : 'hevc', '-i', 'pipe:0'],
    ...['-map', '0:v:0', '-vf', filters.join(',')],
    ...['-fps_mode', 'passthrough', '-enc_time_base', `1:${format.timeScale}`],
    ...['-c:v', 'rawvideo', '-threads', '1', '-flush_packets', '1'],
    ...['-f', 'nut', '-syncpoints', 'none', '-write_index', '0', '-strict', 'experimental', 'pipe:1'],
  ];
}

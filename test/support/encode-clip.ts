/** Small clips out of ffmpeg's own picture generators, so that tests have real bitstreams without shipped footage. */
import { execFile } from 'node:child_process';

export interface ClipOptions {
  readonly codec?: 'h264' | 'h265';
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  /** A keyframe every so many frames. */
  readonly gop: number;
  /** A filter graph with a source, without size and rate. Default `testsrc2`. */
  readonly source?: string;
  /** More of x264's or x265's parameters, `a=b:c=d`. */
  readonly parameters?: string;
  /** A filter behind the source. */
  readonly filter?: string;
  readonly crf?: number;
  /** Default `veryfast`. */
  readonly preset?: string;
  /** Default 60 s. */
  readonly limitMs?: number;
}

/** The clip as an Annex B byte stream; each access unit begins with a delimiter. */
export function encodeClip(options: ClipOptions): Promise<Buffer> {
  const { codec = 'h264', width, height, fps, frames, gop, source = 'testsrc2', crf = 30, limitMs = 60_000 } = options;
  const isH264 = codec === 'h264';
  const own = `keyint=${gop}:min-keyint=${gop}:scenecut=0:aud=1:repeat-headers=1`;
  const parameters = [own, ...(options.parameters === undefined ? [] : [options.parameters])].join(':');
  const args = ['-v', 'error', '-f', 'lavfi', '-i', `${source}=size=${width}x${height}:rate=${fps}`];
  if (options.filter !== undefined) args.push('-vf', options.filter);
  args.push('-frames:v', String(frames), '-pix_fmt', 'yuv420p', '-threads', '1');
  args.push('-c:v', isH264 ? 'libx264' : 'libx265', '-preset', options.preset ?? 'veryfast', '-crf', String(crf));
  args.push(isH264 ? '-x264-params' : '-x265-params', isH264 ? parameters : `${parameters}:log-level=none:pools=none`);
  args.push('-f', isH264 ? 'h264' : 'hevc', '-');
  return new Promise((resolve, reject) => {
    execFile('ffmpeg', args, { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024, timeout: limitMs }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}

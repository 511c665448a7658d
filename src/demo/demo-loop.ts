/**
 * Encodes a drawn scene once, into memory: pictures go to ffmpeg as raw RGB, H.264 comes back. Nothing touches the
 * disk, for there is no plain video on a disk of ours, not even a drawn one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Problem } from '../base/problem.ts';
import { h264Format } from '../media/h264.ts';
import { fromAnnexB, h264Nal, isKeyframeSlice, isSlice, lengthPrefixed, nalType } from '../media/nal.ts';
import type { VideoFormat } from '../media/sample.ts';

export interface LoopOptions {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly frames: number;
  /** Frame number to RGB, height × width × 3. */
  readonly draw: (frame: number) => Promise<Uint8Array>;
}

export interface EncodedPicture {
  /** NAL units behind their 4-byte lengths. */
  readonly data: Uint8Array;
  readonly keyframe: boolean;
}

export interface EncodedLoop {
  readonly format: VideoFormat;
  readonly pictures: readonly EncodedPicture[];
}

const maxBytes = 64 * 1024 * 1024;

export async function encodeLoop(options: LoopOptions, signal: AbortSignal): Promise<EncodedLoop> {
  const { width, height, framesPerSecond, frames, draw } = options;
  const child = spawn(
    'ffmpeg',
    [
      ...['-nostdin', '-hide_banner', '-loglevel', 'error'],
      ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-video_size', `${width}x${height}`],
      ...['-framerate', String(framesPerSecond), '-i', 'pipe:0'],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-pix_fmt', 'yuv420p', '-bf', '0', '-threads', '1'],
      ...['-g', String(framesPerSecond), '-sc_threshold', '0', '-bsf:v', 'dump_extra=freq=keyframe', '-f', 'h264'],
      'pipe:1',
    ],
    { stdio: ['pipe', 'pipe', 'ignore'], signal, env: { PATH: '/usr/bin:/bin' } },
  );
  const ended = once(child, 'close');
  // Looked at below; until then an abort is no unhandled rejection.
  ended.catch(() => {});
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) child.kill('SIGKILL');
    chunks.push(chunk);
  });
  child.stdin.on('error', () => {});
  try {
    for (let frame = 0; frame < frames; frame++) {
      const room = child.stdin.write(await draw(frame));
      if (!room) await once(child.stdin, 'drain', { signal });
    }
    child.stdin.end();
    await ended;
  } catch (error) {
    child.kill('SIGKILL');
    throw new Problem('demo/encoder', 'the demo picture could not be encoded', { cause: error });
  }
  return splitLoop(Buffer.concat(chunks));
}

function splitLoop(stream: Uint8Array): EncodedLoop {
  const units = fromAnnexB(stream);
  const sps = units.find((unit) => nalType('h264', unit) === h264Nal.sps);
  const pps = units.find((unit) => nalType('h264', unit) === h264Nal.pps);
  const format = sps === undefined || pps === undefined ? undefined : h264Format(sps, pps);
  if (format === undefined) throw new Problem('demo/encoder', 'the demo picture could not be encoded');
  const pictures: EncodedPicture[] = [];
  let current: Uint8Array[] = [];
  for (const unit of units) {
    current.push(unit);
    // x264 with one thread writes one slice a picture, so that a slice ends it.
    const type = nalType('h264', unit);
    if (!isSlice('h264', type)) continue;
    pictures.push({ data: lengthPrefixed(current), keyframe: isKeyframeSlice('h264', type) });
    current = [];
  }
  return { format, pictures };
}

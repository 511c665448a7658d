/**
 * For tests and measurements only: samples out of an MP4 file, as a camera would deliver them. ffprobe says where they
 * lie; the bytes are taken as they are.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sample, VideoFormat } from '../media/sample.ts';

const run = promisify(execFile);

export interface Footage {
  readonly format: VideoFormat;
  readonly samples: readonly Sample[];
}

interface Probe {
  readonly streams: readonly {
    readonly codec_name: string;
    readonly width: number;
    readonly height: number;
    readonly time_base: string;
  }[];
  readonly packets: readonly {
    readonly pts: number;
    readonly dts: number;
    readonly size: string;
    readonly pos: string;
    readonly flags: string;
  }[];
}

/** The folder of test clips: `$SENTRIX_SHARED` or `../shared` beside the repository; undefined where there is none. */
export function footageFolder(shared: string | undefined): string | undefined {
  const folder = join(shared ?? join(import.meta.dirname, '../../../shared'), 'cameras/clips');
  return existsSync(folder) ? folder : undefined;
}

/** A clip that needs nothing but ffmpeg: `seconds` of moving test picture at 15 frames a second, a keyframe each second. */
export async function makeClip(file: string, seconds: number, options: readonly string[] = []): Promise<void> {
  const source = ['-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=15:duration=${seconds}`, '-pix_fmt', 'yuv420p'];
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '15', ...options];
  await run('ffmpeg', ['-nostdin', '-v', 'error', ...source, ...codec, '-video_track_timescale', '90000', '-y', file]);
}

/** `startAt`: UTC ms of the first sample in presentation order. */
export async function readFootage(file: string, startAt: number): Promise<Footage> {
  const entries = 'stream=codec_name,width,height,time_base:packet=pts,dts,size,pos,flags';
  const args = ['-v', 'error', '-select_streams', 'v:0', '-show_entries', entries, '-of', 'json', file];
  const { stdout } = await run('ffprobe', args, { maxBuffer: 64 * 1024 * 1024 });
  const probe = JSON.parse(stdout) as Probe;
  const bytes = await readFile(file);
  const stream = probe.streams[0]!;
  const codec = stream.codec_name === 'hevc' ? 'h265' : 'h264';
  const at = bytes.indexOf(codec === 'h264' ? 'avcC' : 'hvcC', 0, 'latin1');
  const format: VideoFormat = {
    kind: 'video',
    codec,
    timeScale: Number(stream.time_base.split('/')[1]),
    width: stream.width,
    height: stream.height,
    codecString: codec,
    configuration: bytes.subarray(at + 4, at - 4 + bytes.readUInt32BE(at - 4)),
    parameterSets: [],
  };
  const first = Math.min(...probe.packets.map((packet) => packet.pts));
  const samples = probe.packets.map(
    (packet): Sample => ({
      format,
      ptsTicks: packet.pts,
      dtsTicks: packet.dts,
      at: startAt + ((packet.pts - first) * 1000) / format.timeScale,
      keyframe: packet.flags.includes('K'),
      damaged: false,
      discontinuity: false,
      data: bytes.subarray(Number(packet.pos), Number(packet.pos) + Number(packet.size)),
    }),
  );
  return { format, samples };
}

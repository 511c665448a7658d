/** What the tests of the second copy share: a system that has one, and how much of a clip a copy gives without us. */
import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, run } from './process.ts';
import type { Site, System } from './sentrix.ts';

export interface Listed {
  readonly id: number;
  readonly file_path: string;
  readonly timestamp: string;
}

export interface MirrorAnswer {
  readonly state: string;
  readonly waiting: number;
  readonly problem?: string;
}

export const copyOf = (at: Site): string => join(at.directory, 'copy');

/** `mirror`: that section, in YAML's short form. */
export const configuration = (at: Site, mirror: string): string => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", mode: continuous, pre_buffer_seconds: 0, max_clip_seconds: 30 }
mirror: ${mirror}
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`;

/** The running clip, once it has lasted so long. */
export async function recorded(system: System, ms: number): Promise<Listed> {
  return await eventually(
    `${ms} ms of the demo camera are recorded`,
    async () => {
      const { recordings } = (await system.ask('/api/recordings?state=open')).json<{ recordings: Listed[] }>();
      const first = recordings[0];
      return first !== undefined && Date.now() - Date.parse(first.timestamp) > ms ? first : undefined;
    },
    60_000,
  );
}

/** Of `clip` in `directory`, joined with its tail as the sheet's words do, by the age tool alone. */
export async function secondsOf(site: Site, clip: Listed, directory: string): Promise<number> {
  const target = join(site.directory, 'clip.mp4');
  const owner = join(site.home, 'keys', 'owner.key');
  const key = (await readdir(join(directory, 'keys'))).find((name) => name.endsWith('.key.age'))!;
  const day = join(site.directory, 'day.key');
  const wrapped = await run('age', ['-d', '-i', owner, '-o', day, join(directory, 'keys', key)]);
  assert.equal(wrapped.code, 0, wrapped.output);
  const path = join(directory, `${clip.file_path}.age`);
  // age stops at the tear; what came before it is good.
  await run('sh', ['-c', 'age -d -i "$1" "$2" > "$3" 2>/dev/null || true', 'sh', day, path, target]);
  const head = await readFile(target);
  const tailPath = path.replace(/\.mp4\.age$/, '.tail.age');
  await rm(`${target}.tail`, { force: true });
  const opened = await run('age', ['-d', '-i', day, '-o', `${target}.tail`, tailPath]);
  if (opened.code === 0) {
    const tail = await readFile(`${target}.tail`);
    // src/vault/clip-tail.ts: magic (8), length of the id (2), the id, offset (8)
    const header = 10 + tail.readUInt16BE(8) + 8;
    const offset = Number(tail.readBigUInt64BE(header - 8));
    assert.ok(offset <= head.length, 'no gap between clip and tail');
    await writeFile(target, Buffer.concat([head.subarray(0, offset), tail.subarray(header)]));
  }
  await rm(day);
  const args = [
    '-v',
    'error',
    '-count_packets',
    '-select_streams',
    'v',
    '-show_entries',
    'packet=pts_time',
    '-of',
    'csv=p=0',
    target,
  ];
  const { output } = await run('ffprobe', args);
  const times = output.split('\n').map(Number.parseFloat).filter(Number.isFinite);
  return Math.max(0, ...times);
}

export async function started(site: Site): Promise<System> {
  const system = await site.start();
  await system.login('owner', 'correct horse battery');
  return system;
}

export async function mirrorOf(system: System): Promise<MirrorAnswer> {
  return (await system.ask('/api/storage')).json<{ mirror: MirrorAnswer }>().mirror;
}

export async function objects(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.endsWith('.age') || name.endsWith('.recipient')).toSorted();
}

/** Every finished object is there, byte for byte; nothing else is. */
export async function same(site: Site): Promise<true | undefined> {
  const ended = (name: string): boolean => !name.endsWith('.tail.age');
  const [here, there] = [(await objects(site.recordings)).filter(ended), (await objects(copyOf(site))).filter(ended)];
  return here.join() === there.join() ? true : undefined;
}

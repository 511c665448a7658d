/**
 * Sixty-four cameras of 2 Mbit/s received, kept in the ring and recorded encrypted, beside sixty-four `ffmpeg -c copy` of the
 * same cameras; every recording is opened afterwards and its pictures are counted against those that were sent. Then two
 * hundred players of one camera. Cameras and players are processes of their own.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeClip } from '../test/support/encode-clip.ts';
import type { Started } from '../test/support/process.ts';
import { run, start } from '../test/support/process.ts';
import type { Site } from '../test/support/sentrix.ts';
import type { Figure } from './figures.ts';
import { single, spreadOf } from './figures.ts';
import { loadOf, residentMb } from './process-load.ts';
import { allLive, createSite, owner } from './system.ts';

/** Fewer, and shorter, to try the bench itself. */
const count = Number(process.env['BENCH_MANY_COUNT'] ?? 64);
const fps = 15;
const players = 200;
const warmUpMs = 8000;
/** BENCH_MANY_SECONDS=300: five minutes. */
const seconds = Number(process.env['BENCH_MANY_SECONDS'] ?? 60);
const rounds = 6;
const viewer = { name: 'viewers', password: 'watch-only-with-this-long-password' };

export async function many(): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  const site = await createSite({ cameras: ['video/none'] });
  stack.defer(() => site.remove());
  // 1080p of a moving test picture with noise, held to 2 Mbit/s.
  const clip = join(site.directory, 'clip.h264');
  const parameters = 'bframes=0:bitrate=2000:vbv-maxrate=2000:vbv-bufsize=2000:nal-hrd=cbr:sliced-threads=0';
  const encoded = await encodeClip({
    width: 1920,
    height: 1080,
    fps,
    frames: 60,
    gop: 30,
    filter: 'noise=alls=12:allf=t',
    parameters,
  });
  await writeFile(clip, encoded);
  const source = node('many-source.ts', [clip, String(fps)]);
  stack.defer(async () => void (await source.stop().catch(() => {})));
  const { port } = await source.line<{ port: number }>((value) => value['port'] !== undefined);
  const url = (name: string): string => `rtsp://127.0.0.1:${port}/${name}`;
  await site.addUser(viewer.name, 'viewer', viewer.password, ['--stream', '--camera', 'all']);
  await configure(
    site,
    Array.from({ length: count }, (_, i) => url(`camera-${i + 1}`)),
  );
  const system = await site.start();
  stack.defer(async () => void (await system.process.stop()));
  await system.login(owner.name, owner.password);
  await allLive(system);
  const copies = Array.from({ length: count }, (_, i) =>
    copy(url(`copy-${i + 1}`), join(site.directory, `copy-${i}.mp4`)),
  );
  stack.defer(async () => {
    await Promise.all(copies.map((one) => one.stop('SIGKILL').catch(() => {})));
  });
  await wait(warmUpMs);
  const pids = copies.map(({ child }) => child.pid!);
  const window = { rounds, windowMs: (seconds * 1000) / rounds };
  const [ours, theirs] = await loadOf([[system.ready.pid], pids], window);
  const memory = residentMb(system.ready.pid);
  const copyMemory = pids.reduce((sum, pid) => sum + residentMb(pid), 0);
  await Promise.all(copies.map((one) => one.stop('SIGKILL').catch(() => {})));

  const playersUrl = new URL(`${system.ready.rtsp}/video/camera-1`);
  playersUrl.username = viewer.name;
  const crowd = start(
    process.execPath,
    [join(import.meta.dirname, 'many-players.ts'), playersUrl.href, String(players)],
    {
      env: { RTSP_PASSWORD: viewer.password },
    },
  );
  stack.defer(async () => void (await crowd.stop().catch(() => {})));
  await crowd.line((value) => value['playing'] === players);
  const [withPlayers] = await loadOf([[system.ready.pid]], { rounds: 5, windowMs: 2000 });
  crowd.child.kill('SIGTERM');
  const { bytes } = await crowd.line<{ bytes: number[] }>((value) => value['bytes'] !== undefined);

  await system.process.stop();
  source.child.kill('SIGTERM');
  const { sent } = await source.line<{ sent: Record<string, number> }>((value) => value['sent'] !== undefined);
  const missing = await missingPictures(site, sent);

  const base = spreadOf(ours!).median;
  const each = (loads: readonly number[]): number[] => loads.map((load) => load / count);
  return [
    {
      name: 'many/cpu',
      unit: '% of a core a camera',
      ours: spreadOf(each(ours!)),
      reference: { name: 'ffmpeg -c copy', ...spreadOf(each(theirs!)) },
      limit: 0.3,
      note: `${count} cameras, 1080p15 at 2 Mbit/s, ${seconds} s; ours encrypts, the reference doesn't`,
    },
    {
      name: 'many/memory',
      unit: 'MB',
      ours: single(memory),
      reference: { name: 'ffmpeg -c copy', ...single(copyMemory) },
    },
    {
      name: 'many/missing',
      unit: 'pictures',
      ours: single(missing.pictures, missing.counted),
      limit: 0,
      note: `of ${missing.counted} sent, counted in the opened recordings; those of the last half second don't count`,
    },
    {
      name: 'many/players',
      unit: '% of a core',
      ours: spreadOf(withPlayers!.map((load) => Math.max(0, load - base))),
      limit: 100,
      note: `for ${players} players of one camera, beside the ${count} cameras; ${Math.round(bytes.reduce((sum, one) => sum + one, 0) / 1e6)} MB in all, the least ${Math.round(Math.min(...bytes) / 1e3)} kB`,
    },
  ];
}

function node(script: string, args: readonly string[]): Started {
  return start(process.execPath, [join(import.meta.dirname, script), ...args]);
}

function copy(url: string, file: string): Started {
  const input = ['-rtsp_transport', 'tcp', '-i', url];
  return start('ffmpeg', ['-nostdin', '-v', 'error', ...input, '-an', '-c', 'copy', '-f', 'mp4', '-y', file]);
}

async function configure(site: Site, urls: readonly string[]): Promise<void> {
  const cameras = urls.map((url, i) => `  - { name: camera-${i + 1}, source: "${url}" }`).join('\n');
  await site.configure(`
cameras:
${cameras}
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { mode: continuous, pre_buffer_seconds: 5, max_storage_gb: 100, recordings_dir: "${site.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`);
}

/** Opens each recording and counts. A camera whose clip begins late, or that came again, misses what wasn't recorded. */
async function missingPictures(site: Site, sent: Readonly<Record<string, number>>) {
  const { output } = await site.run(['recording', 'list', '--limit', '1000', '--json']);
  const found = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { event: string; camera?: string; file?: string })
    .filter(({ event }) => event === 'recording');
  const counted = new Map<string, number>();
  const count = async ({ file, camera }: (typeof found)[number], place: number): Promise<void> => {
    const plain = join(site.directory, `plain-${place}.mp4`);
    const sealed = join(site.recordings, `${file}.age`);
    const opened = await site.run(['recording', 'decrypt', sealed, '-o', plain]);
    if (opened.code !== 0) throw new Error(opened.output);
    const probe = await run('ffprobe', [
      ...['-v', 'error', '-count_packets', '-select_streams', 'v'],
      ...['-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0', plain],
    ]);
    await rm(plain);
    counted.set(camera!, (counted.get(camera!) ?? 0) + Number(/\d+/.exec(probe.output)?.[0] ?? 0));
  };
  const left = found.values();
  await Promise.all(
    [0, 1, 2].map(async (place) => {
      for (const one of left) await count(one, place);
    }),
  );
  let pictures = 0;
  let all = 0;
  for (const [path, number] of Object.entries(sent)) {
    if (!path.startsWith('/camera-')) continue;
    all += number;
    const gap = number - (counted.get(path.slice(1)) ?? 0);
    if (gap > fps / 2) pictures += gap;
  }
  return { pictures, counted: all };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

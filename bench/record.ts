/**
 * Sixteen cameras received, encrypted and recorded, beside sixteen `ffmpeg -c copy` that write the same streams to files
 * without encrypting them. Both run at the same time on the same cameras. Then, with ours alone, whether memory grows.
 */
import { join } from 'node:path';
import { startCamera } from '../test/support/camera.ts';
import type { Started } from '../test/support/process.ts';
import { start } from '../test/support/process.ts';
import type { Figure } from './figures.ts';
import { single, spreadOf } from './figures.ts';
import { loadOf, residentMb } from './process-load.ts';
import { allLive, createSite, owner } from './system.ts';

const count = 16;
const preBufferSeconds = 10;
const gopSeconds = 2;
/** Of `one-hd.mp4`. */
const bitsPerSecond = 1_350_000;
const warmUpMs = 15_000;
const measured = { rounds: 7, windowMs: 5000 };
const growthMs = 180_000;
const limits = { cpuPercent: 0.5, baseMb: 120, cameraMb: 3 };

export async function record(): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  const camera = await startCamera({ clip: 'one-hd.mp4', auth: 'open', count, staggerSeconds: 1.7 });
  stack.defer(async () => void (await camera.process.stop()));
  const site = await createSite({
    cameras: camera.urls.map((url, i) => `{ name: "Camera ${i + 1}", source: "${url}" }`),
    recording: `mode: continuous, pre_buffer_seconds: ${preBufferSeconds}`,
  });
  stack.defer(() => site.remove());
  const system = await site.start();
  stack.defer(async () => void (await system.process.stop()));
  await system.login(owner.name, owner.password);
  await allLive(system);
  const copies = camera.urls.map((url, i) => copy(url, join(site.directory, `copy-${i}.mp4`)));
  stack.defer(async () => {
    await Promise.all(copies.map((one) => one.stop('SIGINT').catch(() => {})));
  });
  await wait(warmUpMs);

  const pids = copies.map(({ child }) => child.pid!);
  const [ours, theirs] = await loadOf([[system.ready.pid], pids], measured);
  const memory = residentMb(system.ready.pid);
  const copyMemory = pids.reduce((sum, pid) => sum + residentMb(pid), 0);
  await Promise.all(copies.map((one) => one.stop('SIGINT').catch(() => {})));
  const growth = await slope(system.ready.pid, growthMs);

  const each = (loads: readonly number[]): number[] => loads.map((load) => load / count);
  const ringMb = (count * (preBufferSeconds + gopSeconds / 2) * bitsPerSecond) / 8 / 1e6;
  return [
    {
      name: 'record/cpu',
      unit: '% of a core a camera',
      ours: spreadOf(each(ours!)),
      reference: { name: 'ffmpeg -c copy', ...spreadOf(each(theirs!)) },
      limit: limits.cpuPercent,
      note: `${count} cameras, 1080p15 at 1.35 Mbit/s; ours encrypts, the reference doesn't`,
    },
    {
      name: 'record/memory',
      unit: 'MB beyond the pre-buffers',
      ours: single(memory - ringMb),
      reference: { name: 'ffmpeg -c copy', ...single(copyMemory) },
      limit: limits.baseMb + count * limits.cameraMb,
      note: `${Math.round(memory)} MB resident, of which ${Math.round(ringMb)} MB are ${preBufferSeconds} s of each camera`,
    },
    {
      name: 'record/memory-growth',
      unit: 'MB a minute',
      ours: single(growth.perMinute, growth.count),
      note: `least squares over ${growthMs / 60_000} minutes; ended at ${Math.round(growth.lastMb)} MB`,
    },
  ];
}

function copy(url: string, file: string): Started {
  const input = ['-rtsp_transport', 'tcp', '-i', url];
  return start('ffmpeg', ['-nostdin', '-v', 'error', ...input, '-an', '-c', 'copy', '-f', 'mp4', '-y', file]);
}

async function slope(pid: number, forMs: number): Promise<{ perMinute: number; lastMb: number; count: number }> {
  const points: [minutes: number, mb: number][] = [];
  const begun = performance.now();
  while (performance.now() - begun < forMs) {
    points.push([(performance.now() - begun) / 60_000, residentMb(pid)]);
    await wait(1000);
  }
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const under = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return { perMinute: over / under, lastMb: points.at(-1)![1], count: points.length };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * How late the serving process's event loop is while four cameras are detected on, beside the same process when none
 * is: a detection must never block. The delay is measured inside the process, by `loop-delay.ts`, which is preloaded.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startCamera } from '../test/support/camera.ts';
import { eventually, start } from '../test/support/process.ts';
import { System, sentrixBinary } from '../test/support/sentrix.ts';
import { detectThroughput } from './detect-throughput.ts';
import type { Figure } from './figures.ts';
import { single, spreadOf } from './figures.ts';
import { loadOf } from './process-load.ts';
import { allLive, createSite, owner } from './system.ts';

const count = 4;
/** A quarter of the clip apart, so that somebody is in view of at least one camera at nearly all times. */
const staggerSeconds = 36;
const rounds = 7;
const windowMs = 6000;
const limitMs = 20;

interface Delay {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

interface Measured {
  readonly delays: readonly Delay[];
  /** Per cent of a core, of the serving process. */
  readonly load: readonly number[];
  readonly events: number;
}

export async function detect(): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  const startSeconds = 15;
  const camera = await startCamera({ clip: 'visits-sub.mp4', auth: 'open', count, staggerSeconds, startSeconds });
  stack.defer(async () => void (await camera.process.stop()));
  const without = await measure(camera.urls, false);
  const detecting = await measure(camera.urls, true);
  if (detecting.events === 0) throw new Error('nobody was detected, so nothing was measured');
  const each = (from: Measured, pick: (delay: Delay) => number): number[] => from.delays.map(pick);
  await camera.process.stop();
  const many = await sixteen();
  return [
    ...(await detectThroughput()),
    {
      name: 'detect/loop-delay-p99-16',
      unit: 'ms',
      ours: spreadOf(many.delays.map(({ p99 }) => p99)),
      limit: limitMs,
      note: `16 cameras, 2 of them with visitors; ${many.events} events while it was measured`,
    },
    {
      name: 'detect/loop-delay-p99',
      unit: 'ms',
      ours: spreadOf(each(detecting, ({ p99 }) => p99)),
      reference: { name: 'not detecting', ...spreadOf(each(without, ({ p99 }) => p99)) },
      limit: limitMs,
      note: `${count} cameras; ${detecting.events} events while it was measured`,
    },
    {
      name: 'detect/loop-delay-max',
      unit: 'ms',
      ours: single(Math.max(...each(detecting, ({ max }) => max))),
      reference: { name: 'not detecting', ...single(Math.max(...each(without, ({ max }) => max))) },
    },
    {
      name: 'detect/serving-cpu',
      unit: '% of a core, without decoders and model',
      ours: spreadOf(detecting.load),
      reference: { name: 'not detecting', ...spreadOf(without.load) },
    },
  ];
}

/** Two cameras with somebody in view most of the time, and fourteen of an empty room. */
async function sixteen(): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const busy = await startCamera({ clip: 'visits-sub.mp4', auth: 'open', count: 2, staggerSeconds, startSeconds: 15 });
  stack.defer(async () => void (await busy.process.stop()));
  const quiet = await startCamera({ clip: 'empty.mp4', auth: 'open', count: 14, staggerSeconds: 2, startSeconds: 0 });
  stack.defer(async () => void (await quiet.process.stop()));
  const measured = await measure([...busy.urls, ...quiet.urls], true);
  if (measured.events === 0) throw new Error('nobody was detected among sixteen cameras');
  return measured;
}

async function measure(urls: readonly string[], detecting: boolean): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const site = await createSite({
    cameras: urls.map((url, i) => `{ name: "Camera ${i + 1}", source: "${url}" }`),
    detection: `enabled: ${detecting}`,
  });
  stack.defer(() => site.remove());
  const file = join(site.directory, 'loop-delay.json');
  const preload = join(import.meta.dirname, 'loop-delay.ts');
  const args = ['start', '--json', '--config', site.configuration, '--home', site.home];
  const env = { NODE_OPTIONS: `--import=${preload}`, LOOP_DELAY_FILE: file };
  const started = start(sentrixBinary, args, { stdin: '', env });
  stack.defer(async () => void (await started.stop()));
  const system = new System(site, started, await started.line((value) => value['event'] === 'ready'));
  await system.login(owner.name, owner.password);
  await allLive(system);
  // The model is read and the first pictures are decoded: that is start-up, and has no limit here.
  if (detecting) await eventually('an event', async () => ((await eventCount(system)) > 0 ? true : undefined), 90_000);
  else await wait(windowMs);
  await takeDelay(system.ready.pid, file);
  const delays: Delay[] = [];
  const load: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [loads] = await loadOf([[system.ready.pid]], { rounds: 1, windowMs });
    load.push(loads![0]!);
    delays.push(await takeDelay(system.ready.pid, file));
  }
  return { delays, load, events: await eventCount(system) };
}

async function eventCount(system: System): Promise<number> {
  return (await system.ask('/api/alerts')).json<{ alerts: unknown[] }>().alerts.length;
}

/** What the loop was like since the last call. */
async function takeDelay(pid: number, file: string): Promise<Delay> {
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  return await eventually('the delay', async () => {
    try {
      return JSON.parse(await readFile(file, 'utf8')) as Delay;
    } catch {
      return undefined;
    }
  });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

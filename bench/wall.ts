/**
 * A full wall in Chromium: 16 cameras of 640x360 for three minutes, whose page must not grow; the same wall by `<video>` and
 * Media Source Extensions beside it; and how long a key or a click takes to show with nine live cameras.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openBrowser } from '../test/support/browser.ts';
import { startCamera } from '../test/support/camera.ts';
import type { System } from '../test/support/sentrix.ts';
import type { Figure } from './figures.ts';
import { quantile, single, spreadOf } from './figures.ts';
import { loadOf, residentMb } from './process-load.ts';
import { allLive, createSite, owner } from './system.ts';

const sixteen = Array.from({ length: 16 }, (_, index) => `camera-${index + 1}`);
const nine = { name: 'nine', password: 'a wall of nine cameras', cameras: sixteen.slice(0, 9) };
/** Decoders, canvases and the JIT have what they want by then. */
const settleMs = 30_000;
const watchMs = 180_000;
const sampleMs = 3000;
const load = { rounds: 7, windowMs: 2000 };
const interactions = 40;
/** What a second look at the same wall may differ by: V8 collects when it likes. */
const growthLimitMb = 20;
const paintLimitMs = 100;

export async function wall(): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  const camera = await startCamera({ clip: 'visits-sub.mp4', count: 16, staggerSeconds: 3, auth: 'open' });
  stack.defer(async () => void (await camera.process.stop('SIGKILL')));
  const lines = sixteen.map((id, index) => `{ id: ${id}, path: video/${id}, source: "${camera.urls[index]}" }`);
  const site = await createSite({ cameras: lines, recording: 'enabled: false' });
  stack.defer(() => site.remove());
  const system = await site.start();
  stack.defer(async () => void (await system.process.stop()));
  await site.addUser(
    nine.name,
    'viewer',
    nine.password,
    nine.cameras.flatMap((id) => ['--camera', id]),
  );
  await system.login(owner.name, owner.password);
  await allLive(system);
  const browser = stack.use(await openBrowser({ ca: join(site.home, 'certs', 'ca.crt') }));
  const page = await browser.context.newPage();

  await logIn(page, system);
  await open(page, `${system.ready.https}/`, 16);
  await page.waitForTimeout(settleMs);
  const ours = await loadOf([browserProcesses()], load);
  const memory = await watch(page);
  await open(page, `${system.ready.https}/?mse`, 16);
  await page.waitForTimeout(settleMs / 3);
  const mse = await loadOf([browserProcesses()], load);

  await system.login(nine.name, nine.password);
  await logIn(page, system);
  await open(page, `${system.ready.https}/`, 9);
  const paints = await interact(page);
  return [
    {
      name: 'wall/growth',
      unit: `MB of the page's processes, last minute less first, 16 cameras for ${watchMs / 60_000} minutes`,
      ours: single(memory.growthMb, memory.count),
      limit: growthLimitMb,
      note: `${Math.round(memory.firstMb)} MB in the first minute, ${Math.round(memory.lastMb)} MB in the last`,
    },
    {
      name: 'wall/cpu',
      unit: '% of a core, all processes of the browser, 16 cameras',
      ours: spreadOf(ours[0]!),
      reference: { name: 'MSE', ...spreadOf(mse[0]!) },
    },
    {
      name: 'wall/next-paint',
      unit: 'ms from a key or click to the next paint, p98, 9 live cameras',
      ours: single(
        quantile(
          paints.toSorted((a, b) => a - b),
          0.98,
        ),
        paints.length,
      ),
      limit: paintLimitMs,
    },
  ];
}

async function watch(page: Page) {
  const samples: number[] = [];
  for (let passed = 0; passed < watchMs; passed += sampleMs) {
    await page.waitForTimeout(sampleMs);
    samples.push(browserProcesses().reduce((sum, pid) => sum + residentMb(pid), 0));
  }
  const third = Math.floor(samples.length / 3);
  const firstMb = spreadOf(samples.slice(0, third)).median;
  const lastMb = spreadOf(samples.slice(-third)).median;
  return { firstMb, lastMb, growthMb: lastMb - firstMb, count: samples.length };
}

/** Runs in the page, whose types are not those of a bench. */
const noteInteractions = `{
  const seen = [];
  globalThis.seen = seen;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.interactionId > 0) seen.push(entry.duration);
  }).observe({ type: 'event', durationThreshold: 16 });
}`;

/** Durations in ms by the Event Timing API, which rounds to 8 and leaves out what is shorter than 16: those count as 16. */
async function interact(page: Page): Promise<readonly number[]> {
  await page.evaluate(noteInteractions);
  for (let i = 0; i < interactions / 4; i++) {
    await page.keyboard.press('b');
    await page.waitForTimeout(120);
    await page.locator(`[data-camera="${nine.cameras[i % 9]}"] button[aria-label^="Enlarge"]`).click();
    await page.waitForTimeout(300);
    await page.keyboard.press('ArrowRight');
    await page.waitForTimeout(300);
    await page.keyboard.press('Escape');
    await page.waitForTimeout(300);
  }
  const seen = await page.evaluate<number[]>('globalThis.seen');
  return [...seen, ...Array.from({ length: Math.max(0, interactions - seen.length) }, () => 16)];
}

async function open(page: Page, url: string, count: number): Promise<void> {
  await page.goto(url);
  const pictures = page.locator('li[data-camera] canvas[data-at]');
  await pictures.nth(count - 1).waitFor({ timeout: 60_000 });
}

async function logIn(page: Page, system: System): Promise<void> {
  const [name, value] = system.cookie!.split('=', 2) as [string, string];
  const cookie = { name, value, url: system.ready.https, secure: true, httpOnly: true, sameSite: 'Strict' as const };
  await page.context().addCookies([cookie]);
}

/** Chromium and all that it started, below this process. */
function browserProcesses(): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = tryRead(`/proc/${entry}/stat`);
    if (stat !== undefined) parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]));
  }
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (at === process.pid) return true;
    return false;
  };
  return [...parents.keys()].filter(
    (pid) => isBelow(pid) && (tryRead(`/proc/${pid}/cmdline`) ?? '').includes('chromium'),
  );
}

/** Processes end while they are looked at. */
function tryRead(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

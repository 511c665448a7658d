/**
 * From the camera's frame to the pixel on the screen: a publisher whose picture carries the time, the dashboard in
 * Chromium, and a look at its pixels with every repaint. Encoder, network, server, decoder and compositor are all in it.
 * Beside it, turn by turn, the same camera through MSE.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openBrowser } from '../test/support/browser.ts';
import type { Started } from '../test/support/process.ts';
import { start } from '../test/support/process.ts';
import type { System } from '../test/support/sentrix.ts';
import { clockFrame, height, width } from './clock-picture.ts';
import type { Figure, Spread } from './figures.ts';
import { quantile, single } from './figures.ts';
import { serveMse } from './live-mse.ts';
import { allLive, createSite, owner } from './system.ts';

const cameras = ['front', 'yard', 'door', 'gate'];
const publisher = { name: 'phone', password: 'publish-only-with-this-long-one' };
const framesPerSecond = 15;
const rounds = 3;
const roundMs = 7000;
const fourMs = 21_000;
/** A page that has just been opened compiles and warms up; nobody looks at a wall for two seconds. */
const settleMs = 2000;
const limitMs = 300;

export async function live(): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  const site = await createSite({ cameras: cameras.map((name) => `video/${name}`), recording: 'enabled: false' });
  stack.defer(() => site.remove());
  await site.addUser(
    publisher.name,
    'publisher',
    publisher.password,
    cameras.flatMap((name) => ['--camera', name]),
  );
  const system = await site.start();
  stack.defer(async () => void (await system.process.stop()));
  await system.login(owner.name, owner.password);
  const publishers = cameras.map((name) => publish(system, name));
  stack.defer(async () => {
    await Promise.all(publishers.map((one) => one.stop('SIGINT').catch(() => {})));
  });
  stack.defer(film(publishers));
  await allLive(system);
  const browser = stack.use(await openBrowser({ ca: join(site.home, 'certs', 'ca.crt') }));
  const page = await browser.context.newPage();
  await logIn(page, system);
  const mse = stack.use(await serveMse(system, cameras[0]!));

  const one: number[] = [];
  const byMse: number[] = [];
  for (let round = 0; round < rounds; round++) {
    one.push(...(await look(page, system.ready.https, [tile(cameras[0]!)], roundMs, cameras[0])));
    byMse.push(...(await look(page, mse.url, ['video'], roundMs)));
  }
  const four = await look(page, `${system.ready.https}/`, cameras.map(tile), fourMs);
  return [...figures('live/one-camera', one, byMse), ...figures('live/four-cameras', four)];
}

function tile(camera: string): string {
  return `[data-camera="${camera}"] canvas`;
}

function figures(name: string, ours: readonly number[], theirs?: readonly number[]): Figure[] {
  const at = (ages: readonly number[], part: number): Spread =>
    single(
      quantile(
        ages.toSorted((a, b) => a - b),
        part,
      ),
      ages.length,
    );
  return ([50, 95] as const).map((part) => ({
    name: `${name}-p${part}`,
    unit: 'ms from frame to pixel',
    ours: at(ours, part / 100),
    ...(theirs === undefined ? {} : { reference: { name: 'MSE', ...at(theirs, part / 100) } }),
    ...(part === 95 ? { limit: limitMs } : {}),
  }));
}

/** How old each picture was when it could first be seen, in ms. @param opened the camera that gets the wall for itself */
async function look(
  page: Page,
  url: string,
  selectors: readonly string[],
  forMs: number,
  opened?: string,
): Promise<readonly number[]> {
  await page.goto(url);
  for (const selector of selectors) await page.waitForSelector(selector);
  if (opened !== undefined) await page.click(`[data-camera="${opened}"] button`);
  await page.waitForTimeout(settleMs);
  const source = await readFile(join(import.meta.dirname, 'live-page.js'), 'utf8');
  const code = source.slice(source.indexOf('({')).trim().replace(/;$/, '');
  const ages = await page.evaluate<number[]>(`(${code})(${JSON.stringify({ selectors, forMs })})`);
  const expected = (selectors.length * framesPerSecond * forMs) / 1000;
  if (ages.length < expected / 2) throw new Error(`${ages.length} of ${expected} pictures were seen on ${selectors}`);
  return ages;
}

async function logIn(page: Page, system: System): Promise<void> {
  const [name, value] = system.cookie!.split('=', 2) as [string, string];
  const cookie = { name, value, url: system.ready.https, secure: true, httpOnly: true, sameSite: 'Strict' as const };
  await page.context().addCookies([cookie]);
}

function publish(system: System, camera: string): Started {
  const url = new URL(`${system.ready.rtsp}/video/${camera}`);
  url.username = publisher.name;
  url.password = publisher.password;
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', String(framesPerSecond)];
  // A camera's time stamps follow its clock, not the count of its pictures.
  const stamped = ['-use_wallclock_as_timestamps', '1'];
  const coded = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-tune',
    'zerolatency',
    '-threads',
    '1',
    '-g',
    '30',
    '-vsync',
    'passthrough',
  ];
  const sent = ['-f', 'rtsp', '-rtsp_transport', 'tcp', url.href];
  return start('ffmpeg', [
    '-v',
    'error',
    '-fflags',
    'nobuffer',
    '-probesize',
    '32',
    ...stamped,
    ...raw,
    '-i',
    '-',
    ...coded,
    ...sent,
  ]);
}

/** Gives each publisher a frame at every tick, with the time on it. @returns how to end it */
function film(publishers: readonly Started[]): () => void {
  const timer = setInterval(() => {
    const frame = clockFrame(Date.now());
    // A publisher that doesn't take its frames loses some instead of sending old ones.
    for (const { child } of publishers) if (child.stdin!.writableLength === 0) child.stdin!.write(frame);
  }, 1000 / framesPerSecond);
  return () => {
    clearInterval(timer);
    for (const { child } of publishers) child.stdin!.end();
  };
}

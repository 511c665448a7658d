/**
 * Pictures of every screen for the documentation, taken from the real system with real footage (see
 * docs/screenshots/README.md): phone and desktop, dark and light. `npm run screenshots`; needs the footage.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { openBrowser } from '../test/support/browser.ts';
import type { Camera } from '../test/support/camera.ts';
import { startCamera } from '../test/support/camera.ts';
import { admin, boxPixels, passphrase, setUp, tileOf } from '../test/support/dashboard.ts';
import { eventually } from '../test/support/process.ts';
import type { System } from '../test/support/sentrix.ts';
import { Site } from '../test/support/sentrix.ts';
import { withoutFootage } from '../test/support/shared.ts';

const directory = join(import.meta.dirname, '..', 'docs', 'screenshots');
const maxBytes = 300_000;
const screens = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const;
type Theme = 'dark' | 'light';

/** So that somebody is seen in both rooms, and later a car in the yard, soon after all three play. */
const footage = [
  { name: 'Living room', clip: 'visits.mp4', startSeconds: 12 },
  { name: 'Yard', clip: 'cars.mp4', startSeconds: 26 },
  { name: 'Workshop', clip: 'close.mp4', startSeconds: 14 },
] as const;

if (withoutFootage !== false) {
  console.error(withoutFootage);
  process.exit(1);
}
await mkdir(directory, { recursive: true });
for (const file of await readdir(directory)) if (file.endsWith('.png')) await rm(join(directory, file));
await using stack = new AsyncDisposableStack();
await takeAll();

async function takeAll(): Promise<void> {
  const site = stack.adopt(
    await Site.create(
      (at) => `
network: { api_port: 0 }
detection: { port: 0 }
recording: { recordings_dir: "${at.recordings}", post_buffer_seconds: 3 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    ),
    (made) => made.remove(),
  );
  const system = stack.adopt(await site.start(), async (started) => void (await started.process.stop()));
  const { url } = await system.process.line<{ url: string }>((value) => value['event'] === 'setup');
  // As the link says, and not by number: cookies and passkeys belong to a name.
  const { origin } = new URL(url);
  const browser = stack.use(await openBrowser({ ca: join(site.home, 'certs', 'ca.crt') }));
  const page = await browser.context.newPage();

  await setUp(page, url, (step) => shoot(page, `setup-${step}`));
  await system.login(admin.username, admin.password);
  await shoot(page, 'events-empty', ['dark'], ['phone'], '/events');
  await page.goto(`${origin}/`);
  await picture(page, 'demo');
  await boxes(page, 'demo');
  await shoot(page, 'wall-demo', ['dark']);

  const cameras = await addCameras(site);
  await page.goto(`${origin}/`);
  for (const id of ['living-room', 'yard', 'workshop']) await picture(page, id);
  await boxes(page, 'living-room');
  await shoot(page, 'wall', ['dark']);
  await page.goto(`${origin}/?camera=living-room`);
  await boxes(page, 'living-room');
  await shoot(page, 'camera', ['dark']);
  await choose(page, 'light', `${origin}/?camera=living-room`);
  await boxes(page, 'living-room');
  await shoot(page, 'camera', ['light']);
  await page.goto(`${origin}/`);
  for (const id of ['living-room', 'yard', 'workshop']) await picture(page, id);
  await boxes(page, 'workshop');
  await shoot(page, 'wall', ['light']);
  await choose(page, 'system', `${origin}/`);

  const recording = await recorded(system, 5);
  await shoot(page, 'events', ['dark', 'light'], ['desktop', 'phone'], '/events');
  await page.goto(`${origin}/events?recording=${recording}`);
  await playTo(page, 0.5);
  await shoot(page, 'player');
  await shoot(page, 'more', ['dark', 'light'], ['desktop', 'phone'], '/more');
  await shoot(page, 'timeline', ['dark', 'light'], ['desktop', 'phone'], '/timeline');
  await shoot(page, 'stats', ['dark', 'light'], ['desktop', 'phone'], '/stats');
  await shoot(page, 'settings', ['dark', 'light'], ['desktop', 'phone'], '/settings');
  await page.getByRole('button', { name: 'Zones' }).first().click();
  await page.getByRole('button', { name: 'Add a zone' }).click();
  await shoot(page, 'zones', ['dark'], ['desktop', 'phone']);
  await page.goto(`${origin}/settings`);
  await page.getByRole('button', { name: 'Times of Yard' }).click();
  await page.getByRole('button', { name: 'Add a time' }).click();
  await shoot(page, 'schedule', ['dark'], ['desktop', 'phone']);
  await page.goto(`${origin}/settings?section=keys`);
  await page.getByText('Who else can open recordings').waitFor();
  await shoot(page, 'keys');
  await shoot(page, 'security', ['dark', 'light'], ['desktop', 'phone'], '/security');
  await page.goto(`${origin}/wall`);
  for (const id of ['living-room', 'yard', 'workshop']) await picture(page, id);
  await shoot(page, 'kiosk', ['dark'], ['desktop']);

  await page.goto(`${origin}/`);
  for (const id of ['living-room', 'yard', 'workshop']) await picture(page, id);
  await cameras[2]!.process.stop('SIGKILL');
  await tileOf(page, 'workshop')
    .getByText(/Reconnecting|Can't reach/)
    .waitFor();
  await shoot(page, 'wall-camera-down', ['dark']);

  await page.goto(`${origin}/more`);
  await page.getByRole('button', { name: 'Lock' }).click();
  await page.getByLabel('Passphrase', { exact: true }).waitFor();
  await shoot(page, 'events-locked', ['dark', 'light'], ['desktop', 'phone'], '/events');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await shoot(page, 'unlock', ['dark'], ['desktop', 'phone']);
  await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  await page.goto(`${origin}/`);
  await picture(page, 'living-room');
  await page.goto(`${origin}/more`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await shoot(page, 'sign-in');
  await page.getByLabel('Name').fill(admin.username);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await shoot(page, 'sign-in-wrong', ['dark'], ['phone']);
  await page.getByLabel('Password', { exact: true }).fill(admin.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await picture(page, 'living-room');
  await system.process.stop();
  await page.getByText("Can't reach SentriX").waitFor();
  await shoot(page, 'wall-offline', ['dark']);
}

async function addCameras(site: Site): Promise<Camera[]> {
  const cameras = await Promise.all(footage.map((camera) => startCamera(camera)));
  for (const [index, camera] of cameras.entries()) {
    stack.defer(async () => void (await camera.process.stop('SIGKILL')));
    const source = camera.urls[0]!.replace('rtsp://', 'rtsp://cam@');
    const added = await site.run(
      ['camera', 'add', footage[index]!.name, '--source', source, '--password-stdin'],
      'secret\n',
    );
    if (added.code !== 0) throw new Error(added.output);
  }
  return cameras;
}

async function picture(page: Page, camera: string): Promise<void> {
  await tileOf(page, camera).locator('canvas[data-at]').waitFor({ timeout: 15_000 });
}

/** Waits until a box has been there for a second or so: who just came in is still half outside. */
async function boxes(page: Page, camera: string): Promise<void> {
  const overlay = tileOf(page, camera).locator('canvas').nth(1);
  let times = 0;
  await eventually(
    'a box',
    async () => {
      times = (await boxPixels(overlay)) > 50 ? times + 1 : 0;
      return times > 12 ? true : undefined;
    },
    100_000,
  );
}

/** Waits for so many recordings; the id of the newest of the living room. */
async function recorded(system: System, count: number): Promise<number> {
  return eventually(
    'recordings',
    async () => {
      const { recordings } = (await system.ask('/api/recordings')).json<{
        recordings: { id: number; stream_id: string }[];
      }>();
      if (recordings.length < count) return undefined;
      return recordings.find((one) => one.stream_id === 'living-room')?.id;
    },
    150_000,
  );
}

async function playTo(page: Page, share: number): Promise<void> {
  await page.locator('video').evaluate(async (element, part) => {
    const video = element as HTMLVideoElement;
    const next = (kind: string) =>
      new Promise<void>((resolve) => video.addEventListener(kind, () => resolve(), { once: true }));
    if (video.readyState < 2) await next('loadeddata');
    video.pause();
    const seeked = next('seeked');
    video.currentTime = video.duration * part;
    await seeked;
  }, share);
}

async function choose(page: Page, theme: Theme | 'system', url: string): Promise<void> {
  await page.evaluate((choice) => localStorage.setItem('sentrix.theme', choice), theme);
  await page.goto(url);
}

async function shoot(
  page: Page,
  name: string,
  themes: readonly Theme[] = ['dark', 'light'],
  sizes: readonly (keyof typeof screens)[] = ['desktop', 'phone'],
  path?: string,
): Promise<void> {
  for (const size of sizes) {
    await page.setViewportSize(screens[size]);
    for (const theme of themes) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      if (path !== undefined && new URL(page.url()).pathname !== path) {
        await page.goto(new URL(path, page.url()).href);
        await page.waitForLoadState('networkidle');
      }
      // After a resize boxes are drawn with the next picture, and pictures come when they come.
      await page.waitForTimeout(400);
      await save(join(directory, `${name}-${theme}-${size}.png`), await page.screenshot());
    }
  }
  await page.setViewportSize(screens.desktop);
}

/** As it is where that is small enough, else with as many colours as fit. */
async function save(file: string, png: Buffer): Promise<void> {
  for (const colours of [0, 256, 128, 64]) {
    const palette = colours === 0 ? {} : { palette: true, colours, dither: 0.8 };
    const packed = await sharp(png)
      .png({ compressionLevel: 9, effort: 8, ...palette })
      .toBuffer();
    if (packed.length > maxBytes && colours !== 64) continue;
    await writeFile(file, packed);
    console.log(`${file.slice(directory.length + 1)} ${Math.round(packed.length / 1000)} kB`);
    return;
  }
}

/** The dashboard's other pages with a camera that records: each on three screens, by keyboard, and without a fault. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { OpenedBrowser } from './support/browser.ts';
import { openBrowser } from './support/browser.ts';
import type { Camera } from './support/camera.ts';
import { startCamera } from './support/camera.ts';
import type { Faults } from './support/dashboard.ts';
import { accessibilityFaults, admin, brightness, pixelsOf, signIn, tileOf, watchPage } from './support/dashboard.ts';
import { eventually, run } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

const screens = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
  { width: 3840, height: 2160 },
] as const;

describe('dashboard pages', { skip: withoutFootage }, () => {
  let site: Site;
  let system: System;
  let browser: OpenedBrowser;
  let page: Page;
  let faults: Faults;
  let camera: Camera;
  let origin: string;

  before(async () => {
    site = await Site.create(
      (at) => `# of the test
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording:
  recordings_dir: "${at.recordings}"
  mode: continuous
  max_clip_seconds: 10 # short, to be looked at soon
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser(admin.username, 'admin', admin.password);
    system = await site.start();
    await system.login(admin.username, admin.password);
    camera = await startCamera({ clip: 'visits-sub.mp4', startSeconds: 12, count: 2 });
    for (const [index, name] of ['Room', 'Yard'].entries()) {
      const source = camera.urls[index]!;
      const body = { name, source, username: 'cam', password: 'secret' };
      assert.equal((await system.ask('/api/cameras', { method: 'POST', body })).status, 200);
    }
    const url = new URL(system.ready.https);
    url.hostname = 'localhost';
    ({ origin } = url);
    browser = await openBrowser({ ca: join(site.home, 'certs', 'ca.crt') });
    page = await browser.context.newPage();
    page.setDefaultTimeout(15_000);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    // Chromium reports each refusal: here that nobody is signed in yet.
    const expected = /status of 401 .*\/(api\/session|auth\/login)$/;
    faults = await watchPage(page, origin, (fault) => expected.test(fault));
    await page.goto(origin);
    await signIn(page);
    await page.getByRole('heading', { name: 'Wall' }).waitFor();
  });

  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await camera?.process.stop('SIGKILL');
    await system?.process.stop();
    await site?.remove();
  });

  afterEach(() => assert.deepEqual(faults.take(), []));

  it('loads the wall in at most 120 kB of compressed script', async () => {
    const bytes = await page.evaluate(() =>
      (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
        .filter(({ name }) => new URL(name).pathname.endsWith('.js'))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    );
    assert.ok(bytes > 10_000 && bytes <= 120_000, `${bytes} bytes`);
  });

  it('fits a phone, a desk and a wall: nothing is cut off, and everybody can use it', async () => {
    for (const path of [
      '/',
      '/events',
      '/timeline',
      '/stats',
      '/settings',
      '/settings?section=recording',
      '/security',
      '/more',
    ]) {
      await page.goto(`${origin}${path}`);
      await page.locator('main h1').waitFor();
      await page.waitForLoadState('networkidle');
      for (const screen of screens) {
        const place = `${path} on ${screen.width} × ${screen.height}`;
        await page.setViewportSize(screen);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wide <= 0, `${place} is ${wide} px too wide`);
        // Whatever order the sheets arrive in, a part's own rules stand above the reset.
        const mark = page.getByRole('navigation').getByRole('img', { name: 'SentriX' });
        assert.equal(await mark.isVisible(), screen.width >= 900, `${place}: layers`);
        // A wall has the same elements as a desk.
        if (screen.width < 2000) assert.deepEqual(await accessibilityFaults(page), [], place);
      }
    }
    await page.setViewportSize(screens[1]);
  });

  it('plays the day: seeks by keyboard, at other speeds, and several cameras in step', async () => {
    await eventually(
      'recordings',
      async () => {
        const totals = await Promise.all(['room', 'yard'].map((id) => system.ask(`/api/recordings?stream_id=${id}`)));
        return totals.every((answer) => answer.json<{ total: number }>().total > 0) ? true : undefined;
      },
      60_000,
    );
    await page.goto(`${origin}/timeline`);
    const video = page.locator('video');
    const playable = () =>
      eventually('a picture', () =>
        video.first().evaluate((element) => ((element as HTMLVideoElement).readyState >= 2 ? true : undefined)),
      );
    await playable();
    const slider = page.getByRole('slider');
    const second = async (): Promise<number> => Number(await slider.getAttribute('aria-valuenow'));
    await slider.focus();
    await page.keyboard.press('Home');
    await page.getByText('Nothing was recorded at this moment.').waitFor();
    // Playing jumps over what wasn't recorded.
    await page.getByLabel('Speed').selectOption('4');
    await page.getByRole('button', { name: 'Play' }).click();
    await playable();
    const first = await second();
    await eventually('time runs', async () => ((await second()) > first + 3 ? true : undefined));
    assert.equal(await video.evaluate((element) => (element as HTMLVideoElement).playbackRate), 4);
    // Between two clips there is a moment without a picture.
    await eventually('a picture that is not black', async () =>
      brightness(await pixelsOf(video)) > 20 ? true : undefined,
    );
    // From the beginning, and slowly: the day is short, and both have to be found playing.
    await page.getByRole('button', { name: 'All cameras in step' }).click();
    await page.getByLabel('Speed').selectOption('0.5');
    await slider.focus();
    await page.keyboard.press('Home');
    const play = page.getByRole('button', { name: 'Play' });
    if (await play.isVisible()) await play.click();
    await eventually('both play', async () => {
      const both = page.locator('video[aria-label="Room"], video[aria-label="Yard"]');
      const playing = await both.evaluateAll((all) =>
        all.map((element) => (element as HTMLVideoElement).readyState >= 2 && !(element as HTMLVideoElement).paused),
      );
      return playing.length === 2 && playing.every(Boolean) ? true : undefined;
    });
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.keyboard.press('+');
    assert.deepEqual(await accessibilityFaults(page), []);
    // What was seen in a clip, over the track. Nothing is detected here, so the server's word is given another picture.
    const one = /\/api\/recordings\/\d+$/;
    await page.route(one, async (route) => {
      const recording = (await system.ask(new URL(route.request().url()).pathname)).json<object>();
      await route.fulfill({ json: { ...recording, thumbnail_url: '/icon-192.png' } });
    });
    await page.reload();
    await page.locator('canvas').first().waitFor();
    const box = (await slider.boundingBox())!;
    const peek = page.locator('img[src="/icon-192.png"]');
    // Now stands at the right third; what was recorded is left of it.
    const row = (await page.getByText('Room', { exact: true }).last().boundingBox())!;
    let x = box.width * 0.7;
    await eventually('the thumbnail under the pointer', async () => {
      x = x < 10 ? box.width - 10 : x - 8;
      await page.mouse.move(box.x + x, row.y + 30);
      return peek
        .first()
        .waitFor({ timeout: 200 })
        .then(
          () => true,
          () => undefined,
        );
    });
    await page.unroute(one);
    await eventually('the moment stands in the address', async () =>
      new URL(page.url()).searchParams.has('at') ? true : undefined,
    );
  });

  it('changes a setting where the server takes it, and says why where it does not', async () => {
    await page.goto(`${origin}/settings?section=recording`);
    const field = page.getByLabel(/^Pre buffer seconds/);
    await field.fill('-3');
    await page.getByRole('button', { name: 'Save' }).click();
    await page
      .getByRole('alert')
      .getByText(/found -3; allowed: a number from/)
      .waitFor();
    await field.fill('6');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    const text = await readFile(site.configuration, 'utf8');
    assert.match(text, /pre_buffer_seconds: 6/);
    assert.match(text, /max_clip_seconds: 10 # short, to be looked at soon/);
    await page.getByLabel('Search all settings').fill('post buffer');
    await page.getByLabel(/^Post buffer seconds/).waitFor();
    // Chromium reports each refusal.
    assert.deepEqual(
      faults.take().filter((fault) => !/status of 422/.test(fault)),
      [],
    );
  });

  it('draws a zone by keyboard', async () => {
    await page.goto(`${origin}/settings`);
    await page.getByRole('button', { name: 'Zones' }).first().click();
    await page.getByRole('button', { name: 'Add a zone' }).click();
    await page.getByRole('button', { name: /^Corner 1, 30 %/ }).focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('button', { name: /^Corner 1, 29 %/ }).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.match(await readFile(site.configuration, 'utf8'), /zones:[\s\S]*0\.29/);
  });

  it('sets the times at which a camera is recorded', async () => {
    await page.goto(`${origin}/settings`);
    await page.getByRole('button', { name: 'Times of Yard' }).click();
    await page.getByText('It is recorded at all times.').waitFor();
    await page.getByRole('button', { name: 'Add a time' }).click();
    await page.getByRole('button', { name: 'Sun', exact: true }).click();
    await page.getByLabel('From').fill('00:00');
    await page.getByLabel('To', { exact: true }).fill('00:00');
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const written = () => readFile(site.configuration, 'utf8');
    assert.match(await written(), /days: \[ mon, tue, wed, thu, fri, sat \], from: 00:00, to: 24:00/);
    await page.getByRole('button', { name: 'Times of Yard' }).click();
    await page.getByRole('button', { name: 'Remove time 1' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.doesNotMatch(await written(), /schedule/);
  });

  it('keeps a recording, and takes a deletion back', async () => {
    await page.goto(`${origin}/events?camera=yard`);
    const cards = page.locator('li a[href*="recording="]');
    await cards.first().click();
    await page.getByRole('button', { name: /^Keep: / }).click();
    await page.getByRole('button', { name: 'Keep no longer' }).click();
    await page.getByRole('button', { name: /^Keep: / }).waitFor();
    await page.getByText('Labels and note').click();
    await page.getByLabel('Note').fill('the postman');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    const id = Number(new URL(page.url()).searchParams.get('recording'));
    const ask = () => system.ask(`/api/recordings/${id}`);
    assert.equal((await ask()).json<{ note: string }>().note, 'the postman');
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.locator(`a[href*="recording=${id}"]`).waitFor();
    assert.equal((await ask()).status, 200);
    await page.locator(`a[href*="recording=${id}"]`).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    // Leaving the page makes it final.
    await page.getByRole('link', { name: 'Wall' }).click();
    await eventually('it is gone', async () => ((await ask()).status === 404 ? true : undefined));
  });

  it('arranges the wall by keyboard, and shows it without a frame on /wall', async () => {
    await page.goto(origin);
    const order = () =>
      page.locator('li[data-camera]').evaluateAll((all) => all.map((tile) => (tile as HTMLElement).dataset['camera']));
    await page.getByRole('button', { name: 'Enlarge Room' }).focus();
    const before = await order();
    await page.keyboard.press(before[0] === 'room' ? 'Shift+ArrowRight' : 'Shift+ArrowLeft');
    await eventually('the other order', async () =>
      (await order()).join() === before.toReversed().join() ? true : undefined,
    );
    await page.goto(`${origin}/wall`);
    await tileOf(page, 'room').locator('canvas[data-at]').waitFor();
    assert.deepEqual(await order(), before.toReversed());
    assert.equal((await page.getByRole('link').count()) + (await page.getByRole('button').count()), 0);
    assert.deepEqual(await accessibilityFaults(page), []);
  });

  it('records a camera by hand and switches it off for privacy, from its tile', async () => {
    await page.goto(origin);
    const yard = tileOf(page, 'yard');
    await yard.locator('canvas[data-at]').waitFor();
    await yard.hover();
    await yard.getByRole('button', { name: 'Record Yard now' }).click();
    await yard.getByRole('button', { name: 'Stop recording Yard' }).click();
    await yard.getByRole('button', { name: 'Record Yard now' }).waitFor();
    await yard.getByRole('button', { name: 'Switch Yard off for privacy' }).click();
    await yard.getByText('Off for privacy').waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await yard.getByRole('button', { name: 'Switch Yard on again' }).click();
    await yard.getByText('Live', { exact: true }).waitFor();
  });

  it('lets another key open recordings, with the password once more, and shows the sheet', async () => {
    const made = await run('age-keygen', []);
    const recipient = /age1[0-9a-z]+/.exec(made.output)![0];
    await page.goto(`${origin}/settings?section=keys`);
    await page.getByText('Nobody but you.').waitFor();
    await page.getByRole('button', { name: 'Let somebody else in' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Public key of the other').fill(recipient);
    await dialog.getByLabel('Your password, once more', { exact: true }).fill('not the password');
    assert.deepEqual(await accessibilityFaults(page), []);
    await dialog.getByRole('button', { name: 'Let in' }).click();
    await dialog.getByText('That is not your password').waitFor();
    await dialog.getByLabel('Your password, once more', { exact: true }).fill(admin.password);
    await dialog.getByRole('button', { name: 'Let in' }).click();
    await page.getByRole('button', { name: `Remove ${recipient}` }).waitFor();
    await page.getByRole('button', { name: 'Show the key sheet' }).click();
    await dialog.getByLabel('Your password, once more', { exact: true }).fill(admin.password);
    await dialog.getByRole('button', { name: 'Show it' }).click();
    await page.getByText(/AGE-SECRET-KEY-1[0-9A-Z]{58}/).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.getByLabel(/I have saved the sheet/).check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Who else can open recordings').waitFor();
    // Chromium reports each refusal: here that of the wrong password.
    assert.deepEqual(
      faults.take().filter((fault) => !/status of 401/.test(fault)),
      [],
    );
  });

  it('verifies the audit log where it is asked to', async () => {
    await page.goto(`${origin}/security`);
    await page.getByRole('button', { name: 'Verify the log' }).click();
    await page.getByText(/^All \d+ entries are as they were written/).waitFor();
    await page.getByLabel('Search the entries below').fill('camera.added yard');
    await page.getByRole('cell', { name: 'camera.added' }).waitFor();
    assert.equal(await page.getByRole('cell', { name: 'config.changed' }).count(), 0);
  });

  it('speaks German where it is chosen, on every page', async () => {
    await page.goto(`${origin}/more`);
    await page.getByLabel('Deutsch').check();
    await page.getByRole('heading', { name: 'Mehr' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
    await page.getByRole('link', { name: 'Zeitleiste' }).click();
    await page.getByRole('heading', { name: 'Zeitleiste' }).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.evaluate(() => localStorage.setItem('sentrix.language', 'en'));
  });

  it('keeps nothing but its own files', async () => {
    await page.goto(origin);
    const kept = await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      const found: string[] = [];
      for (const name of await caches.keys())
        for (const { url } of await (await caches.open(name)).keys()) found.push(new URL(url).pathname);
      return found;
    });
    assert.ok(kept.includes('/'));
    assert.deepEqual(
      kept.filter((path) => !['/', '/layers.css'].includes(path) && !path.startsWith('/assets/')),
      [],
    );
  });
});

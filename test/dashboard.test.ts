/** The dashboard in Chromium, from the printed link to a played recording: what a newcomer does on the first evening. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { OpenedBrowser } from './support/browser.ts';
import { openBrowser } from './support/browser.ts';
import type { Camera } from './support/camera.ts';
import { startCamera } from './support/camera.ts';
import type { Faults } from './support/dashboard.ts';
import {
  accessibilityFaults,
  admin,
  boxPixels,
  brightness,
  difference,
  passphrase,
  pixelsOf,
  setUp,
  signIn,
  tileOf,
  watchPage,
} from './support/dashboard.ts';
import { eventually } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

/**
 * The clip's second at which the camera begins: somebody comes in at 20.4 and leaves at 34.2. Early enough for a busy
 * machine to see the empty room first, which the recording's beginning must show.
 */
const startSeconds = 15;

describe('dashboard', () => {
  let site: Site;
  let system: System;
  let browser: OpenedBrowser;
  let page: Page;
  let faults: Faults;
  let origin: string;
  let setupLink: string;

  before(async () => {
    site = await Site.create(
      (at) => `
network: { api_port: 0 }
detection: { port: 0 }
recording: { recordings_dir: "${at.recordings}", pre_buffer_seconds: 4, post_buffer_seconds: 2 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    system = await site.start();
    setupLink = (await system.process.line<{ url: string }>((value) => value['event'] === 'setup')).url;
    ({ origin } = new URL(setupLink));
    browser = await openBrowser({ ca: join(site.home, 'certs', 'ca.crt') });
    page = await browser.context.newPage();
    page.setDefaultTimeout(15_000);
    // What fades is looked at when it has faded.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    faults = await watchPage(page, origin, isRefusal);
  });

  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await system?.process.stop();
    await site?.remove();
  });

  afterEach(() => assert.deepEqual(faults.take(), []));

  /** What the page shows must be usable by everybody. */
  async function assertAccessible(screen: string): Promise<void> {
    assert.deepEqual(await accessibilityFaults(page), [], screen);
  }

  it('leads from the printed link over account and key to the wall', async () => {
    await setUp(page, setupLink, async (step) => {
      assert.equal(new URL(page.url()).hash, '', 'the code is out of the address bar');
      await assertAccessible(step);
    });
    await system.login(admin.username, admin.password);
    const { kind, mode } = (await system.ask('/api/vault')).json<{ kind: string; mode: string }>();
    assert.deepEqual([kind, mode], ['open', 'passphrase']);
  });

  it('shows the demo camera, named as one, moving', async () => {
    const tile = tileOf(page, 'demo');
    await tile.getByText('Demo').first().waitFor();
    await tile.getByText('Live', { exact: true }).waitFor();
    const first = await pixelsOf(tile.getByRole('img'));
    assert.ok(brightness(first) > 20, 'the picture is not black');
    await eventually('the picture moves', async () =>
      difference(first, await pixelsOf(tile.getByRole('img'))) > 0.1 ? true : undefined,
    );
    await assertAccessible('wall');
  });

  it('says on every page what is there while nothing is', async () => {
    await page.getByRole('link', { name: 'More' }).click();
    await page.getByRole('heading', { name: 'More' }).waitFor();
    await assertAccessible('more');
    await page.goto(`${origin}/events?seen=animal`);
    await page.getByText('Nothing matches these filters.').waitFor();
    await assertAccessible('no events');
    await page.goto(`${origin}/cameras`);
    await page.getByText('There is no such page.').first().waitFor();
    await assertAccessible('no such page');
    await page.goto(`${origin}/login`);
    await page.getByRole('heading', { name: 'Wall' }).waitFor();
  });

  describe('with a camera', { skip: withoutFootage }, () => {
    let camera: Camera;

    before(async () => {
      await page.goto(origin);
      camera = await startCamera({ clip: 'visits-sub.mp4', startSeconds });
      await addRoom(camera);
    });

    after(async () => {
      await camera?.process.stop('SIGKILL');
    });

    /** The first recording: where the machine is too busy to look often, one visit may be two of them. */
    function recordedRoom(): Locator {
      return page.getByRole('link', { name: /Person Room$/ }).last();
    }

    async function addRoom({ urls }: Camera): Promise<void> {
      const source = urls[0]!.replace('rtsp://', 'rtsp://cam@');
      const added = await site.run(['camera', 'add', 'Room', '--source', source, '--password-stdin'], 'secret\n');
      assert.equal(added.code, 0, added.output);
    }

    it('shows it in the place of the demo by itself, live and with boxes around who comes', async () => {
      const tile = tileOf(page, 'room');
      await tile.getByText('Live', { exact: true }).waitFor();
      await tileOf(page, 'demo').waitFor({ state: 'detached' });
      const overlay = tile.locator('canvas').nth(1);
      await eventually('a box', async () => ((await boxPixels(overlay)) > 50 ? true : undefined));
      await tile.getByRole('img', { name: /^Room, live, 1 person$/ }).waitFor();
      await tile.getByText('Recording', { exact: true }).waitFor();
    });

    it('enlarges it and hides the boxes, by keyboard', async () => {
      await page.getByRole('button', { name: 'Enlarge Room' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Room' }).waitFor();
      await assertAccessible('enlarged');
      await page.keyboard.press('b');
      const overlay = tileOf(page, 'room').locator('canvas').nth(1);
      await eventually('no box', async () => ((await boxPixels(overlay)) === 0 ? true : undefined));
      await page.keyboard.press('b');
      await page.keyboard.press('Escape');
      await page.getByRole('heading', { name: 'Wall' }).waitFor();
    });

    it('lists what was recorded without being asked again', async () => {
      await page.getByRole('link', { name: 'Events' }).click();
      const card = recordedRoom();
      await card.waitFor({ timeout: 40_000 });
      await eventually('the thumbnail', () =>
        card.locator('img').evaluate((image) => ((image as HTMLImageElement).naturalWidth > 0 ? true : undefined)),
      );
      await assertAccessible('events');
    });

    it('plays and seeks the recording', async () => {
      await recordedRoom().click();
      const video = page.locator('video');
      await eventually('it plays', () =>
        video.evaluate((element) => ((element as HTMLVideoElement).currentTime > 1 ? true : undefined)),
      );
      const playing = await pixelsOf(video);
      assert.ok(brightness(playing) > 20, 'the picture is not black');
      const seekTo = (share: number): Promise<number> =>
        video.evaluate(async (element, part) => {
          const player = element as HTMLVideoElement;
          const seeked = new Promise((resolve) => player.addEventListener('seeked', resolve, { once: true }));
          player.pause();
          player.currentTime = player.duration * part;
          await seeked;
          return player.currentTime / player.duration;
        }, share);
      const reached = await seekTo(0.6);
      assert.ok(Math.abs(reached - 0.6) < 0.02, `${reached}`);
      const person = await pixelsOf(video);
      await seekTo(0.02);
      assert.ok(difference(person, await pixelsOf(video)) > 1, 'the person is in one picture alone');
      await assertAccessible('player');
      await page.keyboard.press('Escape');
      await video.waitFor({ state: 'detached' });
    });

    it('says that the vault is locked, and opens it again', async () => {
      await page.getByRole('link', { name: 'More' }).click();
      await page.getByRole('button', { name: 'Lock' }).click();
      await page.getByText('Vault locked', { exact: true }).first().waitFor();
      await page.getByRole('link', { name: 'Events' }).click();
      await page.getByText('The vault is locked.', { exact: false }).waitFor();
      await assertAccessible('locked');
      await page.getByRole('button', { name: 'Unlock' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Passphrase', { exact: true }).fill('not the passphrase');
      await dialog.getByRole('button', { name: 'Unlock' }).click();
      await dialog.getByText('That is not the passphrase.').waitFor();
      await assertAccessible('unlock');
      await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase);
      await dialog.getByRole('button', { name: 'Unlock' }).click();
      await dialog.waitFor({ state: 'detached' });
      await recordedRoom().locator('img').waitFor();
    });

    it('says when the camera is gone, keeps its last picture, and is live again when it returns', async () => {
      await page.getByRole('link', { name: 'Wall' }).click();
      const tile = tileOf(page, 'room');
      await tile.getByText('Live', { exact: true }).waitFor();
      await camera.process.stop('SIGKILL');
      await tile.getByText(/^(Reconnecting|Can't reach the camera|No picture for)/).waitFor({ timeout: 10_000 });
      await tile.getByText('Last picture').waitFor();
      const canvas = tile.getByRole('img');
      assert.match(await canvas.evaluate((element) => getComputedStyle(element).filter), /brightness\(0\.\d+\)/);
      assert.ok(brightness(await pixelsOf(canvas)) > 20, 'the last picture stays');
      await assertAccessible('camera gone');
      const port = Number(new URL(camera.urls[0]!).port);
      camera = await startCamera({ clip: 'visits-sub.mp4', port });
      await tile.getByText('Live', { exact: true }).waitFor({ timeout: 10_000 });
    });
  });

  it('shows the log-in in place of the page when the session ends elsewhere, and comes back to it', async () => {
    await page.goto(`${origin}/events?seen=person`);
    await page.getByRole('heading', { name: 'Events' }).waitFor();
    await endSession();
    await page.getByText('Your session has ended.', { exact: false }).waitFor();
    await assertAccessible('log-in');
    await signIn(page, 'not the password');
    await page.getByText('Name or password is wrong', { exact: false }).waitFor();
    await assertAccessible('wrong password');
    await signIn(page);
    await page.getByRole('heading', { name: 'Events' }).waitFor();
    assert.equal(new URL(page.url()).search, '?seen=person');
    // Whatever was asked for when the session went was refused.
    assert.deepEqual(
      faults.take().filter((fault) => !/status of 401/.test(fault)),
      [],
    );
  });

  it('says that the server is away, and goes on by itself when it is back, with the vault locked', async () => {
    await page.getByRole('link', { name: 'Wall' }).click();
    await page.getByRole('heading', { name: 'Wall' }).waitFor();
    await system.process.stop();
    await page.getByText("Can't reach SentriX.").waitFor();
    await assertAccessible('offline');
    system = await site.start(['--detector-port', new URL(origin).port]);
    await page.getByText("Can't reach SentriX.").waitFor({ state: 'detached', timeout: 30_000 });
    await page.getByText('Vault locked', { exact: true }).waitFor();
    // A refused connection is an error to Chromium's console, whatever the page makes of it.
    assert.deepEqual(
      faults.take().filter((fault) => !/ERR_CONNECTION_REFUSED|ERR_SOCKET|WebSocket connection/.test(fault)),
      [],
    );
  });

  /** From another device: by the page's own cookie, but not through the page. */
  async function endSession(): Promise<void> {
    const [cookie] = await browser.context.cookies(origin);
    const { status } = await system.ask('/auth/logout', {
      method: 'POST',
      headers: { cookie: `${cookie!.name}=${cookie!.value}`, origin: system.ready.https },
    });
    assert.equal(status, 200);
  }
});

/** Chromium reports each refused request as an error; these are answers the pages wait for. */
function isRefusal(fault: string): boolean {
  return /status of 40[13] .*\/(api\/session|auth\/login|api\/vault\/unlock)$/.test(fault);
}

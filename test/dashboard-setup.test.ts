/** The first evening, counted: from the printed link to a real camera that is live, recorded and encrypted. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { OpenedBrowser } from './support/browser.ts';
import { openBrowser } from './support/browser.ts';
import type { Camera } from './support/camera.ts';
import { startCamera } from './support/camera.ts';
import type { Faults } from './support/dashboard.ts';
import {
  accessibilityFaults,
  admin,
  brightness,
  passphrase,
  pixelsOf,
  tileOf,
  watchPage,
} from './support/dashboard.ts';
import { eventually } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

describe('first run', { skip: withoutFootage }, () => {
  let site: Site;
  let system: System;
  let browser: OpenedBrowser;
  let page: Page;
  let faults: Faults;
  let camera: Camera;
  let link: string;

  before(async () => {
    site = await Site.create(
      (at) => `# made by hand
network: { api_port: 0 }
detection: { port: 0 }
recording: { recordings_dir: "${at.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    system = await site.start();
    link = (await system.process.line<{ url: string }>((value) => value['event'] === 'setup')).url;
    camera = await startCamera({ clip: 'visits-sub.mp4' });
    browser = await openBrowser({ ca: join(site.home, 'certs', 'ca.crt'), viewport: { width: 390, height: 844 } });
    page = await browser.context.newPage();
    page.setDefaultTimeout(15_000);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const refusal = /status of (40[13]|50\d) .*\/api\/(session|cameras\/test)$/;
    faults = await watchPage(page, new URL(link).origin, (fault) => refusal.test(fault));
  });

  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await camera?.process.stop('SIGKILL');
    await system?.process.stop();
    await site?.remove();
  });

  it('needs at most five typed inputs, on a phone, and loses no picture and no password on the way', async () => {
    let typed = 0;
    const type = async (label: string, value: string): Promise<void> => {
      typed++;
      await page.getByLabel(label, { exact: true }).fill(value);
    };
    await page.goto(link);
    await type('Password', admin.password);
    await page.getByRole('button', { name: 'Continue' }).click();
    await type('Passphrase', passphrase);
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByLabel(/I have saved the sheet/).check();
    await page.getByRole('button', { name: 'Continue' }).click();

    await page.getByRole('heading', { name: 'Add your first camera' }).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    const [url = ''] = camera.urls;
    // As it is copied from a camera's page, user and password in it; first with the wrong one.
    await page.getByLabel('Address', { exact: true }).fill(url.replace('rtsp://', 'rtsp://cam:wrong@'));
    assert.equal(await page.getByLabel('Address', { exact: true }).inputValue(), url, 'the password is taken out');
    await page.getByRole('button', { name: 'Try and add' }).click();
    await page.getByRole('alert').waitFor();
    await type('Address', url.replace('rtsp://', 'rtsp://cam:secret@'));
    await page.getByRole('button', { name: 'Try and add' }).click();
    const tile = tileOf(page, 'camera');
    await tile.getByText('Live', { exact: true }).waitFor();
    assert.ok(brightness(await pixelsOf(tile.getByRole('img'))) > 20, 'its picture is there before going on');
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('All the time').click();
    await page.getByRole('button', { name: 'Go to the wall' }).click();
    await tile.getByText('Recording').waitFor();
    assert.ok(typed <= 5, `${typed} typed`);

    await system.login(admin.username, admin.password);
    await eventually('a recording', async () => {
      const { recordings } = (await system.ask('/api/recordings?state=open')).json<{
        recordings: { stream_id: string }[];
      }>();
      return recordings[0]?.stream_id === 'camera' ? true : undefined;
    });
    assert.deepEqual(faults.take(), []);
  });

  it('gives a phone its settings as a code to scan', async () => {
    await page.goto(`${new URL(link).origin}/settings?section=cameras`);
    await page.getByRole('button', { name: 'Add a camera' }).click();
    await page.getByText('A phone', { exact: true }).click();
    await page.getByRole('button', { name: 'Make an entry for it' }).click();
    // For the phone's browser, instead of an app.
    await page.getByText(/\/publish#sxl_[A-Za-z0-9_-]{43}$/).waitFor();
    await page.getByRole('img', { name: 'QR code with the link' }).waitFor();
    await page.getByRole('img', { name: 'QR code with the address' }).waitFor();
    await page.getByText(/^rtsps:\/\/localhost:\d+\/video\/phone$/).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    assert.deepEqual(faults.take(), []);
  });
});

/** Live view in a browser that has no WebCodecs: the same tile, played by Media Source Extensions. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { OpenedBrowser } from './support/browser.ts';
import { openBrowser } from './support/browser.ts';
import { admin, brightness, difference, pixelsOf, tileOf } from './support/dashboard.ts';
import { eventually } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

describe('live view by Media Source Extensions', () => {
  let site: Site;
  let system: System;
  let browser: OpenedBrowser;
  let page: Page;

  before(async () => {
    site = await Site.create(
      (at) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { enabled: false, recordings_dir: "${at.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser(admin.username, 'admin', admin.password);
    system = await site.start();
    await system.login(admin.username, admin.password);
    browser = await openBrowser({ ca: join(site.home, 'certs', 'ca.crt') });
    page = await browser.context.newPage();
    page.setDefaultTimeout(15_000);
    const [name, value] = system.cookie!.split('=', 2) as [string, string];
    const url = system.ready.https;
    await browser.context.addCookies([{ name, value, url, secure: true, httpOnly: true, sameSite: 'Strict' }]);
    await page.goto(`${url}/?mse`);
  });

  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await system?.process.stop();
    await site?.remove();
  });

  const picture = () => tileOf(page, 'demo').locator('canvas').first();

  async function shownAt(): Promise<number> {
    return Number(await picture().getAttribute('data-at'));
  }

  it('shows the camera, and goes on showing it', async () => {
    await page.waitForSelector('[data-camera="demo"] canvas[data-at]');
    const first = await pixelsOf(picture());
    assert.ok(brightness(first) > 20, 'there is a picture');
    const from = await shownAt();
    await eventually('three seconds more', async () => ((await shownAt()) > from + 3000 ? true : undefined));
    assert.ok(difference(first, await pixelsOf(picture())) > 0.05, 'it moves');
  });

  it('begins anew after the connection was lost', async () => {
    await browser.context.setOffline(true);
    const port = new URL(system.ready.https).port;
    await system.process.stop();
    await browser.context.setOffline(false);
    await site.configure(`
network: { api_port: 0 }
detection: { port: ${port}, enabled: false }
recording: { enabled: false, recordings_dir: "${site.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`);
    system = await site.start();
    const restarted = Date.now();
    await eventually('a newer picture', async () => ((await shownAt()) > restarted + 1000 ? true : undefined), 40_000);
  });
});

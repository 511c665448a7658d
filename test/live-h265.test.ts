/** A camera with H.265 in a browser that has none, as Debian's Chromium: shown all the same, converted while somebody looks. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { OpenedBrowser } from './support/browser.ts';
import { openBrowser } from './support/browser.ts';
import type { Camera } from './support/camera.ts';
import { startCamera } from './support/camera.ts';
import { admin, brightness, difference, pixelsOf, tileOf } from './support/dashboard.ts';
import { eventually } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

describe('H.265 in a browser that has none', { skip: withoutFootage }, () => {
  let site: Site;
  let system: System;
  let camera: Camera;
  let browser: OpenedBrowser;

  before(async () => {
    camera = await startCamera({ clip: 'visits-h265.mp4', auth: 'open' });
    site = await Site.create(
      (at) => `
cameras:
  - { path: video/yard, id: yard, source: "${camera.urls[0]}" }
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
    const [name, value] = system.cookie!.split('=', 2) as [string, string];
    const url = system.ready.https;
    await browser.context.addCookies([{ name, value, url, secure: true, httpOnly: true, sameSite: 'Strict' }]);
  });

  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await system?.process.stop();
    await camera?.process.stop();
    await site?.remove();
  });

  async function open(query: string): Promise<Page> {
    const page = await browser.context.newPage();
    await page.goto(`${system.ready.https}/${query}`);
    return page;
  }

  async function assertMoves(page: Page): Promise<void> {
    const picture = tileOf(page, 'yard').locator('canvas').first();
    const shownAt = async () => Number(await picture.getAttribute('data-at'));
    await page.waitForSelector('[data-camera="yard"] canvas[data-at]', { timeout: 30_000 });
    const first = await pixelsOf(picture);
    assert.ok(brightness(first) > 20, 'there is a picture');
    const from = await shownAt();
    await eventually('two seconds more', async () => ((await shownAt()) > from + 2000 ? true : undefined));
    assert.ok(difference(first, await pixelsOf(picture)) > 0, 'it moves');
  }

  it('shows a moving picture to everybody out of one conversion, and ends that with the last who looks', async () => {
    const { kind } = (await system.ask('/api/cameras')).json<{ cameras: { state: { kind: string } }[] }>().cameras[0]!
      .state;
    assert.ok(['live', 'connecting'].includes(kind), kind);
    assert.equal(await conversions(system.ready.pid), 0);
    const [samples, fragments] = [await open(''), await open('?mse')];
    await samples.bringToFront();
    await assertMoves(samples);
    await fragments.bringToFront();
    await assertMoves(fragments);
    assert.equal(await conversions(system.ready.pid), 1);
    await samples.close();
    assert.equal(await conversions(system.ready.pid), 1);
    await fragments.close();
    await eventually('nothing is converted', async () =>
      (await conversions(system.ready.pid)) === 0 ? true : undefined,
    );
  });
});

/** Encoders of H.264 among the system's children, and theirs. */
async function conversions(pid: number): Promise<number> {
  const parents = new Map<number, number>();
  const encoders: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = await readFile(`/proc/${entry}/stat`, 'utf8');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      const line = (await readFile(`/proc/${entry}/cmdline`, 'utf8')).split('\0');
      if (line[0] === 'ffmpeg' && line.includes('libx264')) encoders.push(Number(entry));
    } catch {
      // It has ended in between.
    }
  }
  return encoders.filter((one) => {
    for (let at: number | undefined = one; at !== undefined && at > 1; at = parents.get(at))
      if (at === pid) return true;
    return false;
  }).length;
}

/** Sound of cameras in the dashboard: silent until somebody wants it, and then what the camera sends. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { WebSocket } from 'ws';
import type { OpenedBrowser } from './support/browser.ts';
import { openBrowser } from './support/browser.ts';
import type { Camera } from './support/camera.ts';
import { startCamera } from './support/camera.ts';
import type { Faults } from './support/dashboard.ts';
import { accessibilityFaults, admin, signIn, tileOf, watchPage } from './support/dashboard.ts';
import { eventually } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

const wanted = [
  { id: 'aac', clip: 'one-aac.mp4', codec: 'mp4a.40.2' },
  { id: 'opus', clip: 'one-opus.mp4', codec: 'opus' },
  { id: 'alaw', clip: 'one-alaw.mov', codec: 'alaw' },
] as const;

describe('live sound', { skip: withoutFootage }, () => {
  const cameras: Camera[] = [];
  let site: Site;
  let system: System;
  let browser: OpenedBrowser;
  let page: Page;
  let faults: Faults;

  before(async () => {
    for (const { clip } of [...wanted, { clip: 'one-alaw.mov' }])
      cameras.push(await startCamera({ clip, auth: 'open' }));
    const entries = wanted.map(
      ({ id }, i) => `  - { id: ${id}, path: video/${id}, source: "${cameras[i]!.urls[0]}", audio: true }`,
    );
    site = await Site.create(
      (at) => `
cameras:
${entries.join('\n')}
  - { id: quiet, path: video/quiet, source: "${cameras[3]!.urls[0]}", audio: false }
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
    const origin = system.ready.https.replace('127.0.0.1', 'localhost');
    // Asking who is signed in is answered by 401 before anybody is.
    faults = await watchPage(page, origin, (fault) => fault.endsWith('/api/session'));
    // What goes to the loudspeaker is measured there, whatever the page is made of.
    await page.addInitScript(() => {
      const connect = AudioNode.prototype.connect as (this: AudioNode, target: AudioNode) => AudioNode;
      const meters: AnalyserNode[] = [];
      Object.assign(globalThis, {
        loudness: () => {
          let most = 0;
          for (const meter of meters) {
            if (meter.context.state !== 'running') continue;
            const values = new Float32Array(meter.fftSize);
            meter.getFloatTimeDomainData(values);
            for (const value of values) most = Math.max(most, Math.abs(value));
          }
          return most;
        },
      });
      (AudioNode.prototype as { connect: unknown }).connect = function (this: AudioNode, target: AudioNode) {
        if (target instanceof AudioDestinationNode) {
          const meter = new AnalyserNode(this.context, { fftSize: 2048 });
          meters.push(meter);
          connect.call(this, meter);
        }
        return connect.call(this, target);
      };
    });
    await page.goto(origin);
    await signIn(page);
    for (const { id } of wanted) await page.waitForSelector(`[data-camera="${id}"] canvas[data-at]`);
  });

  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await system?.process.stop();
    for (const camera of cameras) await camera.process.stop();
    await site?.remove();
  });

  const loudness = () => page.evaluate(() => (globalThis as unknown as { loudness: () => number }).loudness());

  it('offers no sound where the camera gives none', async () => {
    await tileOf(page, 'alaw')
      .getByRole('button', { name: /^Sound/ })
      .waitFor();
    await page.waitForSelector('[data-camera="quiet"] canvas[data-at]');
    assert.equal(
      await tileOf(page, 'quiet')
        .getByRole('button', { name: /^Sound/ })
        .count(),
      0,
    );
    assert.deepEqual(await accessibilityFaults(page), []);
  });

  for (const { id } of wanted) {
    it(`is silent until it is turned on, then plays what the camera ${id} sends, and goes silent again`, async () => {
      const button = tileOf(page, id).getByRole('button', { name: /^Sound/ });
      assert.equal(await button.getAttribute('aria-pressed'), 'false');
      assert.equal(await loudness(), 0);
      await button.click();
      assert.equal(await button.getAttribute('aria-pressed'), 'true');
      await eventually('sound', async () => ((await loudness()) > 0.001 ? true : undefined));
      await button.click();
      await eventually('silence', async () => ((await loudness()) === 0 ? true : undefined));
      assert.deepEqual(faults.take(), []);
    });
  }

  it('lets one camera be heard at a time', async () => {
    const sound = (id: string) => tileOf(page, id).getByRole('button', { name: /^Sound/ });
    await sound('aac').click();
    await sound('alaw').click();
    assert.equal(await sound('aac').getAttribute('aria-pressed'), 'false');
    assert.equal(await sound('alaw').getAttribute('aria-pressed'), 'true');
  });

  it('sends sound to those alone who asked for it, beside several cameras on one socket', async () => {
    const socket = new WebSocket(`${system.ready.https.replace('https', 'wss')}/api/live`, 'sentrix.v1', {
      headers: { cookie: system.cookie ?? '', origin: system.ready.https },
      rejectUnauthorized: false,
    });
    const count = { pictures: [0, 0, 0], sounds: [0, 0, 0] };
    const codecs = new Map<number, string>();
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) count[data[1] === 1 ? 'pictures' : 'sounds'][data[2]!]!++;
      else {
        const message = JSON.parse(String(data)) as { type: string; slot: number; codec: string };
        if (message.type === 'sound') codecs.set(message.slot, message.codec);
      }
    });
    try {
      await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
      for (const [slot, { id }] of wanted.entries())
        socket.send(JSON.stringify({ type: 'subscribe', slot, camera: id }));
      socket.send(JSON.stringify({ type: 'listen', slot: 1, on: true }));
      await eventually('pictures of all and sound of one', () =>
        count.pictures.every((pictures) => pictures > 20) && count.sounds[1]! > 20 ? true : undefined,
      );
      assert.deepEqual([count.sounds[0], count.sounds[2]], [0, 0]);
      assert.deepEqual(
        [0, 1, 2].map((slot) => codecs.get(slot)),
        wanted.map(({ codec }) => codec),
      );
    } finally {
      socket.terminate();
    }
  });
});

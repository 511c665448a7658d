/** A browser as a camera: a link that works once, Chromium with a filmed room for its camera, and the picture on the other side. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { readSampleHeader } from '../src/wire/live.ts';
import type { OpenedBrowser } from './support/browser.ts';
import { openBrowser } from './support/browser.ts';
import { admin } from './support/dashboard.ts';
import { eventually, run } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { clip, withoutFootage } from './support/shared.ts';

describe('a browser as a camera', { skip: withoutFootage }, () => {
  let site: Site;
  let system: System;
  let browser: OpenedBrowser;
  let page: Page;
  let link: string;

  const configuration = (recordings: string, port: number) => `
cameras:
  - { id: phone, path: video/phone, name: Phone, audio: true }
  - { id: other, path: video/other, name: Other }
network: { api_port: 0 }
detection: { port: ${port}, enabled: false }
recording: { enabled: false, recordings_dir: "${recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`;

  before(async () => {
    site = await Site.create((at) => configuration(at.recordings, 0));
    await site.addUser(admin.username, 'admin', admin.password);
    system = await site.start();
    await system.login(admin.username, admin.password);
    const film = join(site.directory, 'room.mjpeg');
    const { code, output } = await run('ffmpeg', [
      ...['-nostdin', '-v', 'error', '-ss', '20', '-t', '5', '-i', clip('visits.mp4')],
      ...['-vf', 'scale=640:360,fps=15', '-c:v', 'mjpeg', '-q:v', '4', '-pix_fmt', 'yuvj420p', '-f', 'mjpeg', film],
    ]);
    assert.equal(code, 0, output);
    browser = await openBrowser({
      ca: join(site.home, 'certs', 'ca.crt'),
      args: [
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-video-capture=${film}`,
      ],
    });
    page = await browser.context.newPage();
    page.setDefaultTimeout(15_000);
  });

  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await system?.process.stop();
    await site?.remove();
  });

  async function stateOf(camera: string): Promise<{ kind: string; lastSampleAt: number | null }> {
    const { cameras } = (await system.ask('/api/cameras')).json<{
      cameras: { id: string; state: { kind: string; lastSampleAt: number | null } }[];
    }>();
    return cameras.find(({ id }) => id === camera)!.state;
  }

  const live = () =>
    eventually('the camera is live', async () => ((await stateOf('phone')).kind === 'live' ? true : undefined), 40_000);

  it('is made by a link of an admin’s, which no other role gets', async () => {
    const answer = await system.ask('/api/cameras/phone/publish-link', { method: 'POST', body: { minutes: 5 } });
    assert.equal(answer.status, 200, answer.body.toString());
    const { url } = answer.json<{ url: string }>();
    assert.match(url, /\/publish#sxl_[A-Za-z0-9_-]{43}$/);
    link = url;
    assert.equal((await system.ask('/api/cameras/nowhere/publish-link', { method: 'POST', body: {} })).status, 404);
  });

  it('sends what it sees into the same stream as any camera', async () => {
    await page.goto(link);
    await page.getByLabel('Send sound too').check();
    await page.getByRole('button', { name: 'Start' }).click();
    assert.equal(new URL(page.url()).hash, '', 'the code is out of the address bar');
    await page.getByText('Sending as Phone.').waitFor();
    await live();
    const jpeg = await system.ask('/video/jpeg/phone');
    assert.equal(jpeg.status, 200);
    assert.ok(jpeg.body.length > 5000, 'a picture with something in it');
  });

  it('is heard too, by those who listen', async () => {
    const socket = new WebSocket(`${system.ready.https.replace('https', 'wss')}/api/live`, 'sentrix.v1', {
      ca: await readFile(join(site.home, 'certs', 'ca.crt')),
      headers: { cookie: system.cookie!, origin: system.ready.https },
    });
    const times: number[] = [];
    const sizes = new Set<number>();
    let codec: unknown;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        const header = readSampleHeader(new DataView(data.buffer, data.byteOffset, data.byteLength));
        if (header?.kind !== 'audio') return;
        times.push(header.ptsUs);
        sizes.add(data.length);
        return;
      }
      const message = JSON.parse(data.toString()) as { type: string; codec?: string };
      if (message.type !== 'sound') return;
      codec = message.codec;
      socket.send(JSON.stringify({ type: 'listen', slot: 0, on: true }));
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'subscribe', slot: 0, camera: 'phone' }));
    await eventually('two seconds of sound', () => (times.length >= 100 ? true : undefined), 30_000);
    socket.close();
    assert.equal(codec, 'opus');
    const steps = times.slice(1).map((time, i) => time - times[i]!);
    assert.ok(steps.every((step) => step > 0));
    assert.equal(steps.toSorted((one, other) => one - other)[steps.length >> 1], 20_000, 'packets of 20 ms');
    assert.ok(sizes.size > 5, 'it is more than silence');
  });

  it('has used its link up, and may be nothing but this camera', async () => {
    const code = link.split('#')[1];
    const again = await system.ask('/api/publish/redeem', { method: 'POST', body: { code } });
    assert.equal(again.status, 403);
    const device = (await browser.context.cookies()).find(({ name }) => name === '__Host-sentrix-device')!;
    assert.ok(device.httpOnly && device.secure);
    const bearer = { authorization: `Bearer ${device.value}`, cookie: '' };
    for (const path of ['/api/cameras', '/api/recordings', '/video/jpeg/phone', '/hls/phone/index.m3u8'])
      assert.equal((await system.ask(path, { headers: bearer })).status, 403, path);
    const kinds = (await system.ask('/api/audit?limit=100')).body.toString();
    assert.match(kinds, /publish-link\.made/);
    assert.match(kinds, /publish-link\.used/);
    assert.doesNotMatch(kinds, new RegExp(`${code}|${device.value}`));
  });

  it('comes back by itself when the server was away', async () => {
    const port = Number(new URL(system.ready.https).port);
    await system.process.stop();
    await page.getByText('The connection is lost').waitFor();
    await site.configure(configuration(site.recordings, port));
    system = await site.start();
    await system.login(admin.username, admin.password);
    await live();
    await page.getByText('Sending as Phone.').waitFor();
  });

  it('ends when its token is revoked', async () => {
    const { tokens } = (await system.ask('/api/tokens')).json<{ tokens: { id: number; name: string }[] }>();
    const device = tokens.find(({ name }) => name === 'device as phone')!;
    assert.equal((await system.ask(`/api/tokens/${device.id}`, { method: 'DELETE' })).status, 200);
    await page.getByText('Not allowed any more').waitFor({ timeout: 60_000 });
    await eventually('nobody publishes', async () => ((await stateOf('phone')).kind !== 'live' ? true : undefined));
  });
});

/** HLS as players take it: hls.js in Chromium, ffmpeg with a password; over TLS, authorised for each file, and over a camera's reconnect. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { OpenedBrowser } from './support/browser.ts';
import { openBrowser } from './support/browser.ts';
import type { Camera } from './support/camera.ts';
import { startCamera } from './support/camera.ts';
import { admin } from './support/dashboard.ts';
import { eventually, run } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

const viewerPassword = 'a viewer of one camera';

describe('HLS', { skip: withoutFootage }, () => {
  const cameras: Camera[] = [];
  let site: Site;
  let system: System;
  let browser: OpenedBrowser | undefined;

  before(async () => {
    for (const clip of ['one-aac.mp4', 'visits-h265.mp4', 'one-alaw.mov'])
      cameras.push(await startCamera({ clip, auth: 'open' }));
    site = await Site.create(
      (at) => `
cameras:
  - { id: aac, path: video/front-door, source: "${cameras[0]!.urls[0]}", audio: true }
  - { id: h265, path: video/h265, source: "${cameras[1]!.urls[0]}" }
  - { id: alaw, path: video/alaw, source: "${cameras[2]!.urls[0]}", audio: true }
  - { id: waiting, path: video/waiting }
network: { api_port: 0 }
detection: { port: 0, enabled: false, stream: { reconnect_interval: 1 } }
recording: { enabled: false, recordings_dir: "${at.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser(admin.username, 'admin', admin.password);
    await site.addUser('guest', 'viewer', viewerPassword, ['--camera', 'aac']);
    system = await site.start();
    await system.login(admin.username, admin.password);
    await eventually('all cameras are live', async () => {
      const { cameras: list } = (await system.ask('/api/cameras')).json<{ cameras: { state: { kind: string } }[] }>();
      return list.filter(({ state }) => state.kind === 'live').length === 3 ? true : undefined;
    });
  });

  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await system?.process.stop();
    for (const camera of cameras) await camera.process.stop();
    await site?.remove();
  });

  /** With the guest's or the owner's password in it, as players take it. */
  function urlOf(path: string, user: string = admin.username, password: string = admin.password): string {
    const url = new URL(path, system.ready.hls);
    url.username = user;
    url.password = encodeURIComponent(password);
    return url.href;
  }

  const trust = () => ['-tls_verify', '1', '-ca_file', join(site.home, 'certs', 'ca.crt')];

  async function probe(url: string): Promise<{ code: number | string; output: string; codecs: string[] }> {
    const shown = ['-print_format', 'json=compact=1', '-show_entries', 'stream=codec_name'];
    const { code, output } = await run('ffprobe', ['-v', 'error', ...trust(), ...shown, url]);
    return { code, output, codecs: [...output.matchAll(/"codec_name": ?"(\w+)"/g)].map((match) => match[1]!) };
  }

  it('shows ffprobe what the camera has: H.264, H.265, AAC, and no sound that players do not know', async () => {
    for (const [id, codecs] of [
      ['aac', ['h264', 'aac']],
      ['h265', ['hevc']],
      ['alaw', ['h264']],
    ] as const) {
      const found = await probe(urlOf(`/hls/${id}/index.m3u8`));
      assert.equal(found.code, 0, found.output);
      assert.deepEqual([...new Set(found.codecs)], codecs, id);
    }
  });

  it('plays in ffmpeg by the path of the camera, whole, picture by picture and with its sound', async () => {
    const { code, output } = await run(
      'ffmpeg',
      [
        ...['-nostdin', '-v', 'warning', ...trust(), '-i', urlOf('/video/front-door/index.m3u8')],
        ...['-t', '6', '-f', 'null', '-progress', '-', '-'],
      ],
      { limitMs: 60_000 },
    );
    assert.equal(code, 0, output);
    const pictures = Number([...output.matchAll(/frame=\s*(\d+)/g)].at(-1)?.[1]);
    assert.ok(pictures >= 80, `${pictures} pictures of 6 s at 15 a second\n${output.slice(-2000)}`);
    assert.doesNotMatch(output, /error|missed|corrupt|non-monoton|invalid/i);
  });

  it('asks for credentials at every playlist and every segment, on both ports', async () => {
    const names = ['index.m3u8', 'media.m3u8'];
    const media = (await system.ask('/hls/aac/media.m3u8')).body.toString();
    for (const line of media.split('\n')) {
      const name = /^(segment-\S+)$/.exec(line)?.[1] ?? /URI="([^"]+)"/.exec(line)?.[1];
      if (name !== undefined) names.push(name);
    }
    assert.ok(names.length >= 4, media);
    const guest = { authorization: `Basic ${Buffer.from(`guest:${viewerPassword}`).toString('base64')}`, cookie: '' };
    for (const name of names.slice(0, 8)) {
      assert.equal((await system.ask(`/hls/aac/${name}`)).status, 200, name);
      assert.equal((await system.ask(`/hls/aac/${name}`, { headers: guest })).status, 200, name);
      assert.equal((await system.ask(`/hls/alaw/${name}`, { headers: guest })).status, 404, name);
      for (const base of [system.ready.https, system.ready.hls]) {
        const url = new URL(`/hls/aac/${name}`, base).href;
        const ca = join(site.home, 'certs', 'ca.crt');
        const { output } = await run('curl', ['-s', '--cacert', ca, '-o', '/dev/null', '-w', '%{http_code}', url]);
        assert.match(output, /^401/, `${url}: ${output}`);
      }
    }
    assert.equal((await probe(urlOf('/hls/alaw/index.m3u8', 'guest', viewerPassword))).code !== 0, true);
    assert.equal((await probe(urlOf('/video/alaw/index.m3u8', 'guest', viewerPassword))).code !== 0, true);
    assert.equal((await system.ask('/hls/waiting/index.m3u8')).status, 503);
    assert.equal((await system.ask('/hls/aac/segment-1.m4s')).status, 404);
    assert.equal((await system.ask('/hls/aac/..%2f..%2fetc%2fpasswd')).status, 404);
  });

  it('plays in hls.js, with sound, and goes on after the camera was away', async () => {
    browser = await openBrowser({ ca: join(site.home, 'certs', 'ca.crt') });
    const page: Page = await browser.context.newPage();
    const [name, value] = system.cookie!.split('=', 2) as [string, string];
    const url = system.ready.hls;
    await browser.context.addCookies([{ name, value, url, secure: true, httpOnly: true, sameSite: 'Strict' }]);
    const player = `${url}/player.html`;
    await page.route(player, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><video muted autoplay></video>' }),
    );
    await page.goto(player);
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js'), 'utf8'));
    await page.evaluate(() => {
      interface Player {
        loadSource(url: string): void;
        attachMedia(video: HTMLVideoElement): void;
        on(event: string, listener: (event: string, data: Record<string, unknown>) => void): void;
      }
      const { Hls } = globalThis as unknown as { Hls: new () => Player };
      const state = { errors: [] as string[], codecs: '' };
      const hls = new Hls();
      hls.on('hlsError', (_event, data) => {
        if (data['fatal'] === true) state.errors.push(String(data['details']));
      });
      hls.on('hlsBufferCodecs', (_event, data) => {
        state.codecs = Object.keys(data).sort().join(',');
      });
      Object.assign(globalThis, { state });
      hls.loadSource('/hls/aac/index.m3u8');
      hls.attachMedia(document.querySelector('video')!);
    });
    const shown = () =>
      page.evaluate(() => {
        const video = document.querySelector('video')!;
        const { state } = globalThis as unknown as { state: { errors: string[]; codecs: string } };
        return { at: video.currentTime, width: video.videoWidth, ...state };
      });
    const begun = await eventually('it plays', async () => {
      const now = await shown();
      return now.at > 2 && now.width > 0 ? now : undefined;
    });
    assert.match(begun.codecs, /audio.*video/);
    // The camera goes and comes back at the same address, and begins its clock anew.
    const [camera] = cameras as [Camera];
    const port = Number(new URL(camera.urls[0]!).port);
    await camera.process.stop();
    cameras[0] = await startCamera({ clip: 'one-aac.mp4', auth: 'open', port });
    const { at } = await shown();
    await eventually('it goes on', async () => ((await shown()).at > at + 12 ? true : undefined), 60_000);
    assert.deepEqual((await shown()).errors, []);
  });
});

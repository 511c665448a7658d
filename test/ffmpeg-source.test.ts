/** Cameras that ffmpeg reads: MJPEG over HTTP with a password, RTMP, a file; and what such a source may not reach. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, symlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Started } from './support/process.ts';
import { eventually, run, start } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

const exec = promisify(execFile);
const password = 'the-password-of-the-webcam';
const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=322x242:rate=10'];

interface CameraAnswer {
  readonly id: string;
  readonly width: number;
  readonly state: { readonly kind: string; readonly code: string | null };
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** A webcam that wants Digest and sends the same two pictures for ever. */
async function startWebcam(
  pictures: readonly Buffer[],
): Promise<{ server: Server; port: number; basic: () => number }> {
  let basic = 0;
  const server = createServer((request, response) => {
    const field = request.headers.authorization ?? '';
    if (field.startsWith('Basic')) basic++;
    const value = (name: string): string => new RegExp(`\\b${name}="?([^",]*)`).exec(field)?.[1] ?? '';
    const ha1 = md5(`cam:webcam:${password}`);
    const right = md5([ha1, 'n1', value('nc'), value('cnonce'), 'auth', md5(`GET:${request.url}`)].join(':'));
    if (value('response') !== right) {
      response.writeHead(401, { 'WWW-Authenticate': 'Digest realm="webcam", nonce="n1", qop="auth", algorithm=MD5' });
      response.end();
      return;
    }
    response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=frame' });
    let n = 0;
    const timer = setInterval(() => {
      const jpeg = pictures[n++ % pictures.length]!;
      response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`);
      response.write(jpeg);
      response.write('\r\n');
    }, 100);
    response.on('close', () => clearInterval(timer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, basic: () => basic };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('a source that ffmpeg reads', () => {
  let site: Site;
  let system: System;
  let webcam: Awaited<ReturnType<typeof startWebcam>>;
  let rtmp: Started;

  before(async () => {
    const jpegs = await Promise.all(
      ['red', 'blue'].map(async (color) => {
        const args = ['-v', 'error', '-f', 'lavfi', '-i', `color=${color}:size=322x242`, '-frames:v', '1'];
        const { stdout } = await exec('ffmpeg', [...args, '-f', 'mjpeg', 'pipe:1'], { encoding: 'buffer' });
        return stdout;
      }),
    );
    webcam = await startWebcam(jpegs);
    const rtmpPort = await freePort();
    site = await Site.create(() => '');
    const videos = join(site.directory, 'videos');
    await mkdir(videos);
    const made = ['-v', 'error', ...picture, '-t', '2', '-c:v', 'libx264', '-g', '10', '-pix_fmt', 'yuv420p'];
    await exec('ffmpeg', [...made, '-vf', 'scale=320:240', join(videos, 'loop.mp4')]);
    await exec('ffmpeg', [...made, '-vf', 'scale=320:240', join(site.directory, 'secret.mp4')]);
    await symlink(join(site.directory, 'secret.mp4'), join(videos, 'link.mp4'));
    await site.configure(`
cameras:
  - { name: Webcam, source: "ffmpeg:http://127.0.0.1:${webcam.port}/mjpg/video.mjpg?camera=1" }
  - { name: Stick, source: "ffmpeg:rtmp://127.0.0.1:${rtmpPort}/live/one" }
  - { name: Loop, source: "ffmpeg:${videos}/loop.mp4" }
  - { name: Link, source: "ffmpeg:${videos}/link.mp4" }
network: { api_port: 0, allowed_destinations: ["127.0.0.1/32"] }
detection: { port: 0, enabled: false }
recording: { enabled: false, recordings_dir: "${site.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 }, ffmpeg: { files: ["${videos}"] } }
`);
    await site.addUser('owner', 'admin', 'correct horse battery');
    await site.addUser('watcher', 'viewer', 'watch-only-with-this-long-password', ['--stream', '--camera', 'all']);
    const source = `ffmpeg:http://cam@127.0.0.1:${webcam.port}/mjpg/video.mjpg?camera=1`;
    const added = await site.run(['camera', 'add', 'Webcam', '--source', source, '--password-stdin'], `${password}\n`);
    assert.equal(added.code, 0, added.output);
    rtmp = start('ffmpeg', [
      ...['-nostdin', '-v', 'error', '-re', ...picture, '-vf', 'scale=320:240', '-c:v', 'libx264', '-g', '10'],
      ...['-pix_fmt', 'yuv420p', '-f', 'flv', '-listen', '1', `rtmp://127.0.0.1:${rtmpPort}/live/one`],
    ]);
    system = await site.start();
    await system.login('owner', 'correct horse battery');
  });

  after(async () => {
    await system?.process.stop();
    await rtmp?.stop('SIGKILL').catch(() => {});
    webcam?.server.closeAllConnections();
    webcam?.server.close();
    await site?.remove();
  });

  async function camera(id: string, isRight: (camera: CameraAnswer) => boolean): Promise<CameraAnswer> {
    return await eventually(`${id} is as expected`, async () => {
      const { cameras } = (await system.ask('/api/cameras')).json<{ cameras: CameraAnswer[] }>();
      return cameras.find((one) => one.id === id && isRight(one));
    });
  }

  it('shows MJPEG of a webcam that wants Digest, and says its password nowhere', async () => {
    const { width } = await camera('webcam', ({ state }) => state.kind === 'live');
    assert.equal(width, 322);
    assert.equal(webcam.basic(), 0);
    const { output } = await run('ps', ['-eo', 'args']);
    assert.match(output, /ffmpeg .*mpjpeg/);
    assert.equal(output.includes(password), false);
    assert.equal(system.process.output().includes(password), false);
    const tested = await site.run(['camera', 'test', 'Webcam']);
    assert.equal(tested.code, 0, tested.output);
    assert.match(tested.output, /h264 322x242/);
  });

  it('shows RTMP without its key in the list of processes, and a file as it is', async () => {
    for (const id of ['stick', 'loop']) {
      const { width } = await camera(id, ({ state }) => state.kind === 'live');
      assert.equal(width, 320);
    }
    const { output } = await run('ps', ['-eo', 'args']);
    const ours = output.split('\n').filter((line) => line.includes('-format_whitelist') && !line.includes('listen'));
    assert.ok(ours.length > 0);
    assert.equal(
      ours.some((line) => line.includes('/live/one')),
      false,
    );
  });

  it('plays in a player as any other camera does', async () => {
    const url = new URL(`${system.ready.rtsp}/video/loop`);
    url.username = 'watcher';
    url.password = 'watch-only-with-this-long-password';
    await camera('loop', ({ state }) => state.kind === 'live');
    const { code, output } = await run('ffmpeg', [
      ...['-nostdin', '-v', 'warning', '-rtsp_transport', 'tcp', '-i', url.href, '-t', '2', '-f', 'framehash', '-'],
    ]);
    assert.equal(code, 0, output);
    assert.ok(output.split('\n').filter((line) => line.startsWith('0,')).length >= 15, output);
  });

  it('reads no file outside of the allowed folders, whatever leads there', async () => {
    const { state } = await camera('link', ({ state: { kind } }) => kind === 'unreachable');
    assert.equal(state.code, 'camera/file-not-allowed');
    for (const source of [`ffmpeg:${site.directory}/secret.mp4`, 'ffmpeg:/etc/passwd', 'ffmpeg:/dev/video0']) {
      const { code, output } = await site.run(['camera', 'add', 'Spy', '--source', source]);
      assert.equal(code, 2, output);
    }
  });

  it('reaches no service of this machine that was not allowed', async () => {
    const forbidden = await Site.create(
      (at) => `
cameras:
  - { name: Webcam, source: "ffmpeg:http://127.0.0.1:${webcam.port}/" }
  - { name: Stick, source: "ffmpeg:rtmp://localhost:9/live/one" }
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { enabled: false, recordings_dir: "${at.recordings}" }
`,
    );
    try {
      for (const name of ['Webcam', 'Stick']) {
        const { code, output } = await forbidden.run(['camera', 'test', name]);
        assert.equal(code, 1, output);
        assert.match(output, /does not connect to such an address/);
      }
    } finally {
      await forbidden.remove();
    }
  });
});

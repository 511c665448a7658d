/** Players that people have, as Debian ships them, on a real camera that passes through the real system. */
import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Camera } from './support/camera.ts';
import { startCamera } from './support/camera.ts';
import { eventually, run, start } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

const streamPassword = 'watch-only-with-this-long-password';
const wrongPassword = 'not-the-one-but-quite-as-long-again';
const skipWithout = (program: string) => (existsSync(`/usr/bin/${program}`) ? false : `${program} is not installed`);

/** Debian builds VLC without live555, and what is left of its RTSP speaks to satellite receivers only. */
function withoutVlc(): string | false {
  const plugins = globSync('/usr/lib/*/vlc/plugins/access/liblive555_plugin.so');
  return skipWithout('cvlc') || (plugins.length === 0 ? 'this VLC was built without an RTSP client (live555)' : false);
}

describe('players', { skip: withoutFootage }, () => {
  let site: Site;
  let system: System;
  let camera: Camera;

  before(async () => {
    camera = await startCamera({ clip: 'one-alaw.mov', auth: 'open' });
    site = await Site.create(
      (at) => `
cameras:
  - { path: video/front-door, source: "${camera.urls[0]}", audio: true }
  - video/yard
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { enabled: false, recordings_dir: "${at.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
    await site.addUser('watcher', 'viewer', streamPassword, ['--stream', '--camera', 'front-door']);
    await site.addUser('phone', 'publisher', `${streamPassword}-phone`, ['--camera', 'front-door']);
    system = await site.start();
    await system.login('owner', 'correct horse battery');
    await eventually('the camera is live', async () => {
      const { cameras } = (await system.ask('/api/cameras')).json<{
        cameras: { id: string; state: { kind: string } }[];
      }>();
      return cameras.find((one) => one.id === 'front-door' && one.state.kind === 'live');
    });
  });

  after(async () => {
    await system?.process.stop();
    await camera?.process.stop();
    await site?.remove();
  });

  function urlOf(
    scheme: 'rtsp' | 'rtsps',
    user = 'watcher',
    password = streamPassword,
    path = 'video/front-door',
  ): string {
    const url = new URL(`${system.ready[scheme]}/${path}`);
    url.username = user;
    url.password = password;
    return url.href;
  }

  async function probe(url: string) {
    const { code, output } = await run('ffprobe', [
      ...['-v', 'error', '-print_format', 'json=compact=1', '-show_entries', 'stream=codec_name,codec_type', url],
    ]);
    return { code, output };
  }

  for (const scheme of ['rtsp', 'rtsps'] as const) {
    it(`shows its tracks to ffprobe over ${scheme}, which asks for UDP first`, async () => {
      const { code, output } = await probe(urlOf(scheme));
      assert.equal(code, 0, output);
      assert.match(output, /"h264"/);
      assert.match(output, /"pcm_alaw"/);
    });

    it(`plays in ffmpeg over ${scheme}, whole from its first picture`, async () => {
      const { code, output } = await run('ffmpeg', [
        ...['-nostdin', '-v', 'warning', '-rtsp_transport', 'tcp', '-i', urlOf(scheme)],
        ...['-t', '3', '-map', '0', '-c', 'copy', '-f', 'framehash', '-hash', 'md5', '-'],
      ]);
      assert.equal(code, 0, output);
      const pictures = output.split('\n').filter((line) => /^0,/.test(line)).length;
      assert.ok(pictures >= 40, `${pictures} pictures of 3 s at 15 a second\n${output.slice(-2000)}`);
      assert.doesNotMatch(output, /error|missed|corrupt/i);
    });
  }

  it('decodes without a fault from the first picture on', async () => {
    const { code, output } = await run('ffmpeg', [
      ...['-nostdin', '-v', 'warning', '-rtsp_transport', 'tcp', '-i', urlOf('rtsp')],
      ...['-frames:v', '30', '-an', '-f', 'null', '-'],
    ]);
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /error|missed|corrupt|concealing/i);
  });

  it('plays in GStreamer', { skip: skipWithout('gst-launch-1.0') }, async () => {
    for (const scheme of ['rtsp', 'rtsps'] as const) {
      const location = `location=${system.ready[scheme]}/video/front-door`;
      const login = ['user-id=watcher', `user-pw=${streamPassword}`, 'tls-validation-flags=0'];
      const { code, output } = await run('gst-launch-1.0', [
        ...['-q', 'rtspsrc', location, ...login, '!', 'rtph264depay', '!', 'h264parse'],
        ...['!', 'identity', 'eos-after=20', '!', 'fakesink'],
      ]);
      assert.equal(code, 0, `${scheme}: ${output}`);
    }
  });

  it('plays in VLC', { skip: withoutVlc() }, async () => {
    // VLC refuses to run as root.
    const asSomebody = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
    const [command, ...args] = [...asSomebody, 'cvlc', '--no-audio', '--vout=dummy', '--run-time=4', '-v'];
    const { output } = await run(command!, [...args, urlOf('rtsp'), 'vlc://quit'], { env: { HOME: '/tmp' } });
    assert.doesNotMatch(output, /Unauthorized|failed to setup|no data received|connection error|can't be opened/i);
  });

  it('refuses a wrong password, other roles, and other paths', async () => {
    assert.match((await probe(urlOf('rtsp', 'watcher', wrongPassword))).output, /401/);
    assert.match((await probe(urlOf('rtsp', 'phone', `${streamPassword}-phone`))).output, /403/);
    assert.match((await probe(urlOf('rtsp', 'watcher', streamPassword, 'video/yard'))).output, /404/);
    assert.match((await probe(urlOf('rtsp', 'watcher', streamPassword, 'nowhere'))).output, /404/);
  });

  it('ends a player whose account goes', async () => {
    await site.addUser('guest', 'viewer', `${streamPassword}-guest`, ['--stream', '--camera', 'front-door']);
    const player = start('ffmpeg', [
      ...['-nostdin', '-v', 'error', '-rtsp_transport', 'tcp', '-i', urlOf('rtsp', 'guest', `${streamPassword}-guest`)],
      ...['-c', 'copy', '-f', 'framehash', '-'],
    ]);
    await eventually('it plays', () => (/^0,/m.test(player.output()) ? true : undefined));
    await site.run(['user', 'remove', 'guest']);
    await player.ended(10_000);
  });
});

/** Crowds at the RTSP port that say nothing, say it slowly or say nonsense: a camera and its viewer don't notice. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Started } from './support/process.ts';
import { eventually, run, start } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

const passwords = { phone: 'publish-only-with-this-long-one', watcher: 'watch-only-with-this-long-password' };
/** As many as may be open at once; the oldest strangers make room. */
const mostConnections = 256;
const crowd = 500;

describe('a crowd at the RTSP port', () => {
  let site: Site;
  let system: System;
  const publishers: Started[] = [];
  const sockets = new Set<Socket>();

  before(async () => {
    site = await Site.create(
      (at) => `
cameras: [video/one, video/two]
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { enabled: false, recordings_dir: "${at.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
    await site.addUser('phone', 'publisher', passwords.phone, ['--camera', 'all']);
    await site.addUser('watcher', 'viewer', passwords.watcher, ['--stream', '--camera', 'all']);
    system = await site.start();
    await system.login('owner', 'correct horse battery');
  });

  after(async () => {
    for (const socket of sockets) socket.destroy();
    for (const publisher of publishers) await publisher.stop('SIGKILL').catch(() => {});
    await system?.process.stop();
    await site?.remove();
  });

  function urlOf(user: keyof typeof passwords, path: string): string {
    const url = new URL(`${system.ready.rtsp}/${path}`);
    url.username = user;
    url.password = passwords[user];
    return url.href;
  }

  async function publish(path: string): Promise<void> {
    publishers.push(
      start('ffmpeg', [
        ...['-nostdin', '-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=160x96:rate=10', '-c:v', 'libx264'],
        ...['-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '10', '-pix_fmt', 'yuv420p'],
        ...['-f', 'rtsp', '-rtsp_transport', 'tcp', urlOf('phone', path)],
      ]),
    );
    const id = path.replace('video/', '');
    await eventually(`${id} is live`, async () => {
      const { cameras } = (await system.ask('/api/cameras')).json<{
        cameras: { id: string; state: { kind: string } }[];
      }>();
      return cameras.find((one) => one.id === id && one.state.kind === 'live');
    });
  }

  /** One more in the crowd, from one of many addresses of this machine. */
  function come(number: number, talk: (socket: Socket) => void): void {
    const { hostname, port } = new URL(system.ready.rtsp);
    const socket = connect({ host: hostname, port: Number(port), localAddress: `127.0.1.${1 + (number % 17)}` });
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.once('connect', () => talk(socket));
  }

  it('loses its places, while a camera and its viewer go on and another camera comes in', async () => {
    await publish('video/one');
    const watching = run(
      'ffmpeg',
      [
        ...['-nostdin', '-v', 'error', '-rtsp_transport', 'tcp', '-i', urlOf('watcher', 'video/one'), '-t', '8'],
        ...['-c', 'copy', '-f', 'framehash', '-hash', 'crc32', '-'],
      ],
      { limitMs: 40_000 },
    );
    watching.catch(() => {});
    for (let i = 0; i < crowd; i++) come(i, () => {});
    // A letter at a time, for as long as it may.
    for (let i = 0; i < 40; i++) {
      come(i, (socket) => {
        const letters = setInterval(() => socket.write('O'), 50);
        socket.on('close', () => clearInterval(letters));
      });
    }
    const noise = setInterval(() => {
      for (let i = 0; i < 10; i++) {
        come(i, (socket) => {
          socket.write(randomBytes(4096));
          socket.write(`DESCRIBE rtsp://127.0.0.1/video/one RTSP/1.0\r\nCSeq: 1\r\n${'X: y\r\n'.repeat(2000)}`);
        });
      }
    }, 100);
    try {
      await eventually('the crowd is cut to what there is room for', () => sockets.size < mostConnections || undefined);
      await publish('video/two');
      const { code, output } = await watching;
      assert.equal(code, 0, output);
      const times = [...output.matchAll(/^0,\s*(\d+),/gm)].map((match) => Number(match[1]));
      const spans = times.slice(1).map((time, i) => time - times[i]!);
      assert.ok(times.length >= 75, `${times.length} pictures`);
      // Ten a second; a picture that is missing makes it twice as long.
      assert.ok(Math.max(...spans) < 10_000, `${Math.max(...spans)}`);
    } finally {
      clearInterval(noise);
    }
  });
});

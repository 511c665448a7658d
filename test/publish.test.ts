/** A phone that publishes: only with its credentials, only to its path, and seen at once. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Started } from './support/process.ts';
import { eventually, start } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

const streamPassword = 'publish-only-with-this-long-one';

/** A live picture made by ffmpeg, published in real time over TCP. */
function publish(system: System, path: string, user: string, password: string, seconds = 60): Started {
  const url = new URL(`${system.ready.rtsp}/${path}`);
  url.username = user;
  url.password = password;
  return start('ffmpeg', [
    '-nostdin',
    '-v',
    'error',
    '-re',
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=320x240:rate=10',
    '-t',
    String(seconds),
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-tune',
    'zerolatency',
    '-g',
    '10',
    '-pix_fmt',
    'yuv420p',
    '-f',
    'rtsp',
    '-rtsp_transport',
    'tcp',
    url.href,
  ]);
}

describe('publishing', () => {
  let site: Site;
  let system: System;

  before(async () => {
    site = await Site.create(
      (at) => `
cameras:
  - video/front-door
  - video/back-door
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { enabled: false, recordings_dir: "${at.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
    await site.addUser('phone', 'publisher', streamPassword, ['--camera', 'front-door']);
    await site.addUser('other', 'publisher', `${streamPassword}-other`, ['--camera', 'front-door']);
    system = await site.start();
    await system.login('owner', 'correct horse battery');
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  async function stateIs(id: string, kind: string): Promise<void> {
    await eventually(`${id} is ${kind}`, async () => {
      const { cameras } = (await system.ask('/api/cameras')).json<{
        cameras: { id: string; state: { kind: string } }[];
      }>();
      return cameras.find((one) => one.id === id && one.state.kind === kind);
    });
  }

  it('waits until somebody publishes, and shows the publisher live', async () => {
    await stateIs('front-door', 'waiting');
    const publisher = publish(system, 'video/front-door', 'phone', streamPassword);
    try {
      await stateIs('front-door', 'live');
    } finally {
      await publisher.stop('SIGINT').catch(() => {});
    }
    await stateIs('front-door', 'waiting');
  });

  it('refuses a wrong password, another path, an unknown path and a second account', async () => {
    const refused = async (path: string, user: string, password: string): Promise<string> => {
      const publisher = publish(system, path, user, password, 5);
      assert.notEqual(await publisher.ended(20_000), 0, publisher.output());
      return publisher.output();
    };
    assert.match(await refused('video/front-door', 'phone', 'wrong-wrong-wrong-wrong-wrong'), /401/);
    assert.match(await refused('video/back-door', 'phone', streamPassword), /403|404/);
    assert.match(await refused('video/nowhere', 'phone', streamPassword), /403|404/);
    const first = publish(system, 'video/front-door', 'phone', streamPassword);
    try {
      await stateIs('front-door', 'live');
      await refused('video/front-door', 'other', `${streamPassword}-other`);
    } finally {
      await first.stop('SIGINT').catch(() => {});
    }
  });

  it('lets the same account take over at once', async () => {
    const first = publish(system, 'video/front-door', 'phone', streamPassword);
    await stateIs('front-door', 'live');
    const second = publish(system, 'video/front-door', 'phone', streamPassword);
    try {
      assert.notEqual(await first.ended(15_000), 0);
      await stateIs('front-door', 'live');
    } finally {
      await second.stop('SIGINT').catch(() => {});
    }
  });
});

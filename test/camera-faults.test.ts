/** A camera that dies, hangs or changes its password: the state is said, and the picture comes back by itself. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Camera } from './support/camera.ts';
import { startCamera } from './support/camera.ts';
import { eventually } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

interface CameraAnswer {
  readonly id: string;
  readonly state: { readonly kind: string; readonly detail: string | null; readonly lastSampleAt: number | null };
}

/** What the product promises: the state within ten seconds, the picture within ten of the camera's return. */
const promiseMs = 10_000;

describe('a camera in trouble', { skip: withoutFootage }, () => {
  let camera: Camera;
  let site: Site;
  let system: System;
  let port: number;

  before(async () => {
    camera = await startCamera({ clip: 'visits-sub.mp4' });
    port = Number(new URL(camera.urls[0]!).port);
    site = await Site.create(
      (at) => `
cameras:
  - { name: Room, source: "${camera.urls[0]}" }
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
    const source = camera.urls[0]!.replace('rtsp://', 'rtsp://cam@');
    const added = await site.run(['camera', 'add', 'Room', '--source', source, '--password-stdin'], 'secret\n');
    assert.equal(added.code, 0, added.output);
    system = await site.start();
    await system.login('owner', 'correct horse battery');
    await state('live', 15_000);
  });

  after(async () => {
    await system?.process.stop();
    await camera?.process.stop();
    await site?.remove();
  });

  async function state(kind: string, limitMs = promiseMs): Promise<CameraAnswer> {
    return await eventually(
      `the camera is ${kind}`,
      async () => {
        const { cameras } = (await system.ask('/api/cameras')).json<{ cameras: CameraAnswer[] }>();
        return cameras.find((one) => one.state.kind === kind);
      },
      limitMs,
    );
  }

  async function replaceCamera(password: string): Promise<void> {
    await camera.process.stop('SIGKILL');
    camera = await startCamera({ clip: 'visits-sub.mp4', port, password });
  }

  it('is unreachable when it has lost power, and live again when it is back', async () => {
    await camera.process.stop('SIGKILL');
    await state('unreachable');
    camera = await startCamera({ clip: 'visits-sub.mp4', port });
    await state('live');
  });

  it('is stalled when it hangs with its connection open, and live again when it goes on', async () => {
    camera.process.child.kill('SIGSTOP');
    const stalled = await state('stalled');
    assert.match(stalled.state.detail ?? '', /no picture/);
    camera.process.child.kill('SIGCONT');
    await state('live');
  });

  it('is unauthorized when its password changed, and live again when that is mended', async () => {
    await replaceCamera('another');
    await state('unauthorized');
    await replaceCamera('secret');
    await state('live');
  });

  it('takes a new password while the system runs', async () => {
    await replaceCamera('changed');
    await state('unauthorized');
    const source = camera.urls[0]!.replace('rtsp://', 'rtsp://cam@');
    const { code, output } = await site.run(
      ['camera', 'add', 'Room', '--source', source, '--password-stdin'],
      'changed\n',
    );
    assert.equal(code, 0, output);
    await state('live');
  });
});

/** A camera with a small stream beside its large one: what is looked for in the small one is recorded from the large. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import type { Camera } from './support/camera.ts';
import { startCamera } from './support/camera.ts';
import { eventually } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

describe('a substream', { skip: withoutFootage }, () => {
  let camera: Camera;
  let site: Site;
  let system: System;

  before(async () => {
    // The first person of the clip enters in its second 20.
    camera = await startCamera({ clip: 'visits.mp4', substream: 'visits-sub.mp4', auth: 'open', startSeconds: 8 });
    const [main, sub] = camera.urls as [string, string];
    site = await Site.create(
      (at) => `
cameras:
  - { id: room, path: video/room, source: "${main}", substream: "${sub}" }
network: { api_port: 0 }
detection: { port: 0 }
recording: { recordings_dir: "${at.recordings}", post_buffer_seconds: 1, max_clip_seconds: 10 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
    system = await site.start();
    await system.login('owner', 'correct horse battery');
  });

  after(async () => {
    await system?.process.stop();
    await camera?.process.stop();
    await site?.remove();
  });

  /** Width of what a viewer gets who asks for this stream. */
  async function widthOf(stream: 'main' | 'sub'): Promise<number> {
    const socket = new WebSocket(`${system.ready.https.replace('https', 'wss')}/api/live`, 'sentrix.v1', {
      headers: { cookie: system.cookie ?? '', origin: system.ready.https },
      rejectUnauthorized: false,
    });
    try {
      return await new Promise((resolve, reject) => {
        socket.on('error', reject);
        socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', slot: 1, camera: 'room', stream })));
        socket.on('message', (data, isBinary) => {
          const message = isBinary ? {} : (JSON.parse(String(data)) as { type?: string; width?: number });
          if (message.type === 'format') resolve(message.width ?? 0);
        });
      });
    } finally {
      socket.terminate();
    }
  }

  it('is shown to viewers who ask for it', async () => {
    await eventually('the camera is live', async () => {
      const { cameras } = (await system.ask('/api/cameras')).json<{ cameras: { state: { kind: string } }[] }>();
      return cameras.find((one) => one.state.kind === 'live');
    });
    assert.equal(await widthOf('main'), 768);
    assert.equal(await widthOf('sub'), 640);
  });

  it('is what is looked at, while the main stream is recorded', async () => {
    const recording = await eventually(
      'a person is recorded',
      async () =>
        (await system.ask('/api/recordings?state=open')).json<{ recordings: { stream_id: string }[] }>().recordings[0],
      50_000,
    );
    assert.equal(recording.stream_id, 'room');
  });
});

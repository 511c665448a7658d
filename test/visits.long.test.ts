/** The whole clip with its three visits, in real time and to the end: each is an event, and the empty room is none. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startCamera } from './support/camera.ts';
import { eventually, run } from './support/process.ts';
import { Site } from './support/sentrix.ts';
import { shared, withoutFootage } from './support/shared.ts';

interface Recording {
  readonly timestamp: string;
  readonly duration: number;
  readonly objects_detected: readonly { readonly class: string }[];
}

const clipSeconds = 144.53;

describe('the clip with three visits', { skip: withoutFootage }, () => {
  it('gives an event of class person for each visit and records nothing else', async () => {
    const camera = await startCamera({ clip: 'visits.mp4' });
    const site = await Site.create(
      (at) => `
cameras:
  - { name: Room, source: "${camera.urls[0]}" }
network: { api_port: 0 }
detection: { port: 0 }
recording: { recordings_dir: "${at.recordings}", pre_buffer_seconds: 5, post_buffer_seconds: 3 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    try {
      await site.addUser('owner', 'admin', 'correct horse battery');
      const source = camera.urls[0]!.replace('rtsp://', 'rtsp://cam@');
      await site.run(['camera', 'add', 'Room', '--source', source, '--password-stdin'], 'secret\n');
      const system = await site.start();
      try {
        await system.login('owner', 'correct horse battery');
        // Up to the end of the clip: what is there then is all that there will be.
        await eventually(
          'the clip has been played',
          () => (Date.now() > camera.readyAt + (clipSeconds + 2) * 1000 ? true : undefined),
          (clipSeconds + 10) * 1000,
        );
        const { recordings } = (await system.ask('/api/recordings?sort_order=asc')).json<{ recordings: Recording[] }>();
        const events = recordings.map(({ timestamp, duration, objects_detected }) => ({
          class: objects_detected[0]?.class,
          start: timestamp,
          end: new Date(Date.parse(timestamp) + duration * 1000).toISOString(),
        }));
        const file = join(site.directory, 'events.json');
        await writeFile(file, JSON.stringify(events));
        const zero = new Date(camera.readyAt).toISOString();
        const { code, output } = await run(process.execPath, [
          join(shared, 'cameras', 'score.mjs'),
          ...['--clip', 'visits.mp4', '--events', file, '--zero', zero],
        ]);
        assert.equal(code, 0, output);
        assert.match(output, /visits found 3\/3, false events 0/);
        assert.equal(recordings.length, 3);
      } finally {
        await system.process.stop();
      }
    } finally {
      await camera.process.stop();
      await site.remove();
    }
  });
});

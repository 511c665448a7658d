/** The power goes while an event is recorded. What was filmed up to the last second is there afterwards. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Camera } from './support/camera.ts';
import { startCamera } from './support/camera.ts';
import { eventually, run } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

interface Recording {
  readonly id: number;
  readonly timestamp: string;
  readonly duration: number;
  readonly file_url: string;
  readonly file_path: string;
}

describe('a crash during a recording', { skip: withoutFootage }, () => {
  let camera: Camera;
  let site: Site;
  let system: System;

  before(async () => {
    camera = await startCamera({ clip: 'visits-sub.mp4', auth: 'open' });
    site = await Site.create(
      (at) => `
cameras:
  - { name: Room, source: "${camera.urls[0]}", recording: { mode: continuous } }
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}" }
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

  it('leaves a clip that is listed and plays up to a second before', async () => {
    const open = await eventually('a clip is being written for some seconds', async () => {
      const { recordings } = (await system.ask('/api/recordings?state=open')).json<{ recordings: Recording[] }>();
      const one = recordings[0];
      return one !== undefined && Date.now() - Date.parse(one.timestamp) > 6000 ? one : undefined;
    });
    const killedAt = Date.now();
    process.kill(system.ready.pid, 'SIGKILL');
    await system.process.ended();

    system = await site.start();
    await system.login('owner', 'correct horse battery');
    const { recordings } = (await system.ask('/api/recordings')).json<{ recordings: Recording[] }>();
    const clip = recordings.find((one) => one.id === open.id);
    assert.ok(clip !== undefined, 'the torn clip is listed');
    const served = await system.ask(clip.file_url);
    assert.equal(served.status, 200);
    const file = join(site.directory, 'torn.mp4');
    await writeFile(file, served.body);
    const { code, output } = await run('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'packet=pts_time',
      '-of',
      'csv=p=0',
      file,
    ]);
    assert.equal(code, 0, output);
    const lastSecond = Math.max(...output.trim().split('\n').map(Number));
    const filmedSeconds = (killedAt - Date.parse(clip.timestamp)) / 1000;
    assert.ok(lastSecond > filmedSeconds - 1, `plays ${lastSecond} s of ${filmedSeconds} s`);
    assert.ok(Math.abs(clip.duration - lastSecond) < 0.3, `listed with ${clip.duration} s, holds ${lastSecond} s`);
  });

  it('is told by the command line, which refuses a torn file unless asked', async () => {
    const { recordings } = (await system.ask('/api/recordings')).json<{ recordings: Recording[] }>();
    const file = join(site.recordings, `${recordings.at(-1)!.file_path}.age`);
    const target = join(site.directory, 'decrypted.mp4');
    const refused = await site.run(['recording', 'decrypt', file, '-o', target]);
    assert.equal(refused.code, 1, refused.output);
    const taken = await site.run(['recording', 'decrypt', '--torn', file, '-o', target]);
    assert.equal(taken.code, 0, taken.output);
    const { code, output } = await run('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'stream=codec_name',
      '-of',
      'csv=p=0',
      target,
    ]);
    assert.deepEqual([code, output.trim()], [0, 'h264']);
  });

  it('goes on recording afterwards, and ends cleanly on SIGTERM', async () => {
    await eventually('a new clip is being written', async () => {
      const { recordings } = (await system.ask('/api/recordings?state=open')).json<{ recordings: Recording[] }>();
      return recordings[0];
    });
    assert.equal(await system.process.stop(), 0);
  });
});

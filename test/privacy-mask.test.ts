/** A camera with privacy masks: the masked part is black wherever a picture comes out, and nothing else is. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startCamera } from './support/camera.ts';
import { eventually, run } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

interface Recording {
  readonly file_url: string;
  readonly thumbnail_url: string | null;
}

describe('a camera with a privacy mask', { skip: withoutFootage }, () => {
  let camera: Awaited<ReturnType<typeof startCamera>>;
  let site: Site;
  let system: System;

  before(async () => {
    // Somebody comes in after a second, the clip begins at 20 s.
    camera = await startCamera({ clip: 'visits-sub.mp4', auth: 'open', startSeconds: 19 });
    site = await Site.create(
      (at) => `
cameras:
  - { name: Room, source: "${camera.urls[0]}", privacy: [[[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5]]] }
network: { api_port: 0 }
detection: { port: 0 }
recording: { recordings_dir: "${at.recordings}", pre_buffer_seconds: 1, post_buffer_seconds: 1 }
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

  /** Mean grey of the upper left quarter and of the lower right one, of the first picture of a file; 0..255. */
  async function quarters(file: string): Promise<readonly [number, number]> {
    const grey = `${file}.grey`;
    // A little inside, for the encoder blurs what lies beside.
    const filter = (place: string) => `crop=iw*0.45:ih*0.45:${place},scale=1:1:flags=area,format=gray`;
    const graph = `[0:v]split[a][b];[a]${filter('0:0')}[c];[b]${filter('iw*0.55:ih*0.55')}[d];[c][d]hstack`;
    const args = [
      '-nostdin',
      '-v',
      'error',
      '-i',
      file,
      '-filter_complex',
      graph,
      '-frames:v',
      '1',
      '-f',
      'rawvideo',
      '-y',
      grey,
    ];
    const { code, output } = await run('ffmpeg', args);
    assert.equal(code, 0, output);
    const [masked, open] = await readFile(grey);
    return [masked!, open!];
  }

  async function isMasked(name: string, body: Uint8Array): Promise<void> {
    const folder = join(site.directory, 'looked-at');
    await mkdir(folder, { recursive: true });
    const file = join(folder, name);
    await writeFile(file, body);
    const [masked, open] = await quarters(file);
    assert.ok(masked <= 20, `${name}: the mask is ${masked} of 255`);
    assert.ok(open > 50, `${name}: the rest is ${open} of 255`);
  }

  it('is masked on the disk, in the thumbnail and in the moving pictures', async () => {
    const recording = await eventually(
      'a recording with a thumbnail',
      async () => {
        const { recordings } = (await system.ask('/api/recordings')).json<{ recordings: Recording[] }>();
        return recordings.find((one) => one.thumbnail_url !== null);
      },
      60_000,
    );
    await isMasked('clip.mp4', (await system.ask(recording.file_url)).body);
    const thumbnail = recording.thumbnail_url!;
    await isMasked('thumbnail.jpg', (await system.ask(thumbnail)).body);
    const preview = await system.ask(thumbnail.replace(/\.jpg$/, '.webp'));
    assert.equal(preview.status, 200);
  });

  it('is masked in single pictures', async () => {
    const picture = await system.ask('/video/jpeg/room');
    assert.equal(picture.status, 200);
    const first = picture.body.indexOf(Buffer.from([0xff, 0xd8, 0xff]));
    await isMasked('picture.jpg', picture.body.subarray(Math.max(0, first)));
  });

  it('leaves no unmasked rendition in the recordings', async () => {
    const files = (await readdir(site.recordings, { recursive: true })).filter((file) => file.endsWith('.mp4.age'));
    assert.ok(files.length > 0);
    const { cameras } = (await system.ask('/api/cameras')).json<{ cameras: { state: { kind: string } }[] }>();
    assert.deepEqual(
      cameras.map((one) => one.state.kind),
      ['live'],
    );
  });
});

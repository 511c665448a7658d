/** The recordings of the Python program move in: real videos, its database, and files that it encrypted. */
import assert from 'node:assert/strict';
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { run } from './support/process.ts';
import { Site } from './support/sentrix.ts';

const configuration = (at: Site) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", mode: "off" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`;

describe('recordings of the first life', () => {
  let site: Site;
  let old: string;

  before(async () => {
    site = await Site.create(configuration);
    await site.addUser('owner', 'admin', 'correct horse battery');
    old = join(site.directory, 'old');
    await mkdir(old);
    const source = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=10:duration=2'];
    const clip = join(old, 'gate_20261120_080000.mp4');
    const made = await run('ffmpeg', [...source, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', clip]);
    assert.equal(made.code, 0, made.output);
    await run('ffmpeg', ['-v', 'error', '-i', clip, '-frames:v', '1', clip.replace('.mp4', '.jpg')]);
    const other = join(site.directory, 'other.mp4');
    await run('ffmpeg', ['-v', 'error', '-i', clip, '-c', 'copy', '-metadata', 'title=other', other]);
    const key = randomBytes(32);
    await writeFile(join(old, '.encryption_key'), key.toString('base64url'));
    await writeFile(join(old, 'yard_20261120_090000.mp4.enc'), fernet(key, await readFile(other)));
    const database = new DatabaseSync(join(old, 'recordings.db'));
    database.exec('create table recordings (timestamp text, stream_id text, stream_name text, file_path text)');
    const insert = database.prepare('insert into recordings values (?, ?, ?, ?)');
    insert.run('2026-11-20T08:00:00Z', 'gate', 'Gate', '/srv/old/gate_20261120_080000.mp4');
    insert.run('2026-11-20T09:00:00Z', 'yard', 'Yard', '/srv/old/yard_20261120_090000.mp4.enc');
    database.close();
  });

  after(() => site?.remove());

  it('are taken in by the command, say so once, and play from the vault', async () => {
    const originals = [join(old, 'gate_20261120_080000.mp4'), join(site.directory, 'other.mp4')];
    const bytes = await Promise.all(originals.map((path) => readFile(path)));
    const first = await site.run(['recording', 'import', old, '--hold']);
    assert.equal(first.code, 0, first.output);
    assert.match(first.output, /2 recordings taken in; 0 were here already; 0 originals deleted/);
    const system = await site.start();
    await system.login('owner', 'correct horse battery');
    const again = await site.run(['recording', 'import', old, '--hold', '--remove']);
    assert.match(again.output, /0 recordings taken in; 2 were here already; 2 originals deleted/);
    assert.deepEqual(
      (await readdir(old)).filter((name) => /mp4/.test(name)),
      [],
    );
    type Listed = { id: number; stream_name: string; file_url: string; thumbnail_url: string | null; duration: number };
    const { recordings } = (await system.ask('/api/recordings?sort_order=asc')).json<{ recordings: Listed[] }>();
    assert.deepEqual(
      recordings.map(({ stream_name, duration }) => [stream_name, duration]),
      [
        ['Gate', 2],
        ['Yard', 2],
      ],
    );
    for (const [index, { file_url }] of recordings.entries()) {
      const { status, body } = await system.ask(file_url);
      assert.equal(status, 200);
      assert.ok(body.subarray(0, bytes[index]!.length).equals(bytes[index]!));
      const target = join(site.directory, 'played.mp4');
      await writeFile(target, body);
      const probe = await run('ffmpeg', ['-v', 'error', '-xerror', '-i', target, '-f', 'null', '-']);
      assert.deepEqual([probe.code, probe.output], [0, '']);
      await rm(target);
    }
    assert.equal((await system.ask(recordings[0]!.thumbnail_url!)).headers['content-type'], 'image/jpeg');
    assert.equal(await system.process.stop(), 0);
    const verified = await site.run(['recording', 'verify']);
    assert.match(verified.output, /2 recordings are what was recorded/);
  });
});

function fernet(key: Buffer, plain: Uint8Array): Buffer {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', key.subarray(16), iv);
  const signed = Buffer.concat([Buffer.of(0x80), Buffer.alloc(8), iv, cipher.update(plain), cipher.final()]);
  const token = Buffer.concat([signed, createHmac('sha256', key.subarray(0, 16)).update(signed).digest()]);
  return Buffer.from(token.toString('base64').replaceAll('+', '-').replaceAll('/', '_'));
}

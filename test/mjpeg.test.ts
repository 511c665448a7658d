/** Pictures of the drawn camera for what plays no video, decoded only while somebody looks. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { eventually, start } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

describe('pictures of a camera', () => {
  let site: Site;
  let system: System;

  before(async () => {
    site = await Site.create(
      (at) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { enabled: false, recordings_dir: "${at.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
    system = await site.start();
    await system.login('owner', 'correct horse battery');
    await eventually('the drawn camera is live', async () => {
      const { cameras } = (await system.ask('/api/cameras')).json<{ cameras: { state: { kind: string } }[] }>();
      return cameras.find((one) => one.state.kind === 'live');
    });
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  /** Processes that descend from the system and run ffmpeg. */
  async function decoders(): Promise<number> {
    const parents = new Map<number, number>();
    const ffmpegs: number[] = [];
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const [, name = '', parent = ''] = /\((.*)\) \S (\d+)/.exec(stat) ?? [];
      parents.set(pid, Number(parent));
      if (name === 'ffmpeg') ffmpegs.push(pid);
    }
    const isOurs = (pid: number): boolean => {
      for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
        if (at === system.ready.pid) return true;
      }
      return false;
    };
    return ffmpegs.filter(isOurs).length;
  }

  it('gives one as JPEG, of the size of the camera', async () => {
    const answer = await system.ask('/video/jpeg/demo');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'image/jpeg');
    assert.equal(answer.body.readUInt16BE(0), 0xffd8);
    assert.equal((await system.ask('/video/jpeg/nowhere')).status, 404);
  });

  it('gives a row of them that ffmpeg reads, from one decoder that ends with the last viewer', async () => {
    await eventually('nobody looks', async () => ((await decoders()) === 0 ? true : undefined));
    const url = new URL('/video/stream?feed=demo', system.ready.https);
    const viewer = () =>
      start('curl', ['-sN', '--cacert', `${site.home}/certs/ca.crt`, '-b', system.cookie ?? '', '-o', '-', url.href]);
    const viewers = [viewer(), viewer(), viewer()];
    await eventually('all have pictures', () =>
      viewers.every((one) => one.output().split('--frame').length > 10) ? true : undefined,
    );
    assert.equal(await decoders(), 1);
    for (const one of viewers.slice(1)) await one.stop();
    assert.equal(await decoders(), 1);
    assert.equal((await system.ask('/auth/logout', { method: 'POST', body: {} })).status, 200);
    await viewers[0]!.ended(5000);
    await eventually('the decoder is gone', async () => ((await decoders()) === 0 ? true : undefined));
  });
});

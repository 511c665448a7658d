/**
 * Killed at any moment, again and again: what was finished stays, nothing is there twice, no two clips of a camera overlap,
 * and after each start rows and files agree. `SENTRIX_KILLS` says how often; 200 where it doesn't.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { eventually } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

interface Recording {
  readonly id: number;
  readonly timestamp: string;
  readonly duration: number;
  readonly file_path: string;
}

const kills = Number(process.env['SENTRIX_KILLS'] ?? 200);

describe('killed at random moments', () => {
  let site: Site;
  let system: System;

  before(async () => {
    site = await Site.create(
      (at) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", mode: continuous, pre_buffer_seconds: 1, max_clip_seconds: 10 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  const listed = async (state: 'finished' | 'open'): Promise<Recording[]> => {
    const answer = await system.ask(`/api/recordings?limit=1000&sort_order=asc&state=${state}`);
    return answer.json<{ recordings: Recording[] }>().recordings;
  };
  const files = (): string[] =>
    readdirSync(site.recordings, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.mp4.age'))
      .map((name) => name.slice(0, -'.age'.length))
      .sort();

  it('loses nothing that was finished, and rows and files agree', async () => {
    const known = new Map<number, Recording>();
    for (let round = 0; round <= kills; round++) {
      system = await site.start();
      await system.login('owner', 'correct horse battery');
      const finished = await listed('finished');
      const running = await listed('open');
      const ids = new Set(finished.map(({ id }) => id));
      for (const id of known.keys()) assert.ok(ids.has(id), `recording ${id} is still there after kill ${round}`);
      const onDisk = files();
      for (const { file_path } of finished) assert.ok(onDisk.includes(file_path), `${file_path} has its file`);
      const rows = new Set([...finished, ...running, ...(await listed('open'))].map(({ file_path }) => file_path));
      for (const name of onDisk) assert.ok(rows.has(name), `${name} has its row`);
      for (const [index, one] of finished.entries()) {
        const before = finished[index - 1];
        if (before === undefined) continue;
        const end = Date.parse(before.timestamp) + before.duration * 1000;
        assert.ok(Date.parse(one.timestamp) >= end - 1, `${one.file_path} begins after ${before.file_path}`);
      }
      for (const one of finished) known.set(one.id, one);
      if (round === kills) break;
      if (round % 4 !== 0) await eventually('a clip is open', async () => (await listed('open'))[0]);
      // Any moment of a clip's life, its beginning and its end included.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3000));
      process.kill(system.ready.pid, 'SIGKILL');
      await system.process.ended();
    }
    assert.ok(known.size >= kills / 2, `${known.size} recordings were made`);
  });
});

/** The disk of the recordings is full, and then it isn't: live view goes on, the trouble shows, recording resumes by itself. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

/** A small disk of its own, where this user may make one. */
function tryMount(directory: string): boolean {
  mkdirSync(directory, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m,mode=0700', 'tmpfs', directory]).status === 0;
}

const probe = join(tmpdir(), `sentrix-mount-${process.pid}`);
const mountable = process.platform === 'linux' && tryMount(probe);
if (mountable) spawnSync('umount', [probe]);
await rm(probe, { recursive: true, force: true });

interface Camera {
  readonly state: { readonly kind: string; readonly code: string | null; readonly recording: boolean };
}

describe('a full disk', { skip: mountable ? false : 'this user may not mount a small disk' }, () => {
  let site: Site;
  let system: System;
  let filler: string;

  before(async () => {
    site = await Site.create(
      (at) => `
timezone: Etc/UTC
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", mode: continuous, pre_buffer_seconds: 1, max_storage_gb: 0.1 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
    assert.ok(tryMount(site.recordings));
    filler = join(site.recordings, 'filler');
    system = await site.start();
    await system.login('owner', 'correct horse battery');
  });

  after(async () => {
    await system?.process.stop();
    if (site !== undefined) spawnSync('umount', [site.recordings]);
    await site?.remove();
  });

  const camera = async () => (await system.ask('/api/cameras')).json<{ cameras: Camera[] }>().cameras[0]!;

  it('is said, and costs what it must: recording resumes when there is room', async () => {
    await eventually('it is recorded', async () => ((await camera()).state.recording ? true : undefined));
    // All that is left, page by page: what a write of the system then gets is ENOSPC.
    for (let size = 1 << 20; size >= 4096; size >>= 2) {
      try {
        for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      }
    }
    const failed = await eventually('the camera says that it is not recorded', async () => {
      const found = await camera();
      return found.state.code !== null ? found : undefined;
    });
    assert.equal(failed.state.kind, 'live');
    assert.match(failed.state.code!, /^(?:storage|recording)\//);
    assert.equal((await system.ask('/video/jpeg/demo')).status, 200);
    const day = new Date().toISOString().slice(0, 10);
    const losses = async () =>
      (await system.ask(`/api/timeline?day=${day}`)).json<{
        cameras: { losses: { reason: string; end: string | null }[] }[];
      }>().cameras[0]!.losses;
    await eventually('the loss is written', async () =>
      (await losses()).find(({ reason, end }) => reason === 'disk' && end === null),
    );
    await truncate(filler, 0);
    await eventually('it is recorded again', async () => {
      const { state } = await camera();
      return state.recording && state.code === null ? true : undefined;
    });
    await eventually('the loss is over', async () => (await losses()).every(({ end }) => end !== null) || undefined);
  });
});

/** The disk of the recordings is full, read-only or gone, and then it isn't: live view goes on, the trouble shows, recording resumes by itself. */
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

describe('a disk that fails', { skip: mountable ? false : 'this user may not mount a small disk' }, () => {
  let site: Site;
  let system: System;
  let filler: string;

  before(async () => {
    site = await Site.create(
      (at) => `
timezone: Etc/UTC
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", mode: continuous, pre_buffer_seconds: 1, max_clip_seconds: 10, max_storage_gb: 0.1 }
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

  const post = async (path: string, body: unknown): Promise<void> => {
    const answer = await system.ask(path, { method: 'POST', body });
    assert.equal(answer.status, 200, answer.body.toString());
  };
  const recorded = (what: string) =>
    eventually(
      what,
      async () => {
        const { state } = await camera();
        return state.recording && state.code === null ? true : undefined;
      },
      // A full disk is tried less and less often, each minute in the end.
      90_000,
    );
  interface Clip {
    readonly id: number;
    readonly file_url: string;
  }
  const newest = async (): Promise<Clip | undefined> =>
    (await system.ask('/api/recordings?limit=1')).json<{ recordings: Clip[] }>().recordings[0];

  it('read-only, is said while live view goes on, and recorded on again when it can be written', async () => {
    await recorded('it is recorded');
    // A file that is open for writing keeps a disk from becoming read-only.
    await post('/api/cameras/demo/privacy', { on: true });
    await eventually('nothing is open', async () =>
      (await system.ask('/api/recordings?state=open')).json<{ recordings: Clip[] }>().recordings.length === 0
        ? true
        : undefined,
    );
    await eventually('the disk is read-only', async () =>
      spawnSync('mount', ['-o', 'remount,ro', site.recordings]).status === 0 ? true : undefined,
    );
    await post('/api/cameras/demo/privacy', { on: false });
    const failed = await eventually('the camera says that it is not recorded', async () => {
      const found = await camera();
      return found.state.kind === 'live' && found.state.code !== null ? found : undefined;
    });
    assert.equal(failed.state.code, 'storage/unavailable');
    assert.equal((await system.ask('/video/jpeg/demo')).status, 200);
    // What people say of a clip counts at once, and follows to the disk when that can be written.
    const clip = (await newest())!;
    const noted = { method: 'PATCH', body: { note: 'seen by the neighbour' } };
    assert.equal((await system.ask(`/api/recordings/${clip.id}`, noted)).status, 200);
    assert.equal((await system.ask(clip.file_url)).status, 200);
    assert.equal(spawnSync('mount', ['-o', 'remount,rw', site.recordings]).status, 0);
    await recorded('it is recorded again');
  });

  it('gone with an empty one in its place, is recorded on there, and what was lost is no failure of ours', async () => {
    const old = (await newest())!;
    assert.equal(spawnSync('umount', ['-l', site.recordings]).status, 0);
    assert.ok(tryMount(site.recordings));
    const clip = await eventually(
      'a clip is finished on the new disk',
      async () => {
        const found = await newest();
        if (found === undefined || found.id === old.id) return undefined;
        return (await system.ask(found.file_url)).status === 200 ? found : undefined;
      },
      60_000,
    );
    assert.ok(clip.id > old.id);
    const lost = await system.ask(old.file_url);
    assert.ok(lost.status >= 400 && lost.status < 500, `${lost.status} ${lost.body.toString()}`);
    assert.equal((await system.ask('/video/jpeg/demo')).status, 200);
    await recorded('it is recorded');
  });

  it('full, is said, and costs what it must: recording resumes when there is room', async () => {
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
    await recorded('it is recorded again');
    await eventually('the loss is over', async () => (await losses()).every(({ end }) => end !== null) || undefined);
  });
});

/** The second copy: what is there when the machine is taken away in the middle of a recording. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, run } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

interface Listed {
  readonly id: number;
  readonly file_path: string;
  readonly timestamp: string;
}
interface MirrorAnswer {
  readonly state: string;
  readonly waiting: number;
  readonly problem?: string;
}

const copyOf = (at: Site): string => join(at.directory, 'copy');
const configuration = (at: Site) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", mode: continuous, pre_buffer_seconds: 0, max_clip_seconds: 30 }
mirror: { kind: directory, directory: "${copyOf(at)}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`;

describe('the mirror', () => {
  let site: Site;
  let clip: Listed;

  before(async () => {
    site = await Site.create(configuration);
    await mkdir(copyOf(site));
    await site.addUser('owner', 'admin', 'correct horse battery');
  });

  after(() => site?.remove());

  it('has all but the last two seconds when the process is killed ten seconds into a clip', async () => {
    const system = await started(site);
    clip = await eventually(
      'ten seconds of the demo camera are recorded',
      async () => {
        const { recordings } = (await system.ask('/api/recordings?state=open')).json<{ recordings: Listed[] }>();
        const first = recordings[0];
        return first !== undefined && Date.now() - Date.parse(first.timestamp) > 10_000 ? first : undefined;
      },
      60_000,
    );
    await system.process.stop('SIGKILL');
    // The machine is gone: the copy, the owner's key and the age tool are all there is.
    const there = await seconds(copyOf(site));
    const here = await seconds(site.recordings);
    assert.ok(here > 7, `${here} s recorded`);
    assert.ok(there > here - 2, `${there} s of ${here} s`);
  });

  it('catches up at the next start, and loses what is deleted or shredded here', async () => {
    const system = await started(site);
    await eventually('the copy is current', () => same(site), 30_000);
    assert.equal((await system.ask(`/api/recordings/${clip.id}`, { method: 'DELETE' })).status, 200);
    const inCopy = join(copyOf(site), `${clip.file_path}.age`);
    await eventually('it is gone from the copy', () =>
      stat(inCopy).then(
        () => undefined,
        () => true,
      ),
    );
    assert.equal(await system.process.stop(), 0);
    assert.ok(await same(site));
    const day = clip.file_path.split('/').slice(1, 4).join('-');
    assert.equal((await site.run(['key', 'shred', day, '--yes'])).code, 0);
    assert.deepEqual(await readdir(join(copyOf(site), 'keys')), []);
  });

  it('holds nothing up while it is away, says so, and takes up its work when it is back', async () => {
    const away = `${copyOf(site)}-away`;
    await rename(copyOf(site), away);
    const system = await started(site);
    const failing = await eventually('it says so', async () => {
      const mirror = await mirrorOf(system);
      return mirror.state === 'failing' ? mirror : undefined;
    });
    assert.match(failing.problem!, /not there/);
    await eventually('there is a recording', async () => {
      const { recordings } = (await system.ask('/api/recordings?state=open')).json<{ recordings: Listed[] }>();
      return recordings[0];
    });
    await rename(away, copyOf(site));
    await eventually(
      'the clip grows in the copy',
      async () => {
        const files = (await readdir(copyOf(site), { recursive: true })).filter((name) => name.endsWith('.tail.age'));
        return files.length > 0 ? true : undefined;
      },
      60_000,
    );
    assert.equal(await system.process.stop(), 0);
    assert.ok(await same(site));
  });

  it('keeps what it has when somebody empties the recordings behind our back', async () => {
    const before = (await objects(copyOf(site))).length;
    for (const name of await readdir(site.recordings)) {
      if (!name.startsWith('.')) await rm(join(site.recordings, name), { recursive: true });
    }
    const system = await started(site);
    await eventually('it has looked', async () => ((await mirrorOf(system)).state === 'failing' ? undefined : true));
    assert.equal(await system.process.stop(), 0);
    assert.ok((await objects(copyOf(site))).length >= before);
  });

  /** Of the newest clip in `directory`, joined with its tail as the sheet's words do, by the age tool alone. */
  async function seconds(directory: string): Promise<number> {
    const target = join(site.directory, 'clip.mp4');
    const owner = join(site.home, 'keys', 'owner.key');
    const key = (await readdir(join(directory, 'keys'))).find((name) => name.endsWith('.key.age'))!;
    const day = join(site.directory, 'day.key');
    const wrapped = await run('age', ['-d', '-i', owner, '-o', day, join(directory, 'keys', key)]);
    assert.equal(wrapped.code, 0, wrapped.output);
    const path = join(directory, `${clip.file_path}.age`);
    // age stops at the tear; what came before it is good.
    await run('sh', ['-c', 'age -d -i "$1" "$2" > "$3" 2>/dev/null || true', 'sh', day, path, target]);
    const head = await readFile(target);
    const tailPath = path.replace(/\.mp4\.age$/, '.tail.age');
    await rm(`${target}.tail`, { force: true });
    const opened = await run('age', ['-d', '-i', day, '-o', `${target}.tail`, tailPath]);
    if (opened.code === 0) {
      const tail = await readFile(`${target}.tail`);
      // src/vault/clip-tail.ts: magic (8), length of the id (2), the id, offset (8)
      const header = 10 + tail.readUInt16BE(8) + 8;
      const offset = Number(tail.readBigUInt64BE(header - 8));
      assert.ok(offset <= head.length, 'no gap between clip and tail');
      await writeFile(target, Buffer.concat([head.subarray(0, offset), tail.subarray(header)]));
    }
    await rm(day);
    const args = [
      '-v',
      'error',
      '-count_packets',
      '-select_streams',
      'v',
      '-show_entries',
      'packet=pts_time',
      '-of',
      'csv=p=0',
      target,
    ];
    const { output } = await run('ffprobe', args);
    const times = output.split('\n').map(Number.parseFloat).filter(Number.isFinite);
    return Math.max(0, ...times);
  }
});

async function started(site: Site): Promise<System> {
  const system = await site.start();
  await system.login('owner', 'correct horse battery');
  return system;
}

async function mirrorOf(system: System): Promise<MirrorAnswer> {
  return (await system.ask('/api/storage')).json<{ mirror: MirrorAnswer }>().mirror;
}

async function objects(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.endsWith('.age') || name.endsWith('.recipient')).toSorted();
}

/** Every finished object is there, byte for byte; nothing else is. */
async function same(site: Site): Promise<true | undefined> {
  const ended = (name: string): boolean => !name.endsWith('.tail.age');
  const [here, there] = [(await objects(site.recordings)).filter(ended), (await objects(copyOf(site))).filter(ended)];
  return here.join() === there.join() ? true : undefined;
}

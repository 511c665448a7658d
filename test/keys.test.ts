/** What the owner does with the keys, by the command line and by the `age` tool alone. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, run } from './support/process.ts';
import { Site } from './support/sentrix.ts';

interface Recording {
  readonly event: string;
  readonly id: number;
  readonly state: string;
  readonly timestamp: string;
  readonly duration: number;
  readonly file: string;
}

const configuration = (at: Site) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", mode: continuous, pre_buffer_seconds: 0, max_clip_seconds: 10 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`;

describe('the keys of a home with recordings', () => {
  let site: Site;
  let clips: readonly Recording[];

  before(async () => {
    site = await Site.create(configuration);
    await site.addUser('owner', 'admin', 'correct horse battery');
    const system = await site.start();
    await system.login('owner', 'correct horse battery');
    await eventually(
      'the demo camera has been recorded',
      async () => {
        const { recordings } = (await system.ask('/api/recordings?state=open')).json<{ recordings: Recording[] }>();
        const first = recordings[0];
        return first !== undefined && Date.now() - Date.parse(first.timestamp) > 3000 ? first : undefined;
      },
      60_000,
    );
    assert.equal(await system.process.stop(), 0);
    clips = await listed(site);
    assert.ok(clips.length > 0);
  });

  after(() => site?.remove());

  it('have recordings that are what was recorded, and one that was changed or swapped is named', async () => {
    assert.equal((await site.run(['audit', 'verify'])).code, 0);
    const well = await site.run(['recording', 'verify']);
    assert.equal(well.code, 0, well.output);
    const path = sealed(clips[0]!);
    const bytes = await readFile(path);
    const flipped = Buffer.from(bytes);
    flipped[flipped.length >> 1]! ^= 1;
    await writeFile(path, flipped);
    const changed = await site.run(['recording', 'verify', String(clips[0]!.id)]);
    assert.deepEqual([changed.code, /the file was changed or cut/.test(changed.output)], [1, true], changed.output);
    await rm(path);
    assert.match((await site.run(['recording', 'verify'])).output, /the file is gone/);
    await writeFile(path, bytes, { mode: 0o600 });
    assert.equal((await site.run(['recording', 'verify'])).code, 0);
  });

  it('open a clip by the words of the sheet, with the age tool and nothing of ours', async () => {
    const { identity, commands } = await sheet();
    const home = join(site.directory, 'elsewhere');
    await mkdir(home);
    await writeFile(join(home, 'owner.key'), `${identity}\n`, { mode: 0o600 });
    const { file } = clips[0]!;
    const script = commands
      .replace(/^RECORDINGS=.*$/m, `RECORDINGS='${site.recordings}'`)
      .replace(/^DAY=.*$/m, `DAY=${dayOf(file)}`)
      .replace(/^CLIP=.*$/m, `CLIP=${file}.age`);
    const { code, output } = await run('env', [
      '-i',
      `HOME=${home}`,
      `PATH=${process.env['PATH']}`,
      'sh',
      '-ec',
      script,
    ]);
    assert.equal(code, 0, output);
    assert.deepEqual((await readdir(home)).toSorted(), ['clip.mp4', 'owner.key']);
    await plays(join(home, 'clip.mp4'));
  });

  it('come back on a new machine from the sheet and the recordings directory', async () => {
    const { identity } = await sheet();
    const fresh = new Site(join(site.directory, 'fresh'));
    await mkdir(fresh.directory);
    await writeFile(fresh.configuration, configuration(site));
    const wrong = await fresh.run(
      ['recover', '--recordings', site.recordings, '--password-stdin'],
      'AGE-SECRET-KEY-1\n',
    );
    assert.equal(wrong.code, 1, wrong.output);
    for (const added of [clips.length, 0]) {
      const args = ['recover', '--recordings', site.recordings, '--password-stdin', '--json'];
      const { code, output } = await fresh.run(args, `${identity}\n`);
      assert.equal(code, 0, output);
      const last = JSON.parse(output.trim().split('\n').at(-1)!) as Record<string, unknown>;
      assert.deepEqual([last['added'], last['refused'], last['foreign']], [added, 0, 0]);
    }
    const found = await listed(fresh);
    const told = ({ id, state, timestamp, duration, file }: Recording) => ({ id, state, timestamp, duration, file });
    assert.deepEqual(found.map(told), clips.map(told));
    const target = join(fresh.directory, 'clip.mp4');
    assert.equal((await fresh.run(['recording', 'decrypt', sealed(clips[0]!), '-o', target])).code, 0);
    await plays(target);
  });

  it('are new after a rotation: the old one opens nothing, escrow opens all while it is escrow', async () => {
    const { identity } = await sheet();
    const old = join(site.directory, 'old.key');
    const escrow = join(site.directory, 'escrow.key');
    await writeFile(old, `${identity}\n`, { mode: 0o600 });
    const { output } = await run('age-keygen', ['-o', escrow]);
    const recipient = /age1\w+/.exec(output)![0];
    const rotated = await site.run(['key', 'rotate']);
    assert.equal(rotated.code, 0, rotated.output);
    assert.equal((await site.run(['key', 'escrow', 'add', recipient])).code, 0);
    const status = await site.run(['key', 'status', '--json']);
    const said = JSON.parse(status.output.trim()) as Record<string, unknown>;
    assert.deepEqual([said['state'], said['escrow'], said['dayKeys']], ['open', [recipient], 1]);

    const target = join(site.directory, 'rotated.mp4');
    const opens = async (key: readonly string[]): Promise<boolean> => {
      await rm(target, { force: true });
      return (await site.run(['recording', 'decrypt', sealed(clips[0]!), ...key, '-o', target])).code === 0;
    };
    assert.ok(await opens([]));
    await plays(target);
    assert.ok(await opens(['-i', escrow]));
    assert.ok(!(await opens(['-i', old])));
    const key = (await readdir(join(site.recordings, 'keys'))).find((name) => name.endsWith('.key.age'))!;
    assert.notEqual((await run('age', ['-d', '-i', old, join(site.recordings, 'keys', key)])).code, 0);
    assert.equal((await site.run(['key', 'escrow', 'remove', recipient])).code, 0);
    assert.ok(!(await opens(['-i', escrow])));
    assert.ok(await opens([]));
  });

  it('are shredded with their day, but not under a legal hold', async () => {
    const { id, file } = clips[0]!;
    assert.equal((await site.run(['recording', 'hold', String(id)])).code, 0);
    const refused = await site.run(['key', 'shred', dayOf(file), '--yes']);
    assert.equal(refused.code, 1);
    assert.match(refused.output, /legal hold/);
    const target = join(site.directory, 'held.mp4');
    assert.equal((await site.run(['recording', 'decrypt', sealed(clips[0]!), '-o', target])).code, 0);
    assert.equal((await site.run(['recording', 'release', String(id)])).code, 0);
    assert.equal((await site.run(['key', 'shred', dayOf(file), '--yes'])).code, 0);
    const gone = await site.run(['recording', 'decrypt', sealed(clips[0]!), '-o', `${target}.again`]);
    assert.equal(gone.code, 1, gone.output);
  });

  async function sheet(): Promise<{ readonly identity: string; readonly commands: string }> {
    const path = join(site.directory, 'sheet.txt');
    const { code, output } = await site.run(['key', 'export', '-o', path]);
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /AGE-SECRET/);
    const text = await readFile(path, 'utf8');
    await rm(path);
    const identity = /AGE-SECRET-KEY-1\w+/.exec(text)![0];
    const commands = /( {2}RECORDINGS=[\s\S]*?rm .*)\n/.exec(text)![1]!;
    return { identity, commands: commands.replace(/^ {2}/gm, '') };
  }

  function sealed(clip: Recording): string {
    return join(site.recordings, `${clip.file}.age`);
  }
});

async function listed(site: Site): Promise<readonly Recording[]> {
  const { code, output } = await site.run(['recording', 'list', '--json']);
  assert.equal(code, 0, output);
  const lines = output.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Recording).filter(({ event }) => event === 'recording');
}

async function plays(file: string): Promise<void> {
  const args = ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', file];
  const { code, output } = await run('ffprobe', args);
  assert.deepEqual([code, output.trim()], [0, 'h264']);
}

/** Of `CAMERA/YYYY/MM/DD/…`. */
function dayOf(file: string): string {
  return file.split('/').slice(1, 4).join('-');
}

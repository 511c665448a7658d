/** The disaster: everything is gone but one backup file and the owner's key on paper. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, run } from './support/process.ts';
import { Site, sentrixBinary } from './support/sentrix.ts';

interface Recording {
  readonly id: number;
  readonly file: string;
  readonly timestamp: string;
}

const password = 'correct horse battery';
const configuration = (at: Site) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", mode: continuous, pre_buffer_seconds: 0, max_clip_seconds: 10 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`;

describe('a backup', () => {
  let site: Site;
  let clips: readonly Recording[];
  let file: string;
  let key: string;

  before(async () => {
    site = await Site.create(configuration);
    file = join(site.directory, 'sentrix.backup.age');
    key = join(site.directory, 'owner.key');
    await site.addUser('owner', 'admin', password);
    const system = await site.start();
    await system.login('owner', password);
    await eventually(
      'the demo camera has been recorded',
      async () => {
        const { recordings } = (await system.ask('/api/recordings?state=open')).json<{ recordings: Recording[] }>();
        const first = recordings[0];
        return first !== undefined && Date.now() - Date.parse(first.timestamp) > 3000 ? first : undefined;
      },
      60_000,
    );
    // While it runs, without the recordings: small, and no reason to stop.
    const running = await site.run(['backup', '-o', join(site.directory, 'small.age'), '--json']);
    assert.equal(running.code, 0, running.output);
    assert.equal(await system.process.stop(), 0);
    clips = await listed();
    const made = await site.run(['backup', '-o', file, '--with-recordings', '--json']);
    assert.equal(made.code, 0, made.output);
    await writeFile(key, await readFile(join(site.home, 'keys', 'owner.key')), { mode: 0o600 });
  });
  after(() => site?.remove());

  async function listed(): Promise<readonly Recording[]> {
    const { output } = await site.run(['recording', 'list', '--json']);
    const lines = output.split('\n').filter((line) => line.includes('"recording"'));
    return lines.map((line) => JSON.parse(line) as Recording);
  }

  it('is an age file that age and tar open, without day keys unless the recordings are in it', async () => {
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const names = async (path: string): Promise<string[]> => {
      const { code, output } = await run('sh', ['-c', 'age -d -i "$1" "$2" | tar t', 'sh', key, path]);
      assert.equal(code, 0, output);
      return output.trim().split('\n');
    };
    const small = await names(join(site.directory, 'small.age'));
    for (const name of ['catalog.db', 'keys/service.key', 'keys/owner.recipient', 'surveillance.yml', 'certs/ca.crt'])
      assert.ok(small.includes(name), name);
    assert.equal(small.at(-1), 'manifest.json');
    assert.deepEqual(
      small.filter((name) => /^recordings\/|owner\.key$/.test(name)),
      [],
    );
    assert.ok((await names(file)).includes(`recordings/${clips[0]!.file}.age`));
  });

  it('is tried by restoring it elsewhere, which leaves nothing behind and is known to the doctor', async () => {
    const { code, output } = await site.run(['backup', 'verify', file, '--json']);
    assert.equal(code, 0, output);
    const found = JSON.parse(output.trim().split('\n').at(-1)!) as Record<string, unknown>;
    assert.deepEqual([found['accounts'], found['recordings']], [1, clips.length]);
    assert.ok(Number(found['auditEntries']) > 2);
    assert.deepEqual(
      (await readdir(site.home)).filter((name) => name.startsWith('.')),
      [],
    );
    const doctor = await site.run(['doctor', '--json']);
    assert.match(doctor.output, /"check":"backup","title":"Backup","status":"pass"/);
  });

  it('is refused where a byte has changed, the end is missing or the key is another one', async () => {
    const bytes = await readFile(file);
    const broken = join(site.directory, 'broken.age');
    const middle = bytes.length >> 1;
    for (const [what, content] of [
      [
        'changed',
        Buffer.concat([bytes.subarray(0, middle), Buffer.from([bytes[middle]! ^ 1]), bytes.subarray(middle + 1)]),
      ],
      ['cut', bytes.subarray(0, bytes.length - 70_000)],
    ] as const) {
      await writeFile(broken, content);
      const { code, output } = await site.run(['backup', 'verify', broken]);
      assert.equal(code, 1, `${what}: ${output}`);
      assert.doesNotMatch(output, /unexpected/);
    }
    const other = join(site.directory, 'other.key');
    await run('age-keygen', ['-o', other]);
    assert.equal((await site.run(['backup', 'verify', file, '--identity', other])).code, 1);
    const again = await site.run(['backup', '-o', file]);
    assert.deepEqual([again.code, /already/.test(again.output)], [1, true], again.output);
  });

  it('goes into a folder by itself, the newest ones kept, with what is new of the recordings beside it', async () => {
    const folder = join(site.directory, 'backups');
    const counts = [];
    for (let round = 0; round < 2; round++) {
      const { code, output } = await site.run(['backup', '-o', `${folder}/`, '--with-recordings', '--json']);
      assert.equal(code, 0, output);
      counts.push((JSON.parse(output.trim().split('\n').at(-1)!) as { copied: number }).copied);
      // Names are of the second
      await new Promise((resolve) => setTimeout(resolve, 1100));
    }
    const keys = (await readdir(join(site.recordings, 'keys'))).length;
    assert.ok(counts[0]! > keys, String(counts));
    assert.equal(counts[1], keys);
    assert.equal((await readdir(folder)).filter((name) => name.endsWith('.backup.age')).length, 2);
  });

  it('brings everything back on an empty machine: the clip plays, the log verifies, the password is the old one', async (t) => {
    const began = performance.now();
    await rm(site.home, { recursive: true });
    await rm(site.recordings, { recursive: true });
    await rm(site.configuration);
    const restored = await run(
      join(import.meta.dirname, '..', 'bin', 'sentrix'),
      ['restore', file, '--identity', key, '--home', site.home, '--json'],
      { cwd: site.directory },
    );
    assert.equal(restored.code, 0, restored.output);
    const last = JSON.parse(restored.output.trim().split('\n').at(-1)!) as Record<string, unknown>;
    assert.deepEqual([last['hasOwnerKey'], last['faults']], [true, 0]);
    await writeFile(site.configuration, await readFile(join(site.home, 'surveillance.yml')));
    assert.deepEqual(await listed(), clips);
    const clip = join(site.directory, 'clip.mp4');
    const sealed = join(site.recordings, `${clips[0]!.file}.age`);
    assert.equal((await site.run(['recording', 'decrypt', sealed, '-o', clip])).code, 0);
    const probe = await run('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', clip]);
    assert.deepEqual([probe.code, probe.output.trim()], [0, 'h264']);
    const verified = await site.run(['audit', 'verify']);
    assert.equal(verified.code, 0, verified.output);
    assert.equal((await site.run(['recording', 'verify'])).code, 0);
    assert.match((await site.run(['audit', 'show', '--json'])).output, /"backup\.restored"/);
    const system = await site.start(['--no-recording']);
    await system.login('owner', password);
    assert.equal(await system.process.stop(), 0);
    t.diagnostic(`back after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const twice = await site.run(['restore', file, '--identity', key]);
    assert.deepEqual([twice.code, /in use already/.test(twice.output)], [1, true], twice.output);
  });

  it('comes back by the words of docs/operations/recovery.md', async () => {
    const page = await readFile(join(import.meta.dirname, '..', 'docs', 'operations', 'recovery.md'), 'utf8');
    const blocks = new Map(
      [...page.matchAll(/```sh recovery:([a-z-]+)\n([\s\S]*?)```/g)].map((match) => [match[1]!, match[2]!]),
    );
    assert.deepEqual([...blocks.keys()], ['backup', 'verify', 'restore', 'by-hand']);
    const words = new Site(join(site.directory, 'words'));
    const made = join(site.directory, 'words.backup.age');
    await mkdir(words.directory);
    const byWords = async (name: string, at: Site): Promise<void> => {
      const script = blocks.get(name)!.replaceAll('KEYFILE', key).replaceAll('FILE', made);
      const shim = `sentrix() { '${sentrixBinary}' "$@" --home '${at.home}' --config '${site.configuration}'; }\n`;
      const { code, output } = await run('sh', ['-ec', shim + script], { limitMs: 60_000 });
      assert.equal(code, 0, `${name}: ${output}`);
    };
    await byWords('backup', site);
    await byWords('verify', site);
    await byWords('restore', words);
    await byWords('by-hand', words);
  });

  it('comes back by the key typed from the sheet', async () => {
    const fresh = new Site(join(site.directory, 'fresh'));
    await mkdir(fresh.directory);
    await writeFile(fresh.configuration, configuration(fresh));
    const identity = /AGE-SECRET-KEY-1\w+/.exec(await readFile(key, 'utf8'))![0];
    const { code, output } = await fresh.run(['restore', file, '--password-stdin'], `${identity}\n`);
    assert.equal(code, 0, output);
    assert.match(output, /verifies/);
    assert.ok((await readdir(fresh.recordings)).includes('keys'));
  });
});

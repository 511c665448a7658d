/** A recording handed to somebody else, who has no SentriX: by standard tools, and by the page that comes with it. */
import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { OpenedBrowser } from './support/browser.ts';
import { openBrowser } from './support/browser.ts';
import { eventually, run } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

interface Listed {
  readonly id: number;
  readonly file_path: string;
  readonly duration: number;
}

const configuration = (at: Site, mode = 'continuous') => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", mode: "${mode}", pre_buffer_seconds: 0, max_clip_seconds: 10 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`;

describe('an exported recording', () => {
  let site: Site;
  let system: System;
  let clip: Listed;
  let folder: string;

  before(async () => {
    site = await Site.create((at) => configuration(at));
    await site.addUser('owner', 'admin', 'correct horse battery');
    system = await site.start();
    await system.login('owner', 'correct horse battery');
    await eventually('two seconds are recorded', async () => {
      type Open = { recordings: { timestamp: string }[] };
      const [first] = (await system.ask('/api/recordings?state=open')).json<Open>().recordings;
      return first !== undefined && Date.now() - Date.parse(first.timestamp) > 2000 ? true : undefined;
    });
    // Ended by hand: a short clip is soon made, and soon decrypted
    await writeFile(site.configuration, configuration(site, 'off'));
    process.kill(system.ready.pid, 'SIGHUP');
    clip = await eventually(
      'a clip of the demo camera is finished',
      async () => {
        const { recordings } = (await system.ask('/api/recordings')).json<{ recordings: Listed[] }>();
        return recordings[0];
      },
      60_000,
    );
    folder = await unpacked('clear', ['recording', 'export', String(clip.id)]);
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  it('is checked by the words that come with it, with standard tools alone', async () => {
    const good = await words(folder);
    assert.equal(good.code, 0, good.output);
    assert.equal(good.output.match(/: OK$/gm)?.length, 4);
    assert.match(good.output, /fingerprint of the log's key: [0-9a-f]{64}/);
    const probe = await run('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'stream=codec_name',
      '-of',
      'csv=p=0',
      join(folder, 'clip.mp4'),
    ]);
    assert.deepEqual([probe.code, probe.output.trim()], [0, 'h264']);
    for (const name of ['clip.mp4', 'entry.json', 'path.txt', 'signed.txt', 'signature.bin', 'log-key.pem']) {
      const changed = await copyWith(folder, name, flipped);
      const sums = join(changed, 'SHA256SUMS');
      // Whoever changes a file mends the sums as well: the log must tell it by itself.
      const files = (await readdir(changed)).filter((one) => one !== 'SHA256SUMS');
      await writeFile(
        sums,
        (await run('sh', ['-c', 'exec sha256sum -- "$@"', 'sh', ...files], { cwd: changed })).output,
      );
      const bad = await words(changed);
      assert.notEqual(bad.code, 0, `${name}: ${bad.output}`);
      await rm(changed, { recursive: true });
    }
  });

  it('is good in the page, which says exactly what is wrong after one flipped bit', async () => {
    await using browser = await openBrowser({ ca: join(site.home, 'certs', 'ca.crt') });
    const good = await verdict(browser, folder);
    assert.match(good.verdict, /^Good/, good.verdict);
    assert.match(good.steps, new RegExp(`recording ${clip.id} of the camera demo`));
    assert.doesNotMatch(good.steps, /since it was exported/);
    const expected = {
      'clip.mp4': /clip\.mp4 was changed/,
      'entry.json': /entry\.json is not in the signed log/,
      'proof.json': /proof\.json/,
      'checkpoint.txt': /checkpoint\.txt/,
      'log-key.txt': /log-key\.txt/,
    };
    for (const [name, why] of Object.entries(expected)) {
      const changed = await copyWith(folder, name, flipped);
      const { verdict: said } = await verdict(browser, changed);
      assert.match(said, /^Not proven/, name);
      assert.match(said, why);
      await rm(changed, { recursive: true });
    }
    const without = await copyWith(folder, 'clip.mp4', undefined);
    assert.match((await verdict(browser, without)).verdict, /clip\.mp4 is missing/);
  });

  it('is sealed for the one it is for, who alone opens it', async () => {
    const key = join(site.directory, 'friend.key');
    const recipient = /age1\w+/.exec((await run('age-keygen', ['-o', key])).output)![0];
    const sealed = await unpacked('sealed', ['recording', 'export', String(clip.id), '--to', recipient]);
    const files = await readdir(sealed);
    assert.ok(files.includes('clip.mp4.age') && !files.includes('clip.mp4'), files.join());
    const wrong = await words(sealed);
    assert.notEqual(wrong.code, 0);
    const good = await words(sealed, { KEY: key });
    assert.equal(good.code, 0, good.output);
    assert.deepEqual(await readFile(join(sealed, 'clip.mp4')), await readFile(join(folder, 'clip.mp4')));
    const refused = await site.run([
      'recording',
      'export',
      String(clip.id),
      '-o',
      join(site.directory, 'no.zip'),
      '--to',
      'age1x',
    ]);
    assert.equal(refused.code, 1);
    assert.match(refused.output, /recipient/);
  });

  it('comes over HTTP too, and every one stands in the log', async () => {
    const path = `/api/recordings/${clip.id}/export`;
    const answer = await system.ask(path);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'application/zip');
    assert.match(String(answer.headers['content-disposition']), /^attachment; filename="demo-[\d-]+\.zip"$/);
    const zip = join(site.directory, 'http.zip');
    await writeFile(zip, answer.body);
    assert.equal((await run('unzip', ['-tq', zip])).code, 0);
    assert.equal((await system.ask('/api/recordings/999999/export')).status, 404);
    const bad = await system.ask(path, { method: 'POST', body: { recipient: 'age1x' } });
    assert.equal(bad.status, 422);
    const { entries } = (await system.ask('/api/audit?limit=100')).json<{
      entries: { kind: string; who: string | null; detail: Record<string, unknown> }[];
    }>();
    const exported = entries.filter(({ kind }) => kind === 'recording.exported');
    assert.deepEqual(
      exported.map(({ who }) => who),
      ['owner', null, null],
    );
    assert.match(String(exported[1]!.detail['recipient']), /^age1/);
  });

  it('is refused before a byte of it where the clip was changed or cut, or the place is no good', async () => {
    const target = join(site.directory, 'refused.zip');
    const attempt = () => site.run(['recording', 'export', String(clip.id), '-o', target]);
    const path = join(site.recordings, `${clip.file_path}.age`);
    const bytes = await readFile(path);
    await writeFile(path, flipped(bytes));
    const changed = await attempt();
    assert.equal(changed.code, 1, changed.output);
    assert.match(changed.output, /was changed/);
    await writeFile(path, bytes.subarray(0, bytes.length >> 1));
    const cut = await attempt();
    assert.match(cut.output, /the end of this recording is missing or was changed/);
    await writeFile(path, bytes);
    await writeFile(target, 'mine');
    const there = await attempt();
    assert.match(there.output, /a file of this name/);
    assert.equal(await readFile(target, 'utf8'), 'mine');
    assert.ok(!(await readdir(site.directory)).some((name) => name.endsWith('.part')));
  });

  async function unpacked(name: string, command: readonly string[]): Promise<string> {
    const zip = join(site.directory, `${name}.zip`);
    const { code, output } = await site.run([...command, '-o', zip]);
    assert.equal(code, 0, output);
    const target = join(site.directory, name);
    await mkdir(target);
    const extracted = await run('unzip', ['-q', zip, '-d', target]);
    assert.equal(extracted.code, 0, extracted.output);
    return target;
  }

  /** The same folder with one file changed, or left out. */
  async function copyWith(
    from: string,
    name: string,
    change: ((bytes: Buffer) => Buffer) | undefined,
  ): Promise<string> {
    const target = join(site.directory, `changed-${name}`);
    await rm(target, { recursive: true, force: true });
    await cp(from, target, { recursive: true });
    if (change === undefined) await rm(join(target, name));
    else await writeFile(join(target, name), change(await readFile(join(target, name))));
    return target;
  }
});

/** One bit in the middle; of a text one that leaves it readable. */
function flipped(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  changed[changed.length >> 1]! ^= 1;
  return changed;
}

/** Runs what stands between the lines of README.txt. */
async function words(folder: string, env: Readonly<Record<string, string>> = {}) {
  const text = await readFile(join(folder, 'README.txt'), 'utf8');
  const script = /^---- begin commands ----\n([\s\S]*?)^---- end commands ----$/m.exec(text)![1]!;
  return await run('sh', ['-c', script], { cwd: folder, env });
}

async function verdict({ context }: OpenedBrowser, folder: string): Promise<{ verdict: string; steps: string }> {
  const page = await context.newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(join(folder, 'verify.html')).href);
  const files = (await readdir(folder)).map((name) => join(folder, name));
  await page.setInputFiles('#files', files);
  await page.locator('#verdict:not(:empty)').waitFor();
  const said = {
    verdict: (await page.textContent('#verdict')) ?? '',
    steps: (await page.textContent('#steps')) ?? '',
  };
  assert.deepEqual(
    asked.filter((url) => !url.startsWith('file:')),
    [],
  );
  await page.close();
  return said;
}

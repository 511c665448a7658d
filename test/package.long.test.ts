/** The npm package: packed, put where npm would put it, and started there, with nothing of the sources beside it. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { run, start } from './support/process.ts';
import { repository } from './support/shared.ts';

const dist = join(repository, 'dist');

it('runs from the tarball in an empty folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sentrix-package-'));
  const hadDist = existsSync(dist);
  try {
    const built = await run(process.execPath, [join(repository, 'tools', 'build.mjs')], {
      cwd: repository,
      limitMs: 120_000,
    });
    assert.equal(built.code, 0, built.output);
    const packed = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
      cwd: repository,
      limitMs: 120_000,
    });
    assert.equal(packed.code, 0, packed.output);
    const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))!;
    const listed = (await run('tar', ['tzf', join(folder, tarball)])).output.trim().split('\n');
    assert.deepEqual(
      listed.filter((name) => /\.ts$|\.test\.|\/node_modules\/|\.onnx$|\.key$|\.setup/.test(name)),
      [],
    );
    for (const name of [
      'package/bin/sentrix',
      'package/dist/main.js',
      'package/dist/catalog/snapshot-thread.js',
      'package/LICENSE',
    ])
      assert.ok(listed.includes(name), name);

    // As npm lays it out: the package, its packages and their programs side by side.
    const modules = join(folder, 'node_modules');
    await mkdir(join(modules, '.bin'), { recursive: true });
    await mkdir(join(modules, 'sentrix'));
    const unpacked = await run('tar', [
      'xzf',
      join(folder, tarball),
      '-C',
      join(modules, 'sentrix'),
      '--strip-components=1',
    ]);
    assert.equal(unpacked.code, 0, unpacked.output);
    for (const name of await readdir(join(repository, 'node_modules')))
      if (!name.startsWith('.') && name !== 'sentrix')
        await symlink(join(repository, 'node_modules', name), join(modules, name));
    await symlink(join(repository, 'node_modules', '.bin', 'node'), join(modules, '.bin', 'node'));
    await symlink('../sentrix/bin/sentrix', join(modules, '.bin', 'sentrix'));
    const configuration = join(folder, 'surveillance.yml');
    await writeFile(
      configuration,
      `network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { enabled: false, recordings_dir: "${folder}/recordings" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    const program = join(modules, '.bin', 'sentrix');
    const args = ['start', '--json', '--config', configuration, '--home', join(folder, 'home')];
    const system = start(program, args, { stdin: '', cwd: folder });
    await system.line(({ event }) => event === 'ready', 60_000);
    const listing = await run(program, ['user', 'list', '--home', join(folder, 'home'), '--config', configuration]);
    assert.equal(listing.code, 0, listing.output);
    assert.equal(await system.stop(), 0);
  } finally {
    await rm(folder, { recursive: true, force: true });
    if (!hadDist) await rm(dist, { recursive: true, force: true });
  }
});

/** The second copy in a bucket, and a directory that goes away: the slow ones of mirror.test.ts. */
import assert from 'node:assert/strict';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Listed } from './support/mirrored.ts';
import { configuration, copyOf, mirrorOf, objects, recorded, same, secondsOf, started } from './support/mirrored.ts';
import { eventually } from './support/process.ts';
import type { S3Server } from './support/s3-server.ts';
import { s3Account, startS3 } from './support/s3-server.ts';
import { Site } from './support/sentrix.ts';

describe('the mirror in a bucket', () => {
  let site: Site;
  let s3: S3Server;

  before(async () => {
    s3 = await startS3();
    const { bucket, region } = s3Account;
    const section = `{ kind: s3, endpoint: "${s3.endpoint}", bucket: "${bucket}", region: "${region}", prefix: home/ }`;
    site = await Site.create((at) => configuration(at, section));
    await site.addUser('owner', 'admin', 'correct horse battery');
    const given = await site.run(['mirror', 'login', s3Account.id, '--password-stdin'], `${s3Account.secret}\n`);
    assert.equal(given.code, 0, given.output);
  });

  after(async () => {
    await site?.remove();
    await s3?.[Symbol.asyncDispose]();
  });

  it('has all but the last two seconds when the process is killed ten seconds into a clip', async () => {
    const system = await started(site);
    const clip = await recorded(system, 10_000);
    await system.process.stop('SIGKILL');
    await fetched();
    const there = await secondsOf(site, clip, copyOf(site));
    const here = await secondsOf(site, clip, site.recordings);
    assert.ok(here > 7, `${here} s recorded`);
    assert.ok(there > here - 2, `${there} s of ${here} s`);
    assert.deepEqual(s3.refused, []);
  });

  it('has one object for each recording that ended, and none that was deleted', async () => {
    const system = await started(site);
    await eventually('the copy is current', async () =>
      (await mirrorOf(system)).state === 'current' ? true : undefined,
    );
    assert.equal(await system.process.stop(), 0);
    await fetched();
    assert.ok(await same(site));
    assert.ok(![...s3.objects.keys()].some((key) => key.includes('.piece-')));
    const again = await started(site);
    const { recordings } = (await again.ask('/api/recordings')).json<{ recordings: Listed[] }>();
    const key = `home/${recordings[0]!.file_path}.age`;
    assert.ok(s3.objects.has(key));
    assert.equal((await again.ask(`/api/recordings/${recordings[0]!.id}`, { method: 'DELETE' })).status, 200);
    await eventually('it is gone from the bucket', async () => (s3.objects.has(key) ? undefined : true));
    assert.equal(await again.process.stop(), 0);
  });

  /** The bucket as files, as the docs say: pieces one behind the other. */
  async function fetched(): Promise<void> {
    await rm(copyOf(site), { recursive: true, force: true });
    const files = new Map<string, Buffer[]>();
    for (const key of [...s3.objects.keys()].toSorted()) {
      const name = key.slice('home/'.length).replace(/\.piece-\d+$/, '');
      files.set(name, [...(files.get(name) ?? []), s3.objects.get(key)!]);
    }
    for (const [name, parts] of files) {
      const path = join(copyOf(site), name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, Buffer.concat(parts));
    }
  }
});

describe('a mirror that goes away', () => {
  let site: Site;

  before(async () => {
    site = await Site.create((at) => configuration(at, `{ kind: directory, directory: "${copyOf(at)}" }`));
    await mkdir(copyOf(site));
    await site.addUser('owner', 'admin', 'correct horse battery');
  });

  after(() => site?.remove());

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
});

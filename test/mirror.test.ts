/**
 * The second copy: what is there when the machine is taken away in the middle of a recording. A copy that is away, and a bucket,
 * are in mirror.long.test.ts; what goes over when, beside the code.
 */
import assert from 'node:assert/strict';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Listed } from './support/mirrored.ts';
import { configuration, copyOf, recorded, same, secondsOf, started } from './support/mirrored.ts';
import { eventually } from './support/process.ts';
import { Site } from './support/sentrix.ts';

describe('the mirror', () => {
  let site: Site;
  let clip: Listed;

  before(async () => {
    site = await Site.create((at) => configuration(at, `{ kind: directory, directory: "${copyOf(at)}" }`));
    await mkdir(copyOf(site));
    await site.addUser('owner', 'admin', 'correct horse battery');
  });

  after(() => site?.remove());

  it('has all but the last two seconds when the process is killed in the middle of a clip', async () => {
    const system = await started(site);
    clip = await recorded(system, 4000);
    await system.process.stop('SIGKILL');
    // The machine is gone: the copy, the owner's key and the age tool are all there is.
    const there = await secondsOf(site, clip, copyOf(site));
    const here = await secondsOf(site, clip, site.recordings);
    assert.ok(here > 2, `${here} s recorded`);
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
});

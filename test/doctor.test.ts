/** `sentrix doctor` on a real home: silent about what is well, exact about what isn't, by command and over the API. */
import assert from 'node:assert/strict';
import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

interface Line {
  readonly event: string;
  readonly check: string;
  readonly status: string;
  readonly why: string;
  readonly mend?: string;
  readonly fixed?: boolean;
}

const configuration = (at: Site) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", enabled: false }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`;

describe('the doctor', () => {
  let site: Site;
  let system: System;
  before(async () => {
    site = await Site.create(configuration);
    await site.addUser('owner', 'admin', 'correct horse battery');
    system = await site.start();
    await system.login('owner', 'correct horse battery');
  });
  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  async function doctor(...args: readonly string[]) {
    const { code, output } = await site.run(['doctor', '--json', ...args]);
    const lines = output.split('\n').filter((line) => line.startsWith('{'));
    const events = lines.map((line) => JSON.parse(line) as Line);
    const of = (id: string): Line[] => events.filter(({ check }) => check === id);
    return { code, of, fails: events.filter(({ status }) => status === 'fail'), last: events.at(-1)!.event, output };
  }

  it('finds nothing to mend in a system that is as it was installed, and tries each route without credentials', async () => {
    const { code, fails, of, last, output } = await doctor();
    assert.deepEqual([code, fails, last], [0, [], 'done'], output);
    assert.match(of('authentication')[0]!.why, /^\d{2} routes ask for credentials$/);
    assert.deepEqual(
      of('encryption').map(({ status }) => status),
      ['warn', 'warn'],
    );
  });

  it('says what to do about a key that others can read, and does it when asked', async () => {
    const key = join(site.home, 'keys', 'service.key');
    await chmod(key, 0o644);
    const found = await doctor();
    assert.deepEqual([found.code, found.last], [1, 'error'], found.output);
    assert.deepEqual(
      found.of('permissions').map(({ mend }) => mend),
      [`chmod 600 ${key}`],
    );
    const mended = await doctor('--fix');
    assert.deepEqual([mended.code, mended.of('permissions')[0]!.fixed], [0, true], mended.output);
    assert.equal((await stat(key)).mode & 0o777, 0o600);
  });

  it('tells admins the same over the API, without a path of this machine', async () => {
    const answer = await system.ask('/api/doctor');
    assert.equal(answer.status, 200);
    const { checks } = answer.json<{ checks: { id: string; status: string }[] }>();
    assert.ok(checks.length > 20);
    assert.ok(!answer.body.toString().includes(site.directory));
    assert.ok(!/"[^"]*(?:\s|^)\/(?:tmp|home|srv)\//.test(answer.body.toString()));
  });

  it('lists every place that an uninstallation would touch, and touches none', async () => {
    const { code, output } = await site.run(['uninstall', '--dry-run', '--json']);
    assert.equal(code, 0, output);
    for (const path of [site.home, site.configuration]) assert.ok(output.includes(`"path":"${path}"`), output);
    assert.equal((await site.run(['uninstall'])).code, 2);
    assert.ok((await stat(site.home)).isDirectory());
  });

  it('looks before opening the home mends it, where nothing runs', async () => {
    await system.process.stop();
    await chmod(join(site.home, 'keys'), 0o755);
    const { code, of } = await doctor();
    assert.equal(code, 1);
    assert.match(of('permissions')[0]!.why, /keys is open to others \(755\)/);
    assert.equal(of('authentication')[0]!.status, 'warn');
    await site.configure('cameras: 7\n');
    const broken = await doctor();
    assert.equal(broken.code, 1);
    assert.match(broken.of('configuration')[0]!.why, /cameras/);
  });
});

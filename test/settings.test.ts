/** `surveillance.yml` changed over HTTP: its comments stay, a fault changes nothing, and only an admin gets there. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { admin } from './support/dashboard.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

describe('settings', () => {
  let site: Site;
  let system: System;

  before(async () => {
    site = await Site.create(
      (at) => `# our house
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording:
  recordings_dir: "${at.recordings}" # the big disk
  pre_buffer_seconds: 4 # enough for the door
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
cameras:
  # by the door
  - video/front-door
`,
    );
    await site.addUser(admin.username, 'admin', admin.password);
    await site.addUser('vic', 'viewer', admin.password);
    system = await site.start(['--detector-port', '0']);
    await system.login(admin.username, admin.password);
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  const change = (key: string, value: unknown) =>
    system.ask('/api/config', { method: 'PATCH', body: { changes: [{ key, value }] } });
  const file = (): Promise<string> => readFile(site.configuration, 'utf8');
  const cameras = async (): Promise<string[]> =>
    (await system.ask('/api/cameras')).json<{ cameras: { id: string }[] }>().cameras.map(({ id }) => id);

  it('changes a key, keeps every comment, and tells what waits for the next start', async () => {
    assert.equal((await change('recording.pre_buffer_seconds', 6)).status, 200);
    assert.equal((await change('network.block_external', false)).status, 200);
    const text = await file();
    assert.match(text, /pre_buffer_seconds: 6 # enough for the door/);
    assert.match(text, /^# our house/);
    const { values, waiting } = (await system.ask('/api/config')).json<{
      values: { recording: { pre_buffer_seconds: number } };
      waiting: string[];
    }>();
    assert.equal(values.recording.pre_buffer_seconds, 6);
    assert.deepEqual(waiting, ['network.block_external']);
    assert.equal((await change('network.block_external', null)).status, 200);
    assert.doesNotMatch(await file(), /block_external/);
  });

  it('refuses what the server would not start with, in its own words, and leaves the file alone', async () => {
    const text = await file();
    const refused = await change('recording.pre_buffer_seconds', -1);
    assert.equal(refused.status, 422);
    assert.match(refused.json<{ detail: string }>().detail, /pre_buffer_seconds: found -1; allowed: a number from/);
    assert.equal((await change('recording.nonsense', 1)).status, 422);
    assert.equal((await change('cameras', [])).status, 422);
    assert.equal((await change('recording', {})).status, 422, 'a whole section');
    assert.equal((await change('detection.port', 8081)).status, 409, 'the command line stands above');
    assert.equal(await file(), text);
  });

  it('adds, changes and removes cameras', async () => {
    const added = await system.ask('/api/cameras', {
      method: 'POST',
      body: { name: 'Back yard', source: 'rtsp://192.0.2.7/live', username: 'cam', password: 'hush' },
    });
    assert.deepEqual(added.json(), { id: 'back-yard', path: 'video/back-yard' });
    assert.deepEqual((await cameras()).sort(), ['back-yard', 'front-door']);
    assert.doesNotMatch(await file(), /hush/);
    const zones = [
      {
        name: 'Gate',
        points: [
          [0.1, 0.1],
          [0.5, 0.1],
          [0.5, 0.9],
        ],
      },
    ];
    const changed = await system.ask('/api/cameras/front-door', {
      method: 'PATCH',
      body: {
        changes: [
          { key: 'zones', value: zones },
          { key: 'recording.mode', value: 'continuous' },
          { key: 'name', value: 'Street' },
        ],
      },
    });
    assert.equal(changed.status, 200, changed.body.toString());
    assert.match(await file(), /# by the door/);
    assert.match(await file(), /id: front-door/, 'a new name is no new camera');
    const body = { changes: [{ key: 'id', value: 'other' }] };
    assert.equal((await system.ask('/api/cameras/front-door', { method: 'PATCH', body })).status, 422);
    assert.equal((await system.ask('/api/cameras/nobody', { method: 'DELETE' })).status, 404);
    assert.equal((await system.ask('/api/cameras/back-yard', { method: 'DELETE' })).status, 200);
    assert.deepEqual(await cameras(), ['front-door']);
  });

  it('says why a camera cannot be reached, and never repeats a password', async () => {
    const test = (source: string) => system.ask('/api/cameras/test', { method: 'POST', body: { source } });
    assert.equal((await test('rtsp://127.0.0.1:1/live')).status, 503);
    const secret = await test('rtsp://cam:hush@192.0.2.7/live');
    assert.equal(secret.status, 422);
    assert.doesNotMatch(secret.body.toString(), /hush/);
    assert.equal((await test('http://169.254.169.254/latest')).status, 422);
  });

  it('is written into the audit log, and is for admins', async () => {
    const { entries } = (await system.ask('/api/audit')).json<{ entries: { kind: string; who: string }[] }>();
    for (const kind of ['config.changed', 'camera.added', 'camera.changed', 'camera.removed'])
      assert.ok(
        entries.some((entry) => entry.kind === kind && entry.who === admin.username),
        kind,
      );
    await system.login('vic', admin.password);
    for (const [method, path] of [
      ['GET', '/api/config'],
      ['PATCH', '/api/config'],
      ['POST', '/api/cameras'],
      ['DELETE', '/api/cameras/front-door'],
    ] as const)
      assert.equal(
        (await system.ask(path, { method, ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }) })).status,
        403,
        path,
      );
  });
});

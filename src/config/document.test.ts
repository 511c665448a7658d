import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { withCamera, withKey, withoutCamera, writeConfigFile } from './document.ts';
import { loadConfig } from './load.ts';
import { readConfigFile } from './read-file.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sentrix-config-'));
});
afterEach(() => rm(directory, { recursive: true }));

const text = `# our house
cameras:
  # by the door
  - video/front-door   # since May
  - { name: Yard, source: "rtsp://192.0.2.1/a" }

recording:
  max_storage_gb: 10   # small disk
`;

function cameras(changed: string): string[] {
  return loadConfig({ text: changed, file: 'f', directory: '/', userHome: '/' }).cameras.map((camera) =>
    String(camera.id),
  );
}

test('adds a camera and keeps every comment', () => {
  const changed = withCamera(text, { name: 'Gate', source: 'rtsps://192.0.2.9:322/s' });
  assert.deepEqual(cameras(changed), ['front-door', 'yard', 'gate']);
  for (const comment of ['# our house', '# by the door', '# since May', '# small disk'])
    assert.ok(changed.includes(comment), comment);
  assert.match(changed, /\n\nrecording:/);
});

test('adds the first camera to a file without any', () => {
  for (const start of ['', '# mine\n', 'cameras:\n', 'cameras: []\n', 'network: {}\n'])
    assert.deepEqual(cameras(withCamera(start, { name: 'Gate', path: 'video/gate' })), ['gate'], start);
  assert.match(withCamera('# mine\n', { name: 'Gate', path: 'video/gate' }), /# mine/);
});

test('removes a camera by id, whichever way it is written', () => {
  assert.deepEqual(cameras(withoutCamera(text, 'front-door')), ['yard']);
  const changed = withoutCamera(text, 'yard');
  assert.deepEqual(cameras(changed), ['front-door']);
  assert.deepEqual(cameras(withoutCamera(changed, 'front-door')), []);
  assert.throws(() => withoutCamera(text, 'nobody'), { code: 'config/camera-unknown' });
});

test("sets a key in place, and makes the section that isn't there", () => {
  const changed = withKey(text, 'recording.max_storage_gb', 50);
  assert.match(changed, /max_storage_gb: 50 +# small disk/);
  assert.match(
    withKey(text, 'detection.filters.classes', ['person']),
    /detection:\n {2}filters:\n {4}classes: \[ person \]/,
  );
});

test('does not touch a text that it cannot read', () => {
  for (const bad of ['a: [', 'a: &x 1', '- 1'])
    assert.throws(() => withKey(bad, 'network.bind', '::1'), { code: 'config/invalid' });
});

test("writes by rename, keeps the mode and a link's target, and leaves nothing beside", async () => {
  const file = join(directory, 'real.yml');
  await writeFile(file, 'old');
  await chmod(file, 0o640);
  const link = join(directory, 'surveillance.yml');
  await symlink('real.yml', link);
  await writeConfigFile(link, 'new: text\n');
  assert.equal(await readFile(file, 'utf8'), 'new: text\n');
  assert.equal((await stat(file)).mode & 0o777, 0o640);
  assert.deepEqual((await readdir(directory)).sort(), ['real.yml', 'surveillance.yml']);
  const fresh = join(directory, 'fresh.yml');
  await writeConfigFile(fresh, '');
  assert.equal((await stat(fresh)).mode & 0o777, 0o600);
  await assert.rejects(writeConfigFile(join(directory, 'none', 'x.yml'), ''), { code: 'config/not-writable' });
});

test('reads text files of a sensible size only', async () => {
  const file = join(directory, 'c.yml');
  await assert.rejects(readConfigFile(file), { code: 'config/unreadable' });
  await assert.rejects(readConfigFile(directory), { code: 'config/invalid' });
  await writeFile(file, Buffer.from([0xff, 0xfe]));
  await assert.rejects(readConfigFile(file), { code: 'config/invalid' });
  await writeFile(file, 'x'.repeat(300_000));
  await assert.rejects(readConfigFile(file), { code: 'config/invalid' });
  await writeFile(file, 'network: {}\n');
  assert.equal(await readConfigFile(file), 'network: {}\n');
});

/** Starting, the set-up link, stopping, and what a wrong command or configuration gets. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { run } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site, sentrixBinary } from './support/sentrix.ts';

const quiet = (at: Site): string => `
cameras: [ video/front-door ]
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`;

describe('start', () => {
  let site: Site;
  let system: System;

  before(async () => {
    site = await Site.create(quiet);
    system = await site.start();
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  it('says where it answers, on loopback alone', () => {
    assert.match(system.ready.https, /^https:\/\/127\.0\.0\.1:\d+$/);
    assert.match(system.ready.rtsp, /^rtsp:\/\/127\.0\.0\.1:\d+$/);
    assert.ok(system.ready.pid > 0);
  });

  it('makes a home that nobody else can read', async () => {
    for (const [path, mode] of [
      ['', 0o700],
      ['keys', 0o700],
      ['keys/service.key', 0o600],
      ['catalog.db', 0o600],
      ['certs/server.key', 0o600],
      ['run', 0o700],
    ] as const) {
      assert.equal((await stat(join(site.home, path))).mode & 0o777, mode, path);
    }
  });

  it('has everything closed but login and health', async () => {
    for (const path of [
      '/api/recordings',
      '/feeds',
      '/status',
      '/api/streams',
      '/api/openapi.json',
      '/api/cameras',
      '/paths',
    ]) {
      assert.equal((await system.ask(path)).status, 401, path);
    }
    assert.equal((await system.ask('/healthz')).status, 200);
    assert.equal((await system.ask('/no/such/path')).status, 404);
    for (const path of [
      '/recordings/../etc/passwd',
      '/recordings/..%2f..%2fetc%2fpasswd',
      '/recordings/%2e%2e/x.mp4',
    ]) {
      assert.equal((await system.ask(path)).status, 403, path);
    }
  });

  it('opens the set-up once, by the link, and never again', async () => {
    const link = await system.process.line<{ url: string }>((value) => value['event'] === 'setup');
    assert.match(link.url, /^https:\/\/[^/]+\/setup#[\w-]{20,}$/);
    const code = new URL(link.url).hash.slice(1);
    const body = { username: 'owner', password: 'correct horse battery' };
    const wrong = await system.ask('/api/setup', { method: 'POST', body: { ...body, code: `${code}x` } });
    assert.equal(wrong.status, 403);
    const made = await system.ask('/api/setup', { method: 'POST', body: { ...body, code } });
    assert.equal(made.status, 200, made.body.toString());
    const again = await system.ask('/api/setup', { method: 'POST', body: { ...body, username: 'second', code } });
    assert.equal(again.status, 404);
    // Four of the five attempts that an address has in a minute.
    await system.login('owner', 'correct horse battery');
  });

  it('keeps accounts and commands in step while it runs', async () => {
    const added = await site.run(
      ['user', 'add', 'guest', '--role', 'viewer', '--password-stdin'],
      'another good password\n',
    );
    assert.equal(added.code, 0, added.output);
    const { output } = await site.run(['user', 'list', '--json']);
    assert.match(output, /"guest"/);
    assert.match(output, /"owner"/);
  });

  it('refuses a second server on the same home', async () => {
    const { code, output } = await site.run(['start', '--json']);
    assert.equal(code, 1, output);
    assert.match(output, /another SentriX process works on this home/);
  });

  it('ends with 0 on SIGTERM', async () => {
    assert.equal(await system.process.stop('SIGTERM'), 0);
  });

  it('knows the account after a new start, and prints no set-up link', async () => {
    system = await site.start();
    await system.login('owner', 'correct horse battery');
    assert.doesNotMatch(system.process.output(), /setup#/);
  });
});

describe('an account', () => {
  it('is verified as its clients know it, five times a minute for an address', async () => {
    const site = await Site.create(quiet);
    await site.addUser('owner', 'admin', 'correct horse battery');
    const system = await site.start();
    try {
      const verify = (password: string) =>
        system.ask('/auth/verify', { method: 'POST', body: { username: 'owner', password } });
      const good = await verify('correct horse battery');
      assert.deepEqual(good.json(), { authenticated: true, user_type: 'admin', username: 'owner' });
      const wrong = await verify('something else 1');
      assert.equal(wrong.status, 401);
      assert.equal(wrong.json()['detail'], 'Invalid credentials or account locked');
      for (let i = 2; i < 5; i++) assert.equal((await verify('something else 1')).status, 401);
      const limited = await verify('correct horse battery');
      assert.equal(limited.status, 429);
      assert.ok(Number(limited.headers['retry-after']) > 0);
    } finally {
      await system.process.stop();
      await site.remove();
    }
  });
});

describe('what is wrong', () => {
  it('ends with 2 and names file, line, key and what is allowed', async () => {
    const site = await Site.create(quiet);
    try {
      await writeFile(site.configuration, 'detection:\n  confidence: 7\n');
      const range = await site.run(['start']);
      assert.equal(range.code, 2, range.output);
      assert.match(range.output, /surveillance\.yml:2.*detection\.confidence.*7/s);
      await writeFile(site.configuration, 'recording:\n  pre_bufer_seconds: 7\n');
      const unknown = await site.run(['start']);
      assert.equal(unknown.code, 2, unknown.output);
      assert.match(unknown.output, /pre_bufer_seconds.*pre_buffer_seconds/s);
      assert.equal((await site.run(['strat'])).code, 2);
      assert.equal((await site.run(['user', 'add'])).code, 2);
      await assert.rejects(readFile(join(site.home, 'catalog.db')));
    } finally {
      await site.remove();
    }
  });
});

describe('the program that is started', () => {
  it('is the built one where that is newer than its sources, and the sources otherwise', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'sentrix-program-'));
    try {
      for (const folder of ['bin', 'src', 'dist', 'node_modules/.bin'])
        await mkdir(join(copy, folder), { recursive: true });
      await copyFile(sentrixBinary, join(copy, 'bin', 'sentrix'));
      await symlink(process.execPath, join(copy, 'node_modules', '.bin', 'node'));
      // After now, for a folder's own time counts as well.
      const write = async (file: string, word: string, seconds: number): Promise<void> => {
        const at = Date.now() / 1000 + seconds;
        await writeFile(join(copy, file), `console.log('${word}');\n`);
        await utimes(join(copy, file), at, at);
      };
      const ran = async (): Promise<string> => (await run(join(copy, 'bin', 'sentrix'), [])).output.trim();
      await write('package-lock.json', '', 0);
      await write('src/main.ts', 'sources', 0);
      assert.equal(await ran(), 'sources');
      await write('dist/main.js', 'built', 2000);
      assert.equal(await ran(), 'built');
      await write('src/other.ts', '', 3000);
      assert.equal(await ran(), 'sources');
      await write('dist/main.js', 'built', 4000);
      await write('package-lock.json', '', 5000);
      assert.equal(await ran(), 'sources');
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  });
});

/** What may never be in the repository: secrets, recordings, names of machines. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from './support/shared.ts';

const isCheckout = existsSync(join(repository, '.git'));
const skip = isCheckout ? false : 'no git checkout';

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: repository, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

const secretLooking = [
  'server.key',
  'server.crt',
  'any.pem',
  'any.p12',
  'any.pfx',
  'owner.key',
  'keys/2026-11-24-abc.key.age',
  'clip.mp4.age',
  'video-feed-recordings/yard/clip.mp4',
  'catalog.db',
  'catalog.db-journal',
  'catalog.db-wal',
  'any.log',
  'audit.log',
  'security.log',
  '.env',
  '.env.local',
  'secrets/token',
  'setup-link',
];

test('git refuses to take up a file that looks like a secret, wherever it lies', { skip }, () => {
  for (const name of secretLooking.flatMap((file) => [file, `src/${file}`, `test/fixtures/${file}`])) {
    const { status } = spawnSync('git', ['check-ignore', '--quiet', '--no-index', name], { cwd: repository });
    assert.equal(status, 0, `${name} could be added`);
  }
});

test('git takes up what belongs here', { skip }, () => {
  for (const name of [
    'src/vault/vault.ts',
    'docs/security/model.md',
    'package-lock.json',
    'src/rtsp/fixtures/reolink-describe.txt',
  ]) {
    const { status } = spawnSync('git', ['check-ignore', '--quiet', '--no-index', name], { cwd: repository });
    assert.equal(status, 1, `${name} is ignored`);
  }
});

test('no file that is tracked looks like a secret, footage, weights or a database', { skip }, () => {
  const forbidden = /\.(?:pem|key|p12|pfx|age|db|sqlite3?|log|mp4|mkv|h26[45]|onnx|tflite)$|(?:^|\/)\.env/;
  assert.deepEqual(
    git('ls-files')
      .split('\n')
      .filter((name) => forbidden.test(name)),
    [],
  );
});

test("no tracked text names a machine's directories or holds a private key", { skip }, () => {
  const patterns: readonly RegExp[] = [
    // In pieces, so that this file isn't found by itself.
    new RegExp(`(?:^|[^\\w.-])/(?:${['wo' + 'rk', 'ro' + 'ot', 'home/[a-z]+/[a-z]+/'].join('|')})/`),
    new RegExp(`BEGIN (?:RSA |EC |OPENSSH )?PRIVATE ${'KEY'}-----\\n?[A-Za-z0-9+/]{20}`),
    new RegExp(`AGE-SECRET-${'KEY'}-1[0-9A-Z]{58}`),
    new RegExp(`"resolved": *"https${'?'}:`),
  ];
  const found: string[] = [];
  for (const name of git('ls-files').split('\n')) {
    const path = join(repository, name);
    if (name === '' || !existsSync(path) || statSync(path).size > 2 * 1024 * 1024) continue;
    const text = readFileSync(path, 'utf8');
    if (text.includes('\0')) continue;
    for (const pattern of patterns) if (pattern.test(text)) found.push(`${name}: ${pattern.source}`);
  }
  assert.deepEqual(found, []);
});

test('every file under src keeps to the habits that no linter knows', { skip }, () => {
  const found: string[] = [];
  for (const name of git('ls-files', 'src').split('\n')) {
    if (!name.endsWith('.ts') || !existsSync(join(repository, name))) continue;
    const text = readFileSync(join(repository, name), 'utf8');
    if (!name.startsWith('src/cli/') && !/\.test\.ts$|\/testing\//.test(name) && /\bprocess\.(?:env|argv)\b/.test(text))
      found.push(`${name}: reads process.env or process.argv`);
    if (/\b(?:TODO|FIXME)\b(?!.*#\d)/.test(text)) found.push(`${name}: a TODO without an issue's number`);
    if (/\b(?:test|it|describe)\.only\(/.test(text)) found.push(`${name}: .only`);
  }
  assert.deepEqual(found, []);
});

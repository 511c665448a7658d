import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { AskOptions, TestServer } from './testing/client.ts';
import { startTestServer } from './testing/client.ts';
import { clipPath } from './testing/parts.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.parts.refusals.length = 0;
  server.parts.verified.length = 0;
});

const status = async (target: string, more?: AskOptions) => (await server.ask(target, more)).status;

test('answers 403 before anybody is asked who they are, for every path that no recording has', async () => {
  const climbs = [
    '../',
    '..%2f',
    '%2e%2e/',
    '%2e%2e%2f',
    '..%252f',
    '%252e%252e%252f',
    '..\\',
    '..%5c',
    '..%c0%af',
    '..%ef%bc%8f',
    '....//',
    './',
    '.;/',
    '..;/',
    '%00/',
    '..%00/',
    '.%2e/',
    '%uff0e%uff0e/',
  ];
  const targets = ['etc/passwd', 'etc/passwd.mp4', 'yard/2026/11/24/101500-41.mp4', 'catalog.db'];
  const paths = climbs.flatMap((climb) =>
    [1, 3].flatMap((times) => targets.map((target) => climb.repeat(times) + target)),
  );
  paths.push(
    '',
    '/etc/passwd.mp4',
    'yard//x.mp4',
    'yard/',
    'yard',
    'a.txt',
    'a.mp4.age',
    'a.MP4',
    'a.mp4.',
    'a.mp4/',
    'a..mp4',
    '.hidden.mp4',
    'a/.b/c.mp4',
    'a.mp4;x',
    'a b.mp4'.replace(' ', '%20'),
    'a.mp4%00.jpg',
    'C:/x.mp4',
    `${'x'.repeat(200)}.mp4`,
    `${'a/'.repeat(12)}b.mp4`,
    '~root/a.mp4',
    'a.mp4#x',
    '*.mp4',
  );
  assert.ok(paths.length > 150);
  for (const path of paths)
    for (const as of [undefined, 'ann'])
      assert.equal(await status(`/recordings/${path}`, as === undefined ? {} : { as }), 403, path);
  assert.equal(server.parts.verified.length, 0, 'no credentials were looked at');
});

test('never reaches a recording by another spelling of its address', async () => {
  for (const spelling of [
    '//recordings/',
    '/Recordings/',
    '/recordings//',
    '/recordings%2f',
    '/%72ecordings/../recordings/',
    '/./recordings/',
    '/x/../recordings/',
    '/recordings/./',
    '/recordings\\',
    '/;/recordings/',
    '/recordings;x/',
    '/api/../recordings/',
  ]) {
    const got = await status(spelling + clipPath, { as: 'ann' });
    assert.ok([400, 403, 404].includes(got), `${spelling} got ${got}`);
  }
  for (const spelling of [
    '/API/recordings',
    '/api//recordings',
    '/api/recordings/',
    '/api/recordings.json',
    '/api/recordings;a=b',
    '/./api/recordings',
    '/api/%2e/recordings',
    '/api%2frecordings',
  ]) {
    const got = await status(spelling);
    assert.ok([400, 401, 403, 404].includes(got), `${spelling} got ${got}`);
  }
  assert.equal(await status('/api/%72ecordings'), 401);
});

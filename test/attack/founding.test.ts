/** The four checks that the founding document asks for, word for word, and the paths that no recording has. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Attacker } from '../support/attacker.ts';
import type { Site, System } from '../support/sentrix.ts';
import { basicOf, createTarget } from '../support/target.ts';

describe('the founding checks', () => {
  let site: Site;
  let system: System;

  before(async () => {
    site = await createTarget();
    system = await site.start();
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  it('limits log-ins within ten attempts', async () => {
    const attacker = new Attacker(system);
    const seen: number[] = [];
    for (let attempt = 0; attempt < 10; attempt++) {
      const json = { username: `nobody-${attempt}`, password: 'wrong' };
      const answer = await attacker.ask('/auth/verify', { method: 'POST', json });
      seen.push(answer.status);
      if (answer.status === 429) assert.ok(Number(answer.headers['retry-after']) >= 1);
    }
    assert.deepEqual(seen, [401, 401, 401, 401, 401, 429, 429, 429, 429, 429]);
    const json = { username: 'owner', password: 'wrong' };
    assert.equal((await attacker.ask('/auth/login', { method: 'POST', json })).status, 429, 'one count for both');
    const elsewhere = await new Attacker(system).ask('/auth/verify', { method: 'POST', json });
    assert.equal(elsewhere.status, 401, 'another address is not shut out');
  });

  it('asks for credentials before it shows recordings', async () => {
    const answer = await new Attacker(system).ask('/api/recordings');
    assert.equal(answer.status, 401);
    assert.match(answer.headers['www-authenticate']!, /^Basic /);
    assert.deepEqual(Object.keys(answer.json()).sort(), ['code', 'detail']);
  });

  it('answers 403 to three ways out of the recordings', async () => {
    const attacker = new Attacker(system);
    for (const path of ['../../../etc/passwd', '..%2F..%2F..%2Fetc%2Fpasswd', '....//....//etc/passwd'])
      assert.equal((await attacker.ask(`/recordings/${path}`)).status, 403, path);
  });

  it('gives a page of evil.com nothing', async () => {
    const attacker = new Attacker(system);
    for (const method of ['GET', 'OPTIONS', 'POST', 'DELETE', 'PUT'])
      for (const target of ['/api/recordings', '/auth/verify', '/healthz', '/']) {
        const answer = await attacker.ask(target, {
          method,
          basic: basicOf('admin'),
          headers: { origin: 'http://evil.com', 'access-control-request-method': 'GET' },
        });
        assert.equal(answer.status, 403, `${method} ${target}`);
        for (const name of Object.keys(answer.headers)) assert.doesNotMatch(name, /^access-control-/);
      }
  });

  it('answers 403 before authentication to each of some thousand spellings of a way out', async () => {
    const attacker = new Attacker(system);
    const spellings = climbs();
    assert.ok(spellings.length >= 150, String(spellings.length));
    const wrong = await statuses(
      attacker,
      spellings.map((path) => `/recordings/${path}`),
    );
    for (const [target, status] of wrong) assert.equal(status, 403, target);
  });

  it('finds no file by what is written elsewhere in an address', async () => {
    const attacker = new Attacker(system);
    const targets = climbs().flatMap((climb, index) =>
      index % 7 === 0 ? [`/assets/${climb}`, `/api/recordings/${climb}`, `/status?feed=${climb}`, `/${climb}`] : [],
    );
    const answers = await statuses(attacker, targets);
    for (const [target, status] of answers)
      assert.ok([400, 401, 403, 404, 429].includes(status), `${target}: ${status}`);
    // The same as somebody who may see all: nothing of the machine comes out either.
    for (const target of targets.filter((_, index) => index % 5 === 0)) {
      const answer = await attacker.ask(target, { basic: basicOf('admin') });
      assert.ok([400, 403, 404, 422].includes(answer.status), `${target}: ${answer.status}`);
      assert.doesNotMatch(answer.text, /root:|SQLite|BEGIN|AGE-SECRET/);
    }
  });
});

/** Every way to write "up" by every thing to reach, once and several times. */
function climbs(): string[] {
  const ups = [
    ...['../', '..\\', '..%2f', '..%2F', '..%5c', '%2e%2e/', '%2e%2e%2f', '.%2e/', '%2e./', '%2e%2e\\', '%2e%2e%5c'],
    ...['..%252f', '%252e%252e%252f', '%25252e%25252e%25252f', '..%c0%af', '..%c1%9c', '..%e0%80%af', '..%f0%80%80%af'],
    ...['%c0%ae%c0%ae/', '..%ef%bc%8f', '%ef%bc%8e%ef%bc%8e/', '%uff0e%uff0e/', '..%u2215', '....//', '....\\\\'],
    ...['..././', './', '././', '.;/', '..;/', '..;x=y/', '%00/', '..%00/', '..%0d%0a/', '..%09/', '..//', '//', '/'],
    ...[
      'x/../../',
      '..%2e/',
      '..\\/',
      '%5c..%5c',
      '~/',
      '..%20/',
      '...%2f',
      '..%23/',
      '..%3f/',
      '..+/',
      '..|/',
      '.%00./',
    ],
  ];
  const goals = ['etc/passwd', 'etc/passwd.mp4', 'home/catalog.db', 'home/keys/owner.key%00.jpg', 'proc/self/environ'];
  return ups.flatMap((up) => [1, 4].flatMap((times) => goals.map((goal) => up.repeat(times) + goal)));
}

/** Many requests down one connection: each target as it is, its status in order. */
async function statuses(attacker: Attacker, targets: readonly string[]): Promise<[string, number][]> {
  const found: [string, number][] = [];
  for (let start = 0; start < targets.length; start += 50) {
    const some = targets.slice(start, start + 50);
    const bytes = some.map((target, index) => {
      const last = index === some.length - 1 ? 'connection: close\r\n' : '';
      return `GET ${target} HTTP/1.1\r\nhost: ${attacker.host}\r\n${last}\r\n`;
    });
    const received = (await attacker.raw(bytes.join(''))).toString('latin1');
    const got = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
    assert.equal(got.length, some.length, `one answer each of ${some[0]} …`);
    for (const [index, target] of some.entries()) found.push([target, got[index]!]);
  }
  return found;
}

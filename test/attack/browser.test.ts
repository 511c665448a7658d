/** What a page of another site gets by way of the owner's browser, and what the protocol itself can be bent to. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { Attacker } from '../support/attacker.ts';
import type { Site, System } from '../support/sentrix.ts';
import { accounts, basicOf, createTarget } from '../support/target.ts';

describe('other sites and broken messages', { concurrency: true }, () => {
  let site: Site;
  let system: System;
  let cookie: string;
  let ca: Buffer;

  before(async () => {
    site = await createTarget();
    system = await site.start();
    ca = await readFile(join(site.home, 'certs', 'ca.crt'));
    cookie = await new Attacker(system).login(accounts.admin.name, accounts.admin.password);
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  const foreign = (own: string): Record<string, Record<string, string>> => ({
    'another site': { origin: 'https://evil.com' },
    'no origin': { origin: 'null' },
    'a look-alike': { origin: `${own}.evil.com` },
    'our name in theirs': { origin: `https://evil.com/${own}` },
    'another scheme': { origin: own.replace('https', 'http') },
    'another port': { origin: own.replace(/:\d+$/, ':1') },
    'a form of another site': { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    'a form of a sibling': { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
    'our origin, but across sites': { origin: own, 'sec-fetch-site': 'cross-site' },
  });

  it('changes nothing for a page of another site, whatever it says', async () => {
    const attacker = new Attacker(system);
    const changes = [
      ['POST', '/auth/logout'],
      ['POST', '/auth/login'],
      ['POST', '/api/vault/lock'],
      ['DELETE', '/api/recordings/1'],
    ] as const;
    for (const [what, headers] of Object.entries(foreign(attacker.origin)))
      for (const [method, target] of changes) {
        const json = { username: accounts.admin.name, password: accounts.admin.password };
        const answer = await attacker.ask(target, { method, cookie, headers, ...(method === 'POST' ? { json } : {}) });
        assert.equal(answer.status, 403, `${method} ${target} from ${what}`);
        assert.equal(answer.headers['set-cookie'], undefined);
      }
    assert.equal((await attacker.ask('/api/session', { cookie })).status, 200, 'the session goes on');
  });

  it('lets an allowed origin come with credentials of its own and never with the cookie', async () => {
    const attacker = new Attacker(system);
    for (const origin of ['https://localhost:3000', 'http://127.0.0.1:8080']) {
      const asked = await attacker.ask('/api/session', { headers: { origin }, cookie });
      assert.equal(asked.status, 401);
      const answer = await attacker.ask('/api/session', { headers: { origin }, basic: basicOf('viewer') });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['access-control-allow-origin'], origin);
      assert.equal(answer.headers['vary'], 'Origin');
      const preflight = await attacker.ask('/api/recordings/1', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'DELETE' },
      });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers['access-control-allow-methods'], 'GET, POST, DELETE, PUT');
      assert.equal(preflight.headers['access-control-allow-headers'], 'Content-Type, Authorization, Cookie');
      assert.equal(preflight.headers['access-control-max-age'], '3600');
    }
  });

  it('has no such name, on pages, API and health alike', async () => {
    const attacker = new Attacker(system);
    for (const host of ['evil.com', 'localhost.evil.com', '127.0.0.1.evil.com', 'localhost@evil.com', '', '0', '[::2]'])
      for (const target of ['/', '/api/session', '/healthz', '/setup']) {
        const answer = await attacker.ask(target, { headers: { host }, cookie });
        assert.ok([400, 403].includes(answer.status), `${host} ${target}: ${answer.status}`);
        assert.ok(!answer.text.includes('evil.com'));
      }
    const forwarded = await attacker.ask('/', { headers: { 'x-forwarded-host': 'evil.com' } });
    assert.ok(!forwarded.bytes.includes('evil.com'));
  });

  it('opens a live socket for a page of ours alone', async () => {
    const attacker = new Attacker(system);
    const open = async (headers: Record<string, string>, protocol = 'sentrix.v1'): Promise<number> => {
      const socket = new WebSocket(`${attacker.origin.replace('https', 'wss')}/api/live`, protocol, {
        ca,
        headers,
        localAddress: attacker.address,
      } as object);
      const status = await Promise.race([
        once(socket, 'open').then(() => 101),
        new Promise<number>((resolve) =>
          socket.on('unexpected-response', (_request, answer) => {
            answer.resume();
            resolve(answer.statusCode!);
          }),
        ),
      ]);
      socket.on('error', () => {});
      socket.terminate();
      return status;
    };
    for (const [what, headers] of Object.entries(foreign(attacker.origin)))
      assert.equal(await open({ ...headers, cookie }), 403, what);
    assert.equal(await open({ origin: 'https://localhost:3000', cookie }), 403, 'an allowed one');
    assert.equal(await open({ host: 'evil.com', cookie }), 403);
    assert.equal(await open({ origin: attacker.origin }), 401);
    assert.equal(await open({ origin: attacker.origin, cookie: `__Host-sentrix=${'A'.repeat(43)}` }), 401);
    assert.equal(await open({ origin: attacker.origin, cookie }, 'other'), 400);
    assert.equal(await open({ origin: attacker.origin, cookie }), 101);
  });

  it('sends what keeps a page safe with every answer, refusals and missing pages too', async () => {
    const attacker = new Attacker(system);
    for (const [target, more] of [
      ['/', {}],
      ['/nowhere', {}],
      ['/api/session', {}],
      ['/api/session', { cookie }],
      ['/recordings/..', {}],
      ['/', { headers: { host: 'evil.com' } }],
      ['/', { headers: { origin: 'https://evil.com' } }],
    ] as const) {
      const { headers } = await attacker.ask(target, more);
      const policy = headers['content-security-policy']!;
      for (const part of [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
        "script-src 'self'",
      ])
        assert.ok(policy.includes(part), `${target}: ${part}`);
      assert.doesNotMatch(policy, /unsafe|\*|data:/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
      assert.ok(headers['permissions-policy'] !== undefined);
      for (const name of ['server', 'x-powered-by']) assert.equal(headers[name], undefined);
    }
  });

  it('reads one message only where the framing could mean two', async () => {
    const attacker = new Attacker(system);
    const host = `host: ${attacker.host}\r\n`;
    const hidden = `GET /healthz HTTP/1.1\r\n${host}\r\n`;
    const messages = [
      `POST /auth/verify HTTP/1.1\r\n${host}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `POST /auth/verify HTTP/1.1\r\n${host}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n${hidden}`,
      `POST /auth/verify HTTP/1.1\r\n${host}content-length: 0\r\ncontent-length: 44\r\n\r\n${hidden}`,
      `POST /auth/verify HTTP/1.1\r\n${host}content-length: 0x10\r\n\r\n${hidden}`,
      `POST /auth/verify HTTP/1.1\r\n${host}content-length: -1\r\n\r\n${hidden}`,
      `POST /auth/verify HTTP/1.1\r\n${host}content-length : 0\r\n\r\n${hidden}`,
      `POST /auth/verify HTTP/1.1\r\n${host}transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n${hidden}`,
      `POST /auth/verify HTTP/1.1\r\n${host}transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `POST /auth/verify HTTP/1.1\r\n${host}transfer-encoding: identity\r\n\r\n${hidden}`,
      `POST /auth/verify HTTP/1.1\r\n${host}transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `POST /auth/verify HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\n0;\n\r\n\r\n${hidden}`,
      `POST /auth/verify HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n${hidden}`,
      `GET /healthz HTTP/1.1\nhost: localhost\n\n${hidden}`,
      `GET /healthz HTTP/1.1\r\n${host}x: a\0b\r\n\r\n${hidden}`,
      `GET /healthz HTTP/1.1\r\n${host} x: folded\r\n\r\n${hidden}`,
      `GET /healthz HTTP/2.0\r\n${host}\r\n${hidden}`,
      `GET /health z HTTP/1.1\r\n${host}\r\n${hidden}`,
      `CONNECT localhost:22 HTTP/1.1\r\n${host}\r\n`,
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ];
    for (const message of messages) {
      const received = (await attacker.raw(message, { enough: (bytes) => bytes.includes('}') })).toString('latin1');
      assert.ok(
        received === '' || /^HTTP\/1\.1 4\d\d /.test(received),
        JSON.stringify([message, received.slice(0, 80)]),
      );
      assert.ok((received.match(/HTTP\/1\.1 \d/g)?.length ?? 0) <= 1, JSON.stringify(message));
    }
    assert.equal((await attacker.ask('/healthz')).status, 200);
  });

  it('refuses what is too large before it has taken it in, and what is no JSON of ours', async () => {
    const attacker = new Attacker(system);
    const host = `host: ${attacker.host}\r\n`;
    const json = 'content-type: application/json\r\n';
    const giants = [
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`,
      `GET / HTTP/1.1\r\n${host}x: ${'a'.repeat(20_000)}\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}${'x: y\r\n'.repeat(1000)}\r\n`,
      `POST /auth/verify HTTP/1.1\r\n${host}${json}content-length: 999999999\r\n\r\n{`,
    ];
    for (const giant of giants) {
      const received = await attacker.raw(giant, { enough: (bytes) => bytes.includes('}') });
      assert.match(received.toString(), /^HTTP\/1\.1 4(?:13|14|31) /, giant.slice(0, 40));
    }
    const good = JSON.stringify({ username: accounts.viewer.name, password: accounts.viewer.password });
    const bodies: [string, Record<string, string>][] = [
      [good, { 'content-type': 'text/plain' }],
      [good, { 'content-type': 'application/x-www-form-urlencoded' }],
      [good, { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
      [good.replace('{', '{"__proto__":{"role":"admin"},'), { 'content-type': 'application/json' }],
      [good.replace('{', '{"role":"admin",'), { 'content-type': 'application/json' }],
      ['['.repeat(30_000), { 'content-type': 'application/json' }],
      ['{"username":"owner","password":["x"]}', { 'content-type': 'application/json' }],
      ['{"username":{"$ne":1},"password":"x"}', { 'content-type': 'application/json' }],
      ['null', { 'content-type': 'application/json' }],
      ['\ufeff{}', { 'content-type': 'application/json' }],
      ['<a/>', { 'content-type': 'application/xml' }],
    ];
    for (const [body, headers] of bodies) {
      const answer = await new Attacker(system).ask('/auth/verify', { method: 'POST', body, headers });
      assert.ok([400, 413, 415, 422].includes(answer.status), `${body.slice(0, 40)}: ${answer.status}`);
    }
  });

  it('takes no log-in over plain HTTP', async () => {
    const { port } = new URL(system.ready.https);
    const ask = async (text: string): Promise<string> => {
      const socket = connect(Number(port), '127.0.0.1');
      let received = '';
      socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
      socket.on('error', () => {});
      socket.write(text);
      await once(socket, 'close');
      return received;
    };
    const body = JSON.stringify({ username: accounts.admin.name, password: accounts.admin.password });
    const head = `host: localhost:${port}\r\nconnection: close\r\n`;
    const login = await ask(
      `POST /auth/login HTTP/1.1\r\n${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    assert.match(login, /^HTTP\/1\.1 400 /);
    const basic = Buffer.from(basicOf('admin')).toString('base64');
    assert.match(
      await ask(`GET /api/session HTTP/1.1\r\n${head}authorization: Basic ${basic}\r\n\r\n`),
      /^HTTP\/1\.1 400 /,
    );
    assert.match(await ask(`GET / HTTP/1.1\r\n${head}\r\n`), /^HTTP\/1\.1 308 [\s\S]*location: https:\/\/localhost:/);
  });
});

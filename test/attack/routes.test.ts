/**
 * Every route of the OpenAPI document: without credentials, with wrong ones, and as each role; then the other camera's
 * things by every way that leads to them. What the document doesn't say that a role may do is refused here.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Attacker } from '../support/attacker.ts';
import type { Site, System } from '../support/sentrix.ts';
import type { AccountRole, RecordedFile } from '../support/target.ts';
import { accounts, basicOf, createTarget, recordEach } from '../support/target.ts';

/** Who may do what, written down a second time: a slip in the server's own table shows here. */
const mayDo: Readonly<Record<string, readonly AccountRole[]>> = {
  'live.view': ['admin', 'viewer', 'stranger'],
  'recording.view': ['admin', 'viewer', 'stranger'],
  'recording.annotate': ['admin'],
  'recording.delete': ['admin'],
  'event.view': ['admin', 'viewer', 'stranger'],
  'status.view': ['admin', 'viewer', 'stranger'],
  'account.manage': ['admin'],
  'camera.configure': ['admin'],
  'key.manage': ['admin'],
  'audit.view': ['admin'],
  'system.view': ['admin'],
  'session.own': ['admin', 'viewer', 'stranger', 'publisher'],
  'account.own': ['admin', 'viewer', 'stranger', 'publisher'],
};
const openRoutes = new Set(['POST /auth/verify', 'POST /auth/login', 'POST /api/setup', 'GET /healthz', 'GET /readyz']);

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly target: string;
  readonly action: string;
}

describe('every route', () => {
  let site: Site;
  let system: System;
  let operations: Operation[];
  let files: Map<string, RecordedFile>;

  before(async () => {
    site = await createTarget('', 'enabled: true, mode: continuous, post_buffer_seconds: 1');
    system = await site.start();
    await system.login(accounts.admin.name, accounts.admin.password);
    files = await recordEach(system, ['front-door', 'back-door']);
    const document = (await system.ask('/api/openapi.json')).json<{
      paths: Record<string, Record<string, { 'x-access': string }>>;
    }>();
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        target: path.replace('/recordings/{path}', '/recordings/a/b.mp4').replaceAll(/\{[a-z_]+\}/g, '999999'),
        action: operation['x-access'],
      })),
    );
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  const requestOf = ({ method }: Operation) =>
    method === 'GET' || method === 'DELETE' ? { method } : { method, json: {} };

  it('says who may use it', () => {
    assert.ok(operations.length >= 25, String(operations.length));
    const open = operations.filter((one) => one.action === 'open').map((one) => `${one.method} ${one.path}`);
    assert.deepEqual(new Set(open), openRoutes);
    for (const { action, path } of operations) assert.ok(action === 'open' || action in mayDo, `${path}: ${action}`);
  });

  it('answers 401 without credentials and with credentials that are none', async () => {
    const none: Record<string, Record<string, string>> = {
      nothing: {},
      'a made-up session': { cookie: `__Host-sentrix=${'A'.repeat(43)}` },
      'a session by a shorter name': { cookie: `sentrix=${system.cookie!.split('=')[1]}` },
      'a session of two': { cookie: `${system.cookie}; ${system.cookie}` },
      'a session in the wrong case': { cookie: system.cookie!.toLowerCase() },
      'a made-up token': { authorization: `Bearer sxt_${'A'.repeat(43)}` },
      'an empty token': { authorization: 'Bearer ' },
      'the session as a token': { authorization: `Bearer ${system.cookie!.split('=')[1]}` },
      'Basic of nothing': { authorization: 'Basic ' },
      'Basic that is no base64': { authorization: 'Basic ****' },
      'Basic without a colon': { authorization: `Basic ${Buffer.from('owner').toString('base64')}` },
      Digest: { authorization: 'Digest username="owner"' },
    };
    for (const [what, headers] of Object.entries(none)) {
      // One address has ten tries at a route without credentials.
      const attacker = new Attacker(system);
      for (const one of operations.filter(({ action }) => action !== 'open')) {
        const answer = await attacker.ask(one.target, { ...requestOf(one), headers });
        assert.equal(answer.status, 401, `${one.method} ${one.path} with ${what}`);
        assert.ok(answer.headers['www-authenticate'] !== undefined);
        assert.equal(answer.headers['cache-control'], 'no-store');
      }
    }
  });

  it('answers 401 to wrong passwords, of nobody and of somebody', async () => {
    for (const one of operations.filter(({ action }) => action !== 'open')) {
      // Unknown names: a route each would lock a known account.
      const basic = one.path.length % 2 === 0 ? `nobody:${accounts.admin.password}` : 'Owner:wrong';
      const answer = await new Attacker(system).ask(one.target, { ...requestOf(one), basic });
      assert.equal(answer.status, 401, `${one.method} ${one.path}`);
    }
  });

  it('answers 403 to each role that may not, before it looks at what was asked', async () => {
    for (const role of ['admin', 'viewer', 'stranger', 'publisher'] as const) {
      const attacker = new Attacker(system);
      for (const one of operations.filter(({ action }) => action !== 'open')) {
        const allowed = mayDo[one.action]!.includes(role);
        // What would change the system is asked by those alone who may not, or with a body that is none.
        if (allowed && one.method !== 'GET' && one.target === one.path && one.path !== '/api/account/password')
          continue;
        const answer = await attacker.ask(one.target, { ...requestOf(one), basic: basicOf(role) });
        const name = `${one.method} ${one.path} as ${role}: ${answer.status} ${answer.text.slice(0, 80)}`;
        if (allowed) assert.ok([200, 404, 409, 422].includes(answer.status) || isOwnPage(answer), name);
        else assert.equal(answer.status, 403, name);
      }
    }
  });

  it('knows nothing of the other camera, by id, name, path, list, count or socket', async () => {
    const attacker = new Attacker(system);
    const [mine, other] = [files.get('front-door')!, files.get('back-door')!];
    for (const role of ['viewer', 'stranger', 'publisher'] as const) {
      const ask = (target: string) => attacker.ask(target, { basic: basicOf(role) });
      const refused = role === 'publisher' ? 403 : 404;
      for (const target of [
        ...[`/api/recordings/${other.id}`, other.file_url, `${other.file_url}?download=1`],
        ...(other.thumbnail_url === null ? [] : [other.thumbnail_url]),
        ...['/status?feed=back-door', '/api/recordings?stream_id=back-door', '/api/alerts?stream_id=back-door'],
        ...['/api/stats/objects?stream_id=back-door', '/api/stats/times?stream_id=back-door'],
      ]) {
        const answer = await ask(target);
        assert.equal(answer.status, refused, `${target} as ${role}`);
        // What isn't there at all gets the same.
        const nowhere = await ask(target.replace('back-door', 'no-such-door').replace(`/${other.id}`, '/424242'));
        assert.deepEqual([nowhere.status, nowhere.text], [answer.status, answer.text], `${target} as ${role}`);
      }
      for (const { method, path } of operations.filter((one) => one.method === 'GET' && !one.path.includes('{'))) {
        const answer = await attacker.ask(path, { method, basic: basicOf(role) });
        assert.doesNotMatch(answer.text, /back-door/, `${path} as ${role}`);
      }
      const removed = await attacker.ask(`/api/recordings/${other.id}`, { method: 'DELETE', basic: basicOf(role) });
      assert.equal(removed.status, 403);
    }
    const watcher = (target: string) => attacker.ask(target, { basic: basicOf('viewer') });
    assert.equal((await watcher(mine.file_url)).status, 200);
    assert.equal((await watcher('/api/recordings')).json<{ total: number }>().total, 1);
    assert.equal((await watcher('/api/recordings/stats')).json<{ count: number }>().count, 1);
    const guest = await attacker.ask('/api/recordings', { basic: basicOf('stranger') });
    assert.equal(guest.json<{ total: number }>().total, 0);
    assert.equal((await system.ask('/api/recordings')).json<{ total: number }>().total, 2);
    assert.equal((await attacker.ask(mine.file_url, { basic: basicOf('stranger') })).status, 404);
  });

  it('answers HEAD and other methods no better', async () => {
    const attacker = new Attacker(system);
    for (const method of ['HEAD', 'PUT', 'PATCH', 'TRACE', 'OPTIONS', 'PROPFIND', 'get'])
      for (const target of [
        '/api/recordings',
        files.get('back-door')!.file_url,
        `/api/recordings/${files.get('back-door')!.id}`,
      ]) {
        const { status, text } = await attacker.ask(target, { method, basic: basicOf('viewer') });
        const good = method === 'HEAD' && target === '/api/recordings';
        assert.ok(good ? status === 200 && text === '' : [400, 404].includes(status), `${method} ${target}: ${status}`);
      }
  });
});

/** Refused for the page it came from, which a program can't name: the right to it was there. */
function isOwnPage(answer: { readonly status: number; readonly text: string }): boolean {
  return answer.status === 403 && answer.text.includes('http/origin');
}

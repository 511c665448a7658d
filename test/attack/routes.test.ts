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
const openRoutes = new Set([
  'POST /auth/verify',
  'POST /auth/login',
  'POST /auth/passkey',
  'POST /api/setup',
  'POST /api/publish/redeem',
  'GET /healthz',
  'GET /readyz',
]);

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly target: string;
  readonly action: string;
  readonly parameters: readonly Parameter[];
}

/** Where a camera's name is asked for. */
const cameraParameters = new Set(['stream_id', 'feed', 'camera']);

/** Paths whose parameter names something that belongs to a camera: the other one's, and one that there isn't. */
const namedThings: readonly [RegExp, (other: RecordedFile) => readonly [string, string]][] = [
  [/^\/api\/recordings\/\{id\}/, (other) => [String(other.id), '424242']],
  [
    /^\/(?:hls|api\/cameras|api\/streams|api\/publish|video\/[a-z]+|live\/[a-z]+)\/\{id\}/,
    () => ['back-door', 'no-such-door'],
  ],
  // None waits here; whoever may not decide about deletions doesn't learn that either.
  [/^\/api\/deletions\/\{id\}/, () => ['1', '424242']],
  [
    /^\/recordings\/\{path\}$/,
    ({ file_url }) => [file_url.slice('/recordings/'.length), 'back-door/2026/01/01/000000-424242.mp4'],
  ],
];
/** Bodies that pass the validation, where a viewer may ask for something by one. */
const bodies: readonly [RegExp, object][] = [
  [/\/export$/, { recipient: 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj' }],
];
/** And those that name a person's things, which are tried in test/access.test.ts. */
const ofAccounts = /^\/api\/(?:accounts|sessions|tokens|account)\//;

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
      paths: Record<string, Record<string, { 'x-access': string; parameters: Parameter[] }>>;
    }>();
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        target: path.replace('/recordings/{path}', '/recordings/a/b.mp4').replaceAll(/\{[a-z_]+\}/g, '999999'),
        action: operation['x-access'],
        parameters: operation.parameters,
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

  it('answers for the other camera as for one that there is not, wherever a route lets one be named', async () => {
    const other = files.get('back-door')!;
    const made = await system.ask('/api/tokens', {
      method: 'POST',
      body: {
        name: 'front only',
        actions: ['live.view', 'recording.view', 'event.view', 'status.view'],
        cameras: ['front-door'],
      },
    });
    const askers = [
      ...(['viewer', 'stranger', 'publisher'] as const).map((role) => ({ who: role, basic: basicOf(role) })),
      { who: "an admin's token for the front door", token: made.json<{ token: string }>().token },
    ];
    const named = operations.flatMap((one) => waysToName(one, other).map((way) => ({ one, way })));
    assert.ok(named.length >= 15, String(named.length));
    for (const { who, ...credentials } of askers) {
      const attacker = new Attacker(system);
      for (const { one, way } of named) {
        const json = bodies.find(([pattern]) => pattern.test(one.path))?.[1];
        const request = { ...requestOf(one), ...(one.method === 'POST' && json ? { json } : {}), ...credentials };
        const [answer, nowhere] = [await attacker.ask(way.other, request), await attacker.ask(way.nowhere, request)];
        const name = `${one.method} ${way.other} as ${who}: ${answer.status} ${answer.text.slice(0, 80)}`;
        // 422: what the route needs besides is missing, and is looked at first.
        assert.ok([403, 404, 422].includes(answer.status), name);
        assert.deepEqual([answer.status, answer.text], [nowhere.status, nowhere.text], name);
        if (one.method === 'GET')
          assert.equal((await attacker.ask(way.other, { ...request, method: 'HEAD' })).status, answer.status, name);
      }
      for (const one of operations.filter(({ method, path }) => method === 'GET' && !path.includes('{'))) {
        const answer = await attacker.ask(withRequired(one), { ...credentials });
        const seen = JSON.stringify([answer.headers, answer.text]);
        assert.doesNotMatch(seen, /back-door|Back door/, `${one.path} as ${who}`);
        assert.ok(!seen.includes(other.file_url), `${one.path} as ${who}`);
      }
    }
  });

  it('counts and serves what a role has, and nothing of the other camera', async () => {
    const attacker = new Attacker(system);
    const mine = files.get('front-door')!;
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
        if (method === 'PATCH' && target.startsWith('/api/recordings/')) {
          // For admins; a viewer learns no more of a camera's recording than of one that isn't there.
          const none = await attacker.ask('/api/recordings/999999', { method, basic: basicOf('viewer') });
          assert.deepEqual([status, text], [403, none.text], target);
          assert.equal(none.status, 403);
          continue;
        }
        const good = method === 'HEAD' && target === '/api/recordings';
        assert.ok(good ? status === 200 && text === '' : [400, 404].includes(status), `${method} ${target}: ${status}`);
      }
  });
});

/** The ways in which a route can be asked about the other camera. A path whose parameter is of no known kind fails. */
function waysToName(one: Operation, other: RecordedFile): { readonly other: string; readonly nowhere: string }[] {
  const ways: { other: string; nowhere: string }[] = [];
  const target = withRequired(one);
  if (one.path.includes('{')) {
    if (ofAccounts.test(one.path)) return [];
    const kind = namedThings.find(([pattern]) => pattern.test(one.path));
    assert.ok(kind !== undefined, `say in namedThings what ${one.path} names`);
    const [theirs, none] = kind[1](other);
    const fill = (value: string) => target.replace(/\{[a-z]+\}/, value).replace('{path}', 'index.m3u8');
    return [{ other: fill(theirs), nowhere: fill(none) }];
  }
  for (const { name } of one.parameters.filter((parameter) => cameraParameters.has(parameter.name))) {
    const ask = (camera: string) => {
      const url = new URL(target, 'https://localhost');
      url.searchParams.set(name, camera);
      return url.pathname + url.search;
    };
    ways.push({ other: ask('back-door'), nowhere: ask('no-such-door') });
  }
  return ways;
}

/** With a value for what a route can't be asked without. */
function withRequired({ path, parameters }: Operation): string {
  const required = parameters.filter((parameter) => parameter.in === 'query' && parameter.required);
  const sample = (name: string): string => {
    if (cameraParameters.has(name)) return 'front-door';
    return name.startsWith('end') || name === 'to' ? '2026-12-31' : '2026-11-01';
  };
  const query = required.map(({ name }) => `${name}=${sample(name)}`).join('&');
  return query === '' ? path : `${path}?${query}`;
}

/** Refused for the page it came from, which a program can't name: the right to it was there. */
function isOwnPage(answer: { readonly status: number; readonly text: string }): boolean {
  return answer.status === 403 && answer.text.includes('http/origin');
}

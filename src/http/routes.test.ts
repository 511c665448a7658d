import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import type { AccountId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { createApplication } from './application.ts';
import type { Route } from './route.ts';
import { checkRoutes, route } from './route.ts';
import { openapiDocument } from './routes/openapi.ts';
import { routeTable } from './routes.ts';
import { startTestServer } from './testing/client.ts';
import { TestParts } from './testing/parts.ts';

const parts = new TestParts();
const table = routeTable(parts, {
  timezone: 'UTC',
  clock: { now: () => 0, monotonicMs: () => 0 },
  assets: new Map(),
});

/** Open to all, each for a reason: coming in, health, and the dashboard's own files. */
const open = [
  'POST /auth/verify',
  'POST /auth/login',
  'POST /auth/passkey',
  'POST /api/setup',
  'POST /api/publish/redeem',
  'GET /healthz',
  'GET /readyz',
];

function target({ url }: Route): string {
  return url
    .replace('/jpeg/:id', '/jpeg/yard')
    .replace('/cameras/:id', '/cameras/yard')
    .replace(':id', '41')
    .replace(':name', 'ann')
    .replace('*', 'yard/2026/11/24/101500-41.mp4');
}

test('opens nothing to strangers but coming in, health and pages', () => {
  const found = table
    .filter(({ access, hidden }) => access === 'open' && !hidden)
    .map(({ method, url }) => `${method} ${url}`);
  assert.deepEqual(found.sort(), [...open].sort());
});

test('has a schema for whatever a route takes', () => {
  for (const { method, url, schema } of table) {
    if (url.includes(':id') && !url.startsWith('/events/') && !url.startsWith('/cameras/'))
      assert.ok(schema.params, url);
    if (method === 'POST' && !/lock$|logout$|confirm$/.test(url)) assert.ok(schema.body, url);
  }
});

test('answers no, wrong and each role’s credentials as the rule says, before it looks at anything else', async () => {
  await using server = await startTestServer();
  for (const one of table) {
    if (one.access === 'open') continue;
    const method = one.method;
    const name = `${method} ${one.url}`;
    for (const more of [{ method }, ...(method === 'GET' ? [{ method: 'HEAD' }] : [])]) {
      const without = await server.ask(target(one), more);
      assert.equal(without.status, 401, name);
      assert.ok(without.headers['www-authenticate'], name);
      assert.equal((await server.ask(target(one), { ...more, as: 'nobody' })).status, 401, name);
    }
    const { action } = one.access;
    for (const username of ['ann', 'vic', 'pub']) {
      const decision = server.parts.access.authorize(principalOf(username), action);
      // A body that no schema takes: the role is looked at first.
      const answer = await server.ask(target(one), {
        method,
        as: username,
        ...(method === 'POST' || method === 'PATCH' ? { json: { wrong: true } } : {}),
      });
      if (decision.allowed)
        assert.ok(answer.status !== 401 && answer.status !== 403, `${name} as ${username}: ${answer.status}`);
      else assert.equal(answer.status, decision.status, `${name} as ${username}`);
      assert.ok(answer.status < 500, name);
    }
  }
});

test('lists every route in the OpenAPI document', () => {
  const { paths } = openapiDocument(table) as { paths: Record<string, Record<string, { security: unknown[] }>> };
  for (const { method, url, access, hidden } of table) {
    if (hidden) continue;
    const operation = paths[url.replace(/:(id|name)/, '{$1}').replace('*', '{path}')]?.[method.toLowerCase()];
    assert.ok(operation, url);
    assert.equal(operation.security.length === 0, access === 'open');
  }
});

test('does not start with a route that says nothing about access, or past the table', async () => {
  const rule = { method: 'GET', url: '/x', summary: '', handler: () => ({}) } as const;
  assert.throws(() => checkRoutes([route(rule as never)]), /GET \/x has no access rule/);
  assert.throws(() => checkRoutes([route({ ...rule, access: {} as never })]), /no access rule/);
  assert.throws(() => checkRoutes([route({ ...rule, access: 'open' }), route({ ...rule, access: 'open' })]), /twice/);
  const app = await createApplication({
    parts,
    routes: [],
    visits: new WeakMap(),
    log: silentLog,
    makeServer: (handler) => createServer(handler),
  });
  assert.throws(() => app.get('/past', () => ({})));
});

function principalOf(username: string) {
  const roles = { ann: 'admin', vic: 'viewer', pub: 'publisher' } as const;
  return {
    accountId: 1 as AccountId,
    username,
    role: roles[username as keyof typeof roles],
    cameras: 'all' as const,
    via: 'basic' as const,
  };
}

/** Accounts over the API: tokens, sessions, passwords, second factors, and what an admin changes about others. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { RawAnswer } from './support/attacker.ts';
import { Attacker } from './support/attacker.ts';
import type { Site, System } from './support/sentrix.ts';
import { accounts, createTarget } from './support/target.ts';

describe('accounts over the API', () => {
  let site: Site;
  let system: System;
  let admin: string;
  let viewer: string;

  before(async () => {
    site = await createTarget();
    system = await site.start();
    admin = await new Attacker(system).login(accounts.admin.name, accounts.admin.password);
    viewer = await new Attacker(system).login(accounts.viewer.name, accounts.viewer.password);
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  /** As somebody at an address that nobody else has. */
  const get = (target: string, cookie: string) => new Attacker(system).ask(target, { cookie });
  const send = (method: string, target: string, cookie: string, json?: unknown): Promise<RawAnswer> =>
    new Attacker(system).ask(target, { method, cookie, ...(json === undefined ? {} : { json }) });
  const withToken = (token: string, target: string, method = 'GET') =>
    new Attacker(system).ask(target, { method, token, ...(method === 'POST' ? { json: {} } : {}) });

  it('makes a token that does one thing on one camera, and is shown once', async () => {
    const wish = { name: 'night script', actions: ['recording.view', 'status.view'], cameras: ['front-door'], days: 7 };
    const made = await send('POST', '/api/tokens', admin, wish);
    assert.equal(made.status, 200, made.text);
    const { token, id } = made.json<{ token: string; id: number }>();
    assert.match(token, /^sxt_[A-Za-z0-9_-]{43}$/);
    assert.ok(!(await get('/api/tokens', admin)).text.includes(token));
    assert.ok(!(await get('/api/tokens?all=1', admin)).text.includes(token));
    assert.equal((await withToken(token, '/api/recordings')).status, 200);
    assert.equal((await withToken(token, '/api/recordings?stream_id=back-door')).status, 404);
    assert.doesNotMatch((await withToken(token, '/api/cameras')).text, /back-door/);
    for (const target of ['/api/alerts', '/api/accounts', '/api/tokens', '/api/sessions'])
      assert.equal((await withToken(token, target)).status, 403, target);
    for (const [method, target] of [
      ['DELETE', '/api/recordings/1'],
      ['POST', '/api/tokens'],
      ['POST', '/api/account/password'],
      ['DELETE', `/api/tokens/${id}`],
    ] as const)
      assert.equal((await withToken(token, target, method)).status, 403, `${method} ${target}`);
    assert.equal((await withToken(`${token.slice(0, -1)}_`, '/api/recordings')).status, 401);
    assert.equal((await get(`/api/recordings?access_token=${token}`, '')).status, 401);
    assert.equal((await send('DELETE', `/api/tokens/${id}`, viewer)).status, 404, 'it isn’t the viewer’s');
    assert.equal((await send('DELETE', `/api/tokens/${id}`, admin)).status, 200);
    assert.equal((await withToken(token, '/api/recordings')).status, 401);
    const refused = await send('POST', '/api/tokens', admin, { ...wish, actions: ['account.manage'] });
    assert.equal(refused.status, 422);
  });

  it('lists and ends one’s own sessions, and for an admin everybody’s', async () => {
    type Listed = { sessions: { id: string; username: string; current: boolean }[] };
    const second = await new Attacker(system).login(accounts.viewer.name, accounts.viewer.password);
    const mine = (await get('/api/sessions?all=1', viewer)).json<Listed>().sessions;
    assert.equal(mine.length, 2);
    assert.deepEqual(new Set(mine.map(({ username }) => username)), new Set([accounts.viewer.name]));
    const all = (await get('/api/sessions?all=1', admin)).json<Listed>().sessions;
    const own = all.find(({ current }) => current)!;
    assert.equal(own.username, accounts.admin.name);
    assert.equal((await send('DELETE', `/api/sessions/${own.id}`, viewer)).status, 404);
    const other = mine.find(({ current }) => !current)!;
    assert.equal(
      (await new Attacker(system).ask('/api/session', { cookie: `__Host-sentrix=${other.id}` })).status,
      401,
    );
    assert.equal((await send('DELETE', `/api/sessions/${other.id}`, admin)).status, 200);
    assert.equal((await get('/api/session', second)).status, 401);
    assert.equal((await get('/api/session', viewer)).status, 200);
  });

  it('changes one’s own password for the current one, and ends all but this session', async () => {
    const { name, password } = accounts.stranger;
    const next = 'another one for the guest';
    const [here, there] = [
      await new Attacker(system).login(name, password),
      await new Attacker(system).login(name, password),
    ];
    const change = (current_password: string, new_password: string) =>
      send('POST', '/api/account/password', here, { current_password, new_password });
    assert.equal((await change('wrong', next)).status, 401);
    assert.equal((await change(password, 'short')).status, 422);
    assert.equal((await change(password, next)).status, 200);
    assert.equal((await get('/api/session', here)).status, 200);
    assert.equal((await get('/api/session', there)).status, 401);
    await assert.rejects(new Attacker(system).login(name, password));
    await new Attacker(system).login(name, next);
  });

  it('lets an admin make, change, unlock and remove accounts, and nobody else', async () => {
    const wish = { username: 'neighbour', user_type: 'viewer' };
    assert.equal((await send('POST', '/api/accounts', viewer, wish)).status, 403);
    const made = await send('POST', '/api/accounts', admin, wish);
    assert.equal(made.status, 200, made.text);
    const { password, cameras } = made.json<{ password: string; cameras: string[] }>();
    assert.deepEqual(cameras, [], 'nothing until it is granted');
    assert.equal((await send('POST', '/api/accounts', admin, wish)).status, 409);
    const cookie = await new Attacker(system).login('neighbour', password);
    assert.equal((await get('/status?feed=front-door', cookie)).status, 404);
    const granted = await send('PATCH', '/api/accounts/neighbour', admin, { cameras: ['front-door'] });
    assert.deepEqual(granted.json<{ cameras: string[] }>().cameras, ['front-door']);
    assert.equal((await get('/api/session', cookie)).status, 401, 'other rights, other session');
    for (let guess = 0; guess < 5; guess++) await assert.rejects(new Attacker(system).login('neighbour', 'wrong'));
    await assert.rejects(new Attacker(system).login('neighbour', password));
    assert.equal((await send('PATCH', '/api/accounts/neighbour', admin, { unlock: true })).status, 200);
    const again = await new Attacker(system).login('neighbour', password);
    assert.equal((await get('/status?feed=front-door', again)).status, 200);
    assert.equal((await send('PATCH', '/api/accounts/neighbour', admin, { cameras: ['no-such'] })).status, 404);
    assert.equal((await send('PATCH', '/api/accounts/neighbour', admin, {})).status, 422);
    assert.equal((await send('DELETE', '/api/accounts/neighbour', admin)).status, 200);
    assert.equal((await get('/api/session', again)).status, 401);
    assert.equal((await send('PATCH', '/api/accounts/neighbour', admin, { unlock: true })).status, 404);
    const self = `/api/accounts/${accounts.admin.name}`;
    assert.equal((await send('PATCH', self, admin, { password: 'a new one without the old' })).status, 409);
    assert.equal((await send('PATCH', self, admin, { user_type: 'viewer' })).status, 409, 'the last admin');
    assert.equal((await send('DELETE', self, admin)).status, 409);
  });

  it('asks for a code after the password once a second factor is set up', async () => {
    const { name, password } = accounts.viewer;
    const enrol = (current_password: string) =>
      send('POST', '/api/account/second-factor', viewer, { current_password });
    assert.equal((await enrol('wrong')).status, 401);
    const { secret, url } = (await enrol(password)).json<{ secret: string; url: string }>();
    assert.equal(new URL(url).searchParams.get('secret'), secret);
    const confirm = (otp: string) => send('POST', '/api/account/second-factor/confirm', viewer, { otp });
    const used = codeNow(secret);
    const codes = (await confirm(used)).json<{ recovery_codes: string[] }>().recovery_codes;
    assert.equal(new Set(codes).size, 10);
    const json = { username: name, password };
    const post = (target: string, body: object, cookie?: string) =>
      new Attacker(system).ask(target, { method: 'POST', json: body, cookie });
    assert.equal((await post('/auth/verify', json)).status, 401);
    assert.equal((await new Attacker(system).ask('/api/session', { basic: `${name}:${password}` })).status, 401);
    const wanted = await post('/auth/login', json);
    assert.equal(wanted.status, 401);
    assert.equal(wanted.json<{ code: string }>().code, 'access/second-factor');
    const pending = wanted.headers['set-cookie']!.split(';')[0]!;
    assert.match(
      wanted.headers['set-cookie']!,
      /^__Host-sentrix-login=[\w-]{43}; Max-Age=300; Path=\/; Secure; HttpOnly/,
    );
    assert.equal((await get('/api/session', pending)).status, 401, 'half a log-in is none');
    const wrong = await post('/auth/login', { username: name, password: 'wrong' });
    assert.equal(wrong.json<{ code: string }>().code, 'access/invalid-credentials');
    assert.equal((await post('/auth/login', { otp: used }, pending)).status, 401, 'that code was used');
    assert.equal((await post('/auth/login', { otp: codes[0]! })).status, 401, 'no log-in waits here');
    assert.equal((await post('/auth/login', { otp: codes[0]! }, pending)).status, 200);
    assert.equal((await post('/auth/login', { ...json, otp: codes[0]! })).status, 401, 'that one too');
    assert.equal((await post('/auth/login', { ...json, otp: codes[1]! })).status, 200);
    const state = (await get('/api/account/second-factor', viewer)).json();
    assert.deepEqual(state, { enabled: true, recovery_codes_left: 8 });
    assert.equal((await send('PATCH', `/api/accounts/${name}`, admin, { second_factor: false })).status, 200);
    assert.equal((await post('/auth/verify', json)).status, 200);
  });
});

/** What an app shows (RFC 6238), written a second time. */
function codeNow(secret: string): string {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const key = Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map((byte) => Number.parseInt(byte, 2)),
  );
  const counter = Buffer.alloc(8);
  counter.writeUInt32BE(Math.floor(Date.now() / 30_000), 4);
  const mac = createHmac('sha1', key).update(counter).digest();
  const number = mac.readUInt32BE(mac[19]! % 16) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

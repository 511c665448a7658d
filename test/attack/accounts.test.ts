/** Guessing, locking, sessions, and what must never be seen: against one running system, each case with its own account. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { Attacker } from '../support/attacker.ts';
import { guessRtsp } from '../support/rtsp-guess.ts';
import type { Site, System } from '../support/sentrix.ts';
import { accounts, basicOf, createTarget } from '../support/target.ts';

const canary = 'canary-password-of-an-account-9d1';

describe('accounts under attack', () => {
  let site: Site;
  let system: System;

  before(async () => {
    site = await createTarget();
    await site.addUser('canary', 'publisher', canary, ['--camera', 'front-door']);
    await site.addUser('target', 'publisher', 'the-password-of-the-target-42', ['--camera', 'front-door']);
    await site.addUser('victim', 'viewer', 'the password of the victim');
    system = await site.start();
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  const verify = (username: string, password: string, from = new Attacker(system)) =>
    from.ask('/auth/verify', { method: 'POST', json: { username, password }, limitMs: 60_000 });

  it('answers unknown, wrong, look-alike and cut-off credentials in the same words', async () => {
    const { admin, viewer, publisher } = accounts;
    // At most three a name: five would lock it.
    const wrong: [string, string][] = [
      ['nobody', admin.password],
      [admin.name, 'wrong'],
      [admin.name, admin.password.slice(0, -1)],
      [admin.name, `${admin.password} `],
      [viewer.name, viewer.password.toUpperCase()],
      [viewer.name, `${viewer.password}\0`],
      [viewer.name, publisher.password],
      [admin.name.toUpperCase(), admin.password],
      [`${admin.name} `, admin.password],
      ['оwner', admin.password],
      ['ｏｗｎｅｒ', admin.password],
      ["owner' OR '1'='1", admin.password],
      [`${admin.name}\0`, admin.password],
      [admin.password, admin.name],
    ];
    const answers = new Set<string>();
    for (const [username, given] of wrong) {
      const answer = await verify(username, given);
      const kept = Object.entries(answer.headers).filter(([key]) => key !== 'date');
      answers.add(JSON.stringify([answer.status, kept, answer.text]));
    }
    assert.equal(answers.size, 1, [...answers].join('\n'));
    assert.match([...answers][0]!, /^\[401.*Invalid credentials or account locked/);
  });

  it('believes no header about where a request comes from', async () => {
    const attacker = new Attacker(system);
    const seen: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      const forged = `10.9.8.${attempt}`;
      const headers = { 'x-forwarded-for': forged, 'x-real-ip': forged, forwarded: `for=${forged}` };
      const json = { username: `forged-${attempt}`, password: 'wrong' };
      seen.push((await attacker.ask('/auth/verify', { method: 'POST', json, headers })).status);
    }
    assert.deepEqual(seen, [401, 401, 401, 401, 401, 429, 429]);
  });

  it('counts wrong passwords over log-in, Basic and RTSP together, and locks what all of them open', async () => {
    const target = { username: 'target', password: 'the-password-of-the-target-42' };
    assert.notEqual(await guessRtsp(system, 'video/front-door', target, new Attacker(system).address), 401);
    const wrong = { ...target, password: 'wrong' };
    const login = (json: object, from: Attacker) => from.ask('/auth/login', { method: 'POST', json });
    const basic = (password: string, from: Attacker) => from.ask('/api/session', { basic: `target:${password}` });
    const open = await new Attacker(system).login(target.username, target.password);
    assert.equal((await verify('target', 'wrong')).status, 401);
    assert.equal((await login(wrong, new Attacker(system))).status, 401);
    assert.equal((await basic('wrong', new Attacker(system))).status, 401);
    assert.equal(await guessRtsp(system, 'video/front-door', wrong, new Attacker(system).address), 401);
    assert.equal(await guessRtsp(system, 'video/front-door', wrong, new Attacker(system).address), 401);
    const locked = await verify('target', target.password);
    assert.equal(locked.status, 401);
    assert.equal(locked.text, (await verify('nobody', 'x')).text);
    assert.equal((await login(target, new Attacker(system))).status, 401);
    assert.equal((await basic(target.password, new Attacker(system))).status, 401);
    assert.equal(await guessRtsp(system, 'video/front-door', target, new Attacker(system).address), 401);
    assert.equal((await new Attacker(system).ask('/api/session', { cookie: open })).status, 200, 'open sessions go on');
    assert.equal((await site.run(['user', 'unlock', 'target'])).code, 0);
    assert.equal((await verify('target', target.password)).status, 200);
  });

  it('takes five guesses of twenty that arrive at once', async () => {
    const guesses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => verify('victim', index === 19 ? 'the password of the victim' : 'wrong')),
    );
    for (const { status } of guesses) assert.ok([401, 200, 503].includes(status), String(status));
    const entries = await site.run(['user', 'list', '--json']);
    assert.match(entries.output, /"name":"victim".*"lockedUntil":"2/);
    await site.run(['user', 'unlock', 'victim']);
  });

  it('takes no session id from outside, and gives another at each log-in', async () => {
    const attacker = new Attacker(system);
    const planted = `__Host-sentrix=${'P'.repeat(43)}`;
    const json = { username: accounts.viewer.name, password: accounts.viewer.password };
    const answer = await attacker.ask('/auth/login', { method: 'POST', json, cookie: planted });
    const given = answer.headers['set-cookie']!;
    assert.match(given, /^__Host-sentrix=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    assert.ok(!given.startsWith(planted));
    assert.equal((await attacker.ask('/api/session', { cookie: planted })).status, 401);
    const first = given.split(';')[0]!;
    const again = await attacker.ask('/auth/login', { method: 'POST', json, cookie: first });
    assert.notEqual(again.headers['set-cookie']!.split(';')[0], first);
    assert.equal((await attacker.ask('/api/session', { cookie: first })).status, 401, 'the one before is over');
    const id = first.split('=')[1]!;
    assert.equal((await attacker.ask(`/api/session?session=${id}`)).status, 401);
  });

  it('closes a live socket when its session ends, by log-out, password, role and removal', async () => {
    const ca = await readFile(join(site.home, 'certs', 'ca.crt'));
    const endings: [string, (cookie: string) => Promise<unknown>][] = [
      ['log-out', (cookie) => new Attacker(system).ask('/auth/logout', { method: 'POST', json: {}, cookie })],
      ['password', () => site.run(['user', 'passwd', 'victim', '--password-stdin'], 'the next password of it\n')],
      ['role', () => site.run(['user', 'role', 'victim', 'viewer', '--camera', 'back-door'])],
      ['removal', () => site.run(['user', 'remove', 'victim'])],
    ];
    let password = 'the password of the victim';
    for (const [what, end] of endings) {
      const attacker = new Attacker(system);
      const cookie = await attacker.login('victim', password);
      const options = { ca, headers: { cookie, origin: attacker.origin }, localAddress: attacker.address } as object;
      const socket = new WebSocket(`${attacker.origin.replace('https', 'wss')}/api/live`, 'sentrix.v1', options);
      await once(socket, 'open');
      const closed = once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
      await end(cookie);
      const [code] = (await closed) as [number];
      assert.equal(code, 4401, what);
      assert.equal((await attacker.ask('/api/session', { cookie })).status, 401, what);
      if (what === 'password') password = 'the next password of it';
    }
  });

  it('opens a live socket for a token, and closes it soon after the token is revoked', async () => {
    const ca = await readFile(join(site.home, 'certs', 'ca.crt'));
    const attacker = new Attacker(system);
    const by = { cookie: await attacker.login(accounts.viewer.name, accounts.viewer.password) };
    const make = async (action: string) => {
      const json = { name: action, actions: [action] };
      return (await attacker.ask('/api/tokens', { method: 'POST', json, ...by })).json<{ id: number; token: string }>();
    };
    const open = (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const options = { ca, headers, localAddress: attacker.address } as object;
      return new WebSocket(`${attacker.origin.replace('https', 'wss')}/api/live`, 'sentrix.v1', options);
    };
    const narrow = open((await make('event.view')).token);
    narrow.on('error', () => {});
    const [, refused] = (await once(narrow, 'unexpected-response')) as [unknown, { statusCode: number }];
    assert.equal(refused.statusCode, 403);
    const { id, token } = await make('live.view');
    const socket = open(token);
    await once(socket, 'open');
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
    assert.equal((await attacker.ask(`/api/tokens/${id}`, { method: 'DELETE', ...by })).status, 200);
    assert.equal(((await closed) as [number])[0], 4401);
  });

  it('shows a planted secret to nobody: no answer, log, argument, environment or file has it', async () => {
    const attacker = new Attacker(system);
    const cookie = await attacker.login('canary', canary);
    const planted = [
      canary,
      cookie.split('=')[1]!,
      accounts.admin.password,
      Buffer.from(basicOf('admin')).toString('base64'),
    ];
    // Where a program is careless, it repeats what it was sent.
    const echoes = await Promise.all([
      attacker.ask(`/status?feed=${canary}`, { basic: basicOf('admin') }),
      attacker.ask(`/${canary}`),
      attacker.ask(`/recordings/${canary}.mp4`, { basic: basicOf('admin') }),
      attacker.ask('/auth/verify', { method: 'POST', body: `{"username":"canary","password":"${canary}"` }),
      attacker.ask('/auth/verify', { method: 'POST', json: { username: canary, password: canary } }),
      attacker.ask('/auth/verify', { method: 'POST', json: { username: 'canary', password: canary, more: canary } }),
      attacker.ask('/api/session', { headers: { authorization: `Bearer ${canary}` } }),
      attacker.ask('/api/session', { headers: { host: canary } }),
      attacker.ask('/api/session', { headers: { origin: canary } }),
    ]);
    const document = (await attacker.ask('/api/openapi.json', { basic: basicOf('admin') })).json<{ paths: object }>();
    const pages = await Promise.all(
      Object.keys(document.paths)
        .filter((path) => !path.includes('{'))
        .map((path) => attacker.ask(path, { basic: basicOf('admin') })),
    );
    const seen: [string, Buffer][] = [...echoes, ...pages].map((answer, index) => [`answer ${index}`, answer.bytes]);
    seen.push(['output', Buffer.from(system.process.output())]);
    seen.push(['audit show', Buffer.from((await site.run(['audit', 'show', '--json'])).output)]);
    const { pid } = system.ready;
    for (const process of [pid, ...(await childrenOf(pid))])
      for (const file of ['cmdline', 'environ'])
        seen.push([`${process} ${file}`, await readFile(`/proc/${process}/${file}`).catch(() => Buffer.alloc(0))]);
    for (const directory of [site.home, site.recordings])
      for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []))
        if (entry.isFile()) seen.push([entry.name, await readFile(join(entry.parentPath, entry.name))]);
    assert.ok(seen.length > 40);
    for (const [where, bytes] of seen)
      for (const secret of planted) assert.ok(!bytes.includes(secret), `${where} has ${secret.slice(0, 6)}…`);
  });
});

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const direct = text.split(' ').filter(Boolean).map(Number);
  return [...direct, ...(await Promise.all(direct.map(childrenOf))).flat()];
}

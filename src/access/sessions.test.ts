import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../base/secret.ts';
import type { SessionEnd } from './sessions.ts';
import { door, goodPassword, Harness, local } from './support/harness.ts';

const password = new Secret(goodPassword);
const viewer = { name: 'ann', role: 'viewer', cameras: [door], password } as const;
const admin = { name: 'root', role: 'admin', cameras: 'all', password } as const;

async function opened(): Promise<{ harness: Harness; ends: SessionEnd[]; login(name?: string): Promise<Secret> }> {
  const harness = await Harness.open();
  await harness.access.users.add(viewer, local);
  await harness.access.users.add(admin, local);
  const ends: SessionEnd[] = [];
  harness.access.onSessionEnded((end) => ends.push(end));
  const login = async (name = 'ann') => {
    const result = await harness.login(name, goodPassword);
    assert.ok(result.ok);
    return result.sessionId;
  };
  return { harness, ends, login };
}

test('each log-in has a new id of 256 bits, which is nowhere in the table', async () => {
  const { harness, login } = await opened();
  await using _ = harness;
  const ids = [await login(), await login()];
  assert.notEqual(ids[0]!.reveal(), ids[1]!.reveal());
  const rows = JSON.stringify(await harness.access.listSessions());
  for (const id of ids) {
    assert.equal(Buffer.from(id.reveal(), 'base64url').length, 32);
    assert.equal(rows.includes(id.reveal()), false);
    const principal = await harness.access.principalOfSession(id);
    assert.equal(principal?.via, 'session');
    // The name of a session, which lists show, is no id.
    assert.equal(await harness.access.principalOfSession(new Secret(principal!.sessionId!)), undefined);
  }
  for (const foreign of ['', 'x', 'A'.repeat(43), `${ids[0]!.reveal()}A`, ids[0]!.reveal().slice(1)])
    assert.equal(await harness.access.principalOfSession(new Secret(foreign)), undefined);
});

test('log-out ends the session on the server at once, and says so', async () => {
  const { harness, ends, login } = await opened();
  await using _ = harness;
  const id = await login();
  const other = await login();
  const sessionId = (await harness.access.principalOfSession(id))!.sessionId;
  assert.equal(await harness.access.logout(id), true);
  assert.equal(await harness.access.principalOfSession(id), undefined);
  assert.deepEqual(
    ends.map((end) => [end.sessionId, end.reason]),
    [[sessionId, 'logout']],
  );
  assert.equal(await harness.access.logout(id), false);
  assert.notEqual(await harness.access.principalOfSession(other), undefined);
});

test('idleness ends a session, use keeps it, and nothing keeps it past its absolute end', async () => {
  const { harness, ends, login } = await opened();
  await using _ = harness;
  const idle = await login();
  const used = await login();
  const socket = await login();
  const { sessionId } = (await harness.access.principalOfSession(socket))!;
  for (let minutes = 0; minutes < 23 * 60; minutes += 30) {
    harness.clock.pass(30 * 60_000);
    harness.access.touchSession(sessionId!);
    await harness.access.sweep();
    assert.notEqual(await harness.access.principalOfSession(used), undefined, `after ${minutes} min`);
  }
  assert.equal(await harness.access.principalOfSession(idle), undefined);
  assert.notEqual(await harness.access.principalOfSession(socket), undefined);
  harness.clock.pass(30 * 60_000);
  await harness.access.principalOfSession(used);
  harness.clock.pass(30 * 60_000);
  assert.equal(await harness.access.principalOfSession(used), undefined);
  await harness.access.sweep();
  assert.equal(ends.length, 3);
  assert.ok(ends.every((end) => end.reason === 'expired'));
  assert.deepEqual(await harness.access.listSessions(), []);
});

test('sessions and the time they were last seen are kept over a restart', async () => {
  const { harness, login } = await opened();
  await using _ = harness;
  const id = await login();
  harness.clock.pass(50 * 60_000);
  await harness.access.principalOfSession(id);
  await harness.restart();
  harness.clock.pass(50 * 60_000);
  assert.notEqual(await harness.access.principalOfSession(id), undefined);
});

for (const [what, change, reason] of [
  [
    'a new password',
    (one: Harness) => one.access.users.setPassword('ann', new Secret('other good password'), local),
    'password',
  ],
  ['another role', (one: Harness) => one.access.users.setRole('ann', 'viewer', [], local), 'role'],
  ['removal', (one: Harness) => one.access.users.remove('ann', local), 'removed'],
] as const)
  test(`${what} ends the account's sessions and believed Basic credentials at once, and nobody else's`, async () => {
    const { harness, ends, login } = await opened();
    await using _ = harness;
    const ids = [await login(), await login()];
    const others = await login('root');
    const basic = () => harness.access.principalOfBasic({ username: 'ann', password, address: harness.elsewhere() });
    const before = await basic();
    assert.ok(before.ok);
    for (const id of ids) await harness.access.principalOfSession(id);
    const revoked: string[] = [];
    harness.access.onRevoked((revocation) => revoked.push(revocation.reason));
    await change(harness);
    for (const id of ids) assert.equal(await harness.access.principalOfSession(id), undefined);
    assert.notEqual(await harness.access.principalOfSession(others), undefined);
    assert.deepEqual(
      ends.map((end) => end.reason),
      [reason, reason],
    );
    assert.ok(revoked.includes(reason));
    const after = await basic();
    assert.equal(after.ok, reason === 'role');
    if (after.ok) assert.deepEqual(after.principal.cameras, new Set());
  });

test('one’s own session goes on when one changes the password in it', async () => {
  const { harness, login } = await opened();
  await using _ = harness;
  const mine = await login();
  const other = await login();
  const { sessionId } = (await harness.access.principalOfSession(mine))!;
  await harness.access.users.setPassword('ann', new Secret('other good password'), local, sessionId);
  assert.notEqual(await harness.access.principalOfSession(mine), undefined);
  assert.equal(await harness.access.principalOfSession(other), undefined);
});

test('a log-in during which the password changes brings nobody in', async () => {
  const { harness } = await opened();
  await using _ = harness;
  const { promise, resolve } = Promise.withResolvers<void>();
  harness.hasher.hold = promise;
  const login = harness.login('ann', goodPassword);
  const basic = harness.access.principalOfBasic({ username: 'ann', password, address: harness.elsewhere() });
  await harness.access.users.setPassword('ann', new Secret('other good password'), local);
  resolve();
  assert.deepEqual(await login, { ok: false, status: 401 });
  assert.deepEqual(await basic, { ok: false, status: 401 });
});

test('a session is ended by its name by its owner or an admin, by nobody else', async () => {
  const { harness, login } = await opened();
  await using _ = harness;
  const id = await login();
  const mine = (await harness.access.principalOfSession(id))!;
  const root = (await harness.access.principalOfSession(await login('root')))!;
  assert.equal(await harness.access.endSession(root.sessionId!, local, mine.accountId), false);
  assert.equal(await harness.access.endSession(mine.sessionId!, local), true);
  assert.equal(await harness.access.principalOfSession(id), undefined);
});

test('good Basic credentials are looked at once, also when many requests come with them at once', async () => {
  const { harness } = await opened();
  await using _ = harness;
  const address = harness.elsewhere();
  const before = harness.hasher.verified;
  const ask = () => harness.access.principalOfBasic({ username: 'ann', password, address });
  const answers = await Promise.all(Array.from({ length: 20 }, ask));
  assert.ok(answers.every((answer) => answer.ok && answer.principal.via === 'basic'));
  for (let count = 0; count < 20; count++) assert.ok((await ask()).ok);
  assert.equal(harness.hasher.verified - before, 1);
  harness.clock.pass(300_000);
  assert.ok((await ask()).ok);
  assert.equal(harness.hasher.verified - before, 2);
  // Locked meanwhile: a password that comes with each request is a log-in each time.
  for (let count = 0; count < 5; count++) await harness.try('ann', 'wrong');
  assert.deepEqual(await ask(), { ok: false, status: 401 });
});

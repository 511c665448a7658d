import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../base/secret.ts';
import { goodPassword, Harness, local } from './support/harness.ts';

const password = new Secret(goodPassword);

function redeem(harness: Harness, code: Secret, username = 'root', secret = password) {
  return harness.access.redeemSetup({ code, username, password: secret, address: harness.elsewhere() });
}

test('the code makes the first admin once, and is void as soon as one can log in', async () => {
  await using harness = await Harness.open();
  const code = harness.access.setupCode();
  assert.equal(await harness.access.setupOpen(), true);
  await assert.rejects(redeem(harness, new Secret('guess')), { code: 'access/setup-closed' });
  await assert.rejects(redeem(harness, code, 'root', new Secret('short')), { code: 'access/weak-password' });
  const principal = await redeem(harness, code);
  assert.equal(principal.role, 'admin');
  assert.equal(await harness.access.setupOpen(), false);
  for (const late of [code, harness.access.setupCode()])
    await assert.rejects(redeem(harness, late, 'two'), { code: 'access/setup-closed' });
  assert.ok((await harness.login('root', goodPassword)).ok);
  assert.deepEqual(
    harness.entries.filter((entry) => entry.kind === 'setup.done').map((entry) => entry.who),
    ['root'],
  );
});

test('of many who redeem at once, one is the first admin', async () => {
  await using harness = await Harness.open();
  const code = harness.access.setupCode();
  const all = await Promise.allSettled(['a1', 'a2', 'a3', 'a4'].map((name) => redeem(harness, code, name)));
  assert.equal(all.filter((one) => one.status === 'fulfilled').length, 1);
  assert.equal((await harness.access.users.list()).length, 1);
});

test('the code is another one at each start, and guesses at it are limited', async () => {
  await using harness = await Harness.open();
  const first = harness.access.setupCode();
  await harness.restart();
  assert.notEqual(harness.access.setupCode().reveal(), first.reveal());
  await assert.rejects(redeem(harness, first), { code: 'access/setup-closed' });
  const guess = { code: new Secret('x'), username: 'root', password, address: '192.0.2.9' };
  for (let count = 0; count < 5; count++)
    await assert.rejects(harness.access.redeemSetup(guess), { code: 'access/setup-closed' });
  const late = harness.access.redeemSetup({ ...guess, code: harness.access.setupCode() });
  await assert.rejects(late, { code: 'access/rate-limited', status: 429 });
});

test('a reset ends all sessions, voids every admin’s passwords, and opens set-up again', async () => {
  await using harness = await Harness.open();
  const { users } = harness.access;
  await users.add({ name: 'root', role: 'admin', cameras: 'all', password, stream: true }, local);
  await users.add({ name: 'ann', role: 'viewer', cameras: 'all', password }, local);
  for (let count = 0; count < 5; count++) await harness.try('root', 'wrong');
  const ann = await harness.login('ann', goodPassword);
  assert.ok(ann.ok);
  const before = harness.access.setupCode();
  const code = await harness.access.resetAdmins(local);
  assert.notEqual(code.reveal(), before.reveal());
  assert.equal(await harness.access.principalOfSession(ann.sessionId), undefined);
  assert.deepEqual(await harness.try('root', goodPassword), { ok: false, status: 401 });
  const stream = { username: 'root', password, address: harness.elsewhere() };
  assert.deepEqual(await harness.access.verifyStream(stream), { ok: false, status: 401 });
  assert.ok((await harness.try('ann', goodPassword)).ok, 'others keep their passwords');
  await assert.rejects(redeem(harness, code, 'ann'), { code: 'access/name-taken' });
  await redeem(harness, code, 'root', new Secret('a new and good password'));
  assert.ok((await harness.try('root', 'a new and good password')).ok);
  assert.equal((await users.list()).length, 2);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../base/secret.ts';
import { door, goodPassword, Harness, local, yard } from './support/harness.ts';
import type { TokenWish } from './tokens.ts';

const wish: TokenWish = { name: 'script', actions: ['recording.view'], cameras: null, days: 1 };

async function withViewer(h: Harness) {
  await h.access.users.add({ name: 'vic', role: 'viewer', cameras: [door], password: new Secret(goodPassword) }, local);
  const login = await h.login('vic', goodPassword);
  assert.ok(login.ok);
  return login.principal.accountId;
}

test('does what it was made for, within what its account may, and nothing else', async () => {
  await using h = await Harness.open();
  const account = await withViewer(h);
  const { token } = await h.access.tokens.make(account, { ...wish, cameras: [door, yard] }, local);
  assert.match(token.reveal(), /^sxt_[A-Za-z0-9_-]{43}$/);
  const principal = await h.access.tokens.principal(token);
  assert.equal(principal?.username, 'vic');
  assert.deepEqual(principal?.cameras, new Set([door]), 'never more than the account has');
  const may = (action: Parameters<typeof h.access.authorize>[1]) => h.access.authorize(principal, action).allowed;
  assert.equal(may('recording.view'), true);
  assert.equal(may('session.own'), true);
  for (const action of ['live.view', 'recording.delete', 'account.own', 'account.manage', 'key.manage'] as const)
    assert.equal(may(action), false, action);
  assert.equal(h.access.authorize(principal, 'recording.view', yard).allowed, false);
});

test('can’t be made for accounts or keys, whoever asks', async () => {
  await using h = await Harness.open();
  const account = await withViewer(h);
  await h.access.users.setRole('vic', 'admin', 'all', local);
  const actions = ['account.manage', 'key.manage', 'account.own'] as const;
  const { token } = await h.access.tokens.make(account, { ...wish, actions }, local);
  const principal = await h.access.tokens.principal(token);
  for (const action of actions) assert.equal(h.access.authorize(principal, action).allowed, false);
  const one = await h.access.tokens.make(account, { ...wish, cameras: [door] }, local);
  const ofDoor = await h.access.tokens.principal(one.token);
  assert.equal(h.access.authorize(ofDoor, 'recording.view', door).allowed, true);
  assert.equal(h.access.authorize(ofDoor, 'recording.view', yard).allowed, false, 'an admin’s token too');
});

test('ends by time, by revocation, by role and with its account, at once', async () => {
  await using h = await Harness.open();
  const account = await withViewer(h);
  const make = async () => h.access.tokens.make(account, wish, local);
  const [first, second, third] = [await make(), await make(), await make()];
  assert.equal(await h.access.tokens.revoke(first.row.id, local, (account + 1) as typeof account), false);
  assert.ok(await h.access.tokens.principal(first.token));
  assert.equal(await h.access.tokens.revoke(first.row.id, local, account), true);
  assert.equal(await h.access.tokens.principal(first.token), undefined);
  await h.access.users.setRole('vic', 'publisher', 'all', local);
  const now = await h.access.tokens.principal(second.token);
  assert.equal(h.access.authorize(now, 'recording.view').allowed, false);
  h.clock.pass(86_400_000);
  assert.equal(await h.access.tokens.principal(second.token), undefined);
  await h.access.users.remove('vic', local);
  assert.equal(await h.access.tokens.principal(third.token), undefined);
  assert.deepEqual(await h.access.tokens.list(), []);
});

test('is kept as a hash, and is written down without its secret', async () => {
  await using h = await Harness.open();
  const account = await withViewer(h);
  const { token } = await h.access.tokens.make(account, wish, local);
  assert.ok(!JSON.stringify([await h.access.tokens.list(), h.entries]).includes(token.reveal()));
  await h.restart();
  assert.ok(await h.access.tokens.principal(token), 'survives a restart');
  for (const wrong of ['', 'sxt_', `${token.reveal()}A`, token.reveal().slice(4), token.reveal().toUpperCase()])
    assert.equal(await h.access.tokens.principal(new Secret(wrong)), undefined);
});

test('makes at most fifty for an account, those that are over apart', async () => {
  await using h = await Harness.open();
  const account = await withViewer(h);
  for (let made = 0; made < 50; made++) await h.access.tokens.make(account, wish, local);
  await assert.rejects(h.access.tokens.make(account, wish, local), /at most 50/);
  h.clock.pass(86_400_001);
  await h.access.tokens.make(account, wish, local);
  assert.equal((await h.access.tokens.list(account)).length, 1);
});

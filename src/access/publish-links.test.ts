import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../base/secret.ts';
import { door, goodPassword, Harness, local, yard } from './support/harness.ts';

async function admin(h: Harness) {
  await h.access.users.add({ name: 'owner', role: 'admin', cameras: 'all', password: new Secret(goodPassword) }, local);
  const login = await h.login('owner', goodPassword);
  assert.ok(login.ok);
  return login.principal.accountId;
}

test('a link to publish works once, also for two who come together, and only until it expires', async () => {
  await using harness = await Harness.open();
  const { access, clock } = harness;
  const accountId = await admin(harness);
  const link = async (minutes: number) =>
    (await access.publishLinks.make(accountId, { camera: yard, minutes }, local)).code;
  const code = await link(5);
  assert.equal(await access.tokens.principal(code), undefined, 'a link is no token');
  const both = await Promise.allSettled([1, 2].map(() => access.publishLinks.redeem(code, '127.0.0.1')));
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const late = await link(5);
  clock.pass(5 * 60_000);
  await assert.rejects(access.publishLinks.redeem(late, '127.0.0.1'), { code: 'access/link-void', status: 403 });
  await assert.rejects(access.publishLinks.redeem(new Secret('sxl_x'), '127.0.0.1'), { code: 'access/link-void' });
});

test('what a link gives publishes as its camera and does nothing else', async () => {
  await using harness = await Harness.open();
  const { access } = harness;
  const accountId = await admin(harness);
  const { code } = await access.publishLinks.make(accountId, { camera: yard, minutes: 5 }, local);
  const { token } = await access.publishLinks.redeem(code, '127.0.0.1');
  const device = (await access.tokens.principal(token))!;
  assert.equal(access.authorize(device, 'stream.publish', yard).allowed, true);
  assert.equal(access.authorize(device, 'stream.publish', door).allowed, false);
  for (const action of ['live.view', 'stream.play', 'account.own', 'recording.view', 'camera.configure'] as const)
    assert.equal(access.authorize(device, action, yard).allowed, false, action);
});

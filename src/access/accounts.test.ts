import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { CameraId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { door, goodPassword, Harness, local, yard } from './support/harness.ts';

const password = new Secret(goodPassword);
const wrong = { ok: false, status: 401 };

function digestHa1(algorithm: 'md5' | 'sha256', username: string, secret: string): string {
  return createHash(algorithm).update(`${username}:SentriX:${secret}`).digest('hex');
}

test('accounts are added, listed, given another role and removed, each change in the audit log', async () => {
  await using harness = await Harness.open();
  const { users } = harness.access;
  await users.add({ name: 'root', role: 'admin', cameras: [], password }, local);
  await users.add({ name: 'ann', role: 'viewer', cameras: [yard, door], password }, { who: 'root', from: '::1' });
  const listed = (await users.list()).map(({ name, role, cameras, stream }) => ({ name, role, cameras, stream }));
  assert.deepEqual(listed, [
    { name: 'ann', role: 'viewer', cameras: [door, yard], stream: false },
    { name: 'root', role: 'admin', cameras: 'all', stream: false },
  ]);
  await users.setRole('ann', 'viewer', 'all', local);
  assert.equal((await users.list())[0]?.cameras, 'all');
  await users.remove('ann', local);
  await assert.rejects(users.remove('ann', local), { code: 'access/unknown-account' });
  assert.deepEqual(
    harness.entries.map((entry) => [entry.kind, entry.who]),
    [
      ['account.added', null],
      ['account.added', 'root'],
      ['account.role', null],
      ['account.removed', null],
    ],
  );
  assert.equal(JSON.stringify(harness.entries).includes(goodPassword), false);
});

test('a name that is taken, looks taken, or is none, and a camera that there isn’t, are refused', async () => {
  await using harness = await Harness.open();
  const { users } = harness.access;
  const ann = { name: 'ann', role: 'viewer', cameras: [], password } as const;
  await users.add(ann, local);
  for (const name of ['ann', 'Ann', 'ANN'])
    await assert.rejects(users.add({ ...ann, name }, local), { code: 'access/name-taken' });
  await assert.rejects(users.add({ ...ann, name: 'a:b' }, local), { code: 'access/bad-name' });
  const lost = { ...ann, name: 'bob', cameras: ['gone' as CameraId] };
  await assert.rejects(users.add(lost, local), { code: 'catalog/unknown-camera' });
  assert.equal((await users.list()).length, 1);
  const twice = [users.add({ ...ann, name: 'eve' }, local), users.add({ ...ann, name: 'Eve' }, local)];
  assert.equal((await Promise.allSettled(twice)).filter((one) => one.status === 'fulfilled').length, 1);
});

test('the last admin who can log in can be neither removed nor demoted', async () => {
  await using harness = await Harness.open();
  const { users } = harness.access;
  await users.add({ name: 'root', role: 'admin', cameras: 'all', password }, local);
  await assert.rejects(users.remove('root', local), { code: 'access/last-admin' });
  await assert.rejects(users.setRole('root', 'viewer', 'all', local), { code: 'access/last-admin' });
  assert.ok((await harness.try('root', goodPassword)).ok);
  await users.add({ name: 'two', role: 'admin', cameras: 'all', password }, local);
  await users.remove('root', local);
});

test('a publisher’s password serves for RTSP too, so it is long, and changes there with it', async () => {
  await using harness = await Harness.open();
  const { users } = harness.access;
  const phone = { name: 'phone', role: 'publisher', cameras: [door] } as const;
  const short = new Secret('nineteen characters');
  await assert.rejects(users.add({ ...phone, password: short }, local), { code: 'access/stream-password-short' });
  await users.add({ ...phone, password }, local);
  const attempt = async (algorithm: 'MD5' | 'SHA-256') => {
    const answer = await harness.access.streamAttempt({ username: 'phone', algorithm, address: harness.elsewhere() });
    assert.ok(answer.ok);
    return answer;
  };
  const md5 = await attempt('MD5');
  assert.equal(md5.ha1.reveal(), digestHa1('md5', 'phone', goodPassword));
  const who = await md5.settle(true);
  assert.ok(who.ok);
  assert.equal(who.principal.via, 'stream');
  assert.equal(harness.access.authorize(who.principal, 'stream.publish', door).allowed, true);
  assert.equal(harness.access.authorize(who.principal, 'stream.publish', yard).allowed, false);
  assert.equal(harness.access.authorize(who.principal, 'stream.play', door).allowed, false);
  assert.deepEqual(await md5.settle(true), wrong, 'an attempt is settled once');
  assert.equal((await attempt('SHA-256')).ha1.reveal(), digestHa1('sha256', 'phone', goodPassword));
  await assert.rejects(users.setPassword('phone', short, local), { code: 'access/stream-password-short' });
  await users.setPassword('phone', new Secret('another good password'), local);
  assert.equal((await attempt('MD5')).ha1.reveal(), digestHa1('md5', 'phone', 'another good password'));
});

test('a stream password of its own is generated, opens RTSP alone, and outlives a change of the other', async () => {
  await using harness = await Harness.open();
  const { users } = harness.access;
  await users.add({ name: 'ann', role: 'viewer', cameras: [door], password }, local);
  const stream = (secret: Secret) =>
    harness.access.verifyStream({ username: 'ann', password: secret, address: harness.elsewhere() });
  assert.deepEqual(await stream(password), wrong);
  const own = await users.renewStreamPassword('ann', local);
  assert.ok((await stream(own)).ok);
  assert.deepEqual(await stream(password), wrong);
  assert.deepEqual(await harness.try('ann', own.reveal()), wrong);
  await users.setPassword('ann', new Secret('another good password'), local);
  assert.ok((await stream(own)).ok);
  const next = await users.renewStreamPassword('ann', local);
  assert.deepEqual(await stream(own), wrong);
  assert.ok((await stream(next)).ok);
});

test('an account that there isn’t gets the same H(A1) each time, and nothing matches it', async () => {
  await using harness = await Harness.open();
  const ask = (username: string) =>
    harness.access.streamAttempt({ username, algorithm: 'SHA-256', address: harness.elsewhere() });
  const [first, again, other] = [await ask('nobody'), await ask('nobody'), await ask('somebody')];
  assert.ok(first.ok && again.ok && other.ok);
  assert.equal(first.ha1.reveal(), again.ha1.reveal());
  assert.notEqual(first.ha1.reveal(), other.ha1.reveal());
  assert.match(first.ha1.reveal(), /^[0-9a-f]{64}$/);
  assert.deepEqual(await first.settle(true), wrong);
});

test('a stream password that changes between challenge and answer opens nothing', async () => {
  await using harness = await Harness.open();
  await harness.access.users.add({ name: 'phone', role: 'publisher', cameras: [door], password }, local);
  const ask = { username: 'phone', algorithm: 'MD5', address: harness.elsewhere() } as const;
  const attempt = await harness.access.streamAttempt(ask);
  assert.ok(attempt.ok);
  await harness.access.users.renewStreamPassword('phone', local);
  assert.deepEqual(await attempt.settle(true), wrong);
});

test('rotating a publisher leaves its old stream password good for a week, and nothing else', async () => {
  await using harness = await Harness.open();
  const { users } = harness.access;
  await users.add({ name: 'phone', role: 'publisher', cameras: [door], password }, local);
  const reasons: string[] = [];
  harness.access.onRevoked(({ reason }) => reasons.push(reason));
  const stream = async (secret: Secret) =>
    (await harness.access.verifyStream({ username: 'phone', password: secret, address: harness.elsewhere() })).ok;
  const first = await users.rotate('phone', local);
  assert.deepEqual(reasons, ['rotated']);
  assert.equal(first.streamPassword, undefined, 'one password for both, as before');
  assert.equal(await stream(first.password!), true);
  assert.equal(await stream(password), true, 'the camera goes on');
  assert.deepEqual(await harness.try('phone', goodPassword), wrong, 'log-in takes the new one alone');
  const second = await users.rotate('phone', local);
  assert.equal(await stream(password), false, 'one is kept, not all');
  assert.equal(await stream(first.password!), true);
  harness.clock.pass(7 * 86_400_000);
  assert.equal(await stream(first.password!), false);
  assert.equal(await stream(second.password!), true);
  await users.rotate('phone', local);
  await users.setPassword('phone', new Secret('another good password'), local);
  assert.equal(await stream(second.password!), false, 'a change is no rotation: whoever changes may have reason to');
});

test('rotating anybody else ends what runs under the old password', async () => {
  await using harness = await Harness.open();
  const { users } = harness.access;
  await users.add({ name: 'ann', role: 'viewer', cameras: [door], password }, local);
  const device = await users.renewStreamPassword('ann', local);
  const ended: string[] = [];
  harness.access.onRevoked(({ reason }) => ended.push(reason));
  const { password: next, streamPassword } = await users.rotate('ann', local);
  assert.deepEqual(ended, ['password']);
  const stream = async (secret: Secret) =>
    (await harness.access.verifyStream({ username: 'ann', password: secret, address: harness.elsewhere() })).ok;
  assert.deepEqual([await stream(device), await stream(streamPassword!), await stream(next!)], [false, true, false]);
  assert.ok((await harness.try('ann', next!.reveal())).ok);
});

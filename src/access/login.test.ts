import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Secret } from '../base/secret.ts';
import { CountingHasher, door, goodPassword, Harness, local } from './support/harness.ts';

const viewer = { name: 'ann', role: 'viewer', cameras: [door], password: new Secret(goodPassword) } as const;
const wrong = { ok: false, status: 401 };

test('the right password says who that is and what they may see', async () => {
  await using harness = await Harness.open();
  await harness.access.users.add(viewer, local);
  const result = await harness.try('ann', goodPassword);
  assert.ok(result.ok);
  assert.equal(result.principal.username, 'ann');
  assert.equal(result.principal.role, 'viewer');
  assert.deepEqual(result.principal.cameras, new Set([door]));
  assert.equal(harness.access.authorize(result.principal, 'recording.view', door).allowed, true);
});

test('unknown, wrong and locked are one answer after the same work, and only the log knows which', async () => {
  await using harness = await Harness.open();
  await harness.access.users.add(viewer, local);
  const work = async (username: string, password: string) => {
    const before = harness.hasher.verified;
    assert.deepEqual(await harness.try(username, password), wrong);
    assert.equal(harness.hasher.verified - before, 1, `${username} ${password}`.slice(0, 40));
    return harness.entries.findLast((entry) => entry.kind === 'login.failed');
  };
  assert.deepEqual((await work('nobody', goodPassword))?.detail, { entrance: 'login', reason: 'unknown' });
  assert.equal((await work('nobody', goodPassword))?.who, null);
  for (let count = 0; count < 5; count++)
    assert.deepEqual((await work('ann', `${goodPassword}!`))?.detail, { entrance: 'login', reason: 'wrong' });
  assert.deepEqual((await work('ann', goodPassword))?.detail, { entrance: 'login', reason: 'locked' });
  for (const name of ['ANN', 'ａｎｎ', 'ann ', '', 'a\u0000nn', 'x'.repeat(100_000)]) await work(name, goodPassword);
  await work('nobody', 'y'.repeat(100_000));
});

test('five attempts a minute for an address over every entrance, and other addresses go on', async () => {
  await using harness = await Harness.open();
  await harness.access.users.add(viewer, local);
  const from = '192.0.2.1';
  assert.equal((await harness.try('ann', goodPassword, 'verify', from)).ok, true);
  const login = { username: 'ann', password: new Secret(goodPassword), entrance: 'login', userAgent: '' } as const;
  assert.equal((await harness.access.login({ ...login, address: `::ffff:${from}` })).ok, true);
  const basic = { username: 'bob', password: new Secret('x'), address: from };
  assert.deepEqual(await harness.access.principalOfBasic(basic), wrong);
  const stream = { username: 'ann', algorithm: 'MD5', address: from } as const;
  const attempt = await harness.access.streamAttempt(stream);
  assert.ok(attempt.ok);
  assert.deepEqual(await attempt.settle(false), wrong);
  assert.deepEqual(await harness.try('eve', 'x', 'verify', from), wrong);
  const before = harness.hasher.verified;
  const limited = { ok: false, status: 429, retryAfterSeconds: 60 };
  assert.deepEqual(await harness.try('ann', goodPassword, 'verify', from), limited);
  assert.deepEqual(await harness.access.principalOfBasic(basic), limited);
  assert.deepEqual(await harness.access.streamAttempt(stream), limited);
  assert.equal(harness.hasher.verified, before, 'what is over the limit costs no hash');
  assert.equal(harness.refusals.length, 3);
  assert.equal((await harness.try('ann', goodPassword)).ok, true);
  harness.clock.pass(60_000);
  assert.equal((await harness.try('ann', goodPassword, 'verify', from)).ok, true);
});

test('five failures over login, Basic and RTSP together lock the account, for a while and over a restart', async () => {
  await using harness = await Harness.open();
  await harness.access.users.add({ ...viewer, stream: true }, local);
  const session = await harness.login('ann', goodPassword);
  assert.ok(session.ok);
  const address = () => harness.elsewhere();
  assert.deepEqual(await harness.try('ann', 'a', 'login'), wrong);
  assert.deepEqual(await harness.try('ann', 'b', 'verify'), wrong);
  const basic = { username: 'ann', password: new Secret('c'), address: address() };
  assert.deepEqual(await harness.access.principalOfBasic(basic), wrong);
  const attempt = await harness.access.streamAttempt({ username: 'ann', algorithm: 'SHA-256', address: address() });
  assert.ok(attempt.ok);
  assert.deepEqual(await attempt.settle(false), wrong);
  await harness.restart();
  assert.deepEqual(await harness.try('ann', 'e'), wrong);
  assert.ok(harness.entries.some((entry) => entry.kind === 'account.locked' && entry.who === 'ann'));
  await harness.restart();
  assert.notEqual((await harness.access.users.list())[0]?.lockedUntil, null);
  const right = new Secret(goodPassword);
  assert.deepEqual(await harness.try('ann', goodPassword), wrong);
  const good = { username: 'ann', password: right, address: address() };
  assert.deepEqual(await harness.access.principalOfBasic(good), wrong);
  assert.deepEqual(await harness.access.verifyStream({ ...good, address: address() }), wrong);
  // The open session goes on, and the lockout ends by itself whatever the wall clock says.
  assert.notEqual(await harness.access.principalOfSession(session.sessionId), undefined);
  harness.clock.set(-86_400_000);
  harness.clock.pass(300_000);
  assert.equal((await harness.try('ann', goodPassword)).ok, true);
});

test('a clock that was set back over a restart makes no lockout longer', async () => {
  await using harness = await Harness.open();
  await harness.access.users.add(viewer, local);
  for (let count = 0; count < 5; count++) await harness.try('ann', 'wrong');
  harness.clock.set(-86_400_000);
  await harness.restart();
  assert.deepEqual(await harness.try('ann', goodPassword), wrong);
  harness.clock.pass(300_000);
  assert.equal((await harness.try('ann', goodPassword)).ok, true);
});

test('guesses at a locked account do not prolong the lockout, and the machine itself can end it', async () => {
  await using harness = await Harness.open();
  await harness.access.users.add(viewer, local);
  for (let count = 0; count < 5; count++) await harness.try('ann', 'wrong');
  harness.clock.pass(299_000);
  for (let count = 0; count < 9; count++) assert.deepEqual(await harness.try('ann', 'wrong'), wrong);
  harness.clock.pass(1000);
  assert.equal((await harness.try('ann', goodPassword)).ok, true);
  for (let count = 0; count < 5; count++) await harness.try('ann', 'wrong');
  assert.deepEqual(await harness.try('ann', goodPassword), wrong);
  assert.equal(await harness.access.users.unlock('ann', local), true);
  assert.equal(await harness.access.users.unlock('ann', local), false);
  assert.equal((await harness.try('ann', goodPassword)).ok, true);
});

test('a success resets the count, and old failures are forgotten', async () => {
  await using harness = await Harness.open();
  await harness.access.users.add(viewer, local);
  for (let round = 0; round < 3; round++) {
    for (let count = 0; count < 4; count++) await harness.try('ann', 'wrong');
    assert.equal((await harness.try('ann', goodPassword)).ok, true, `round ${round}`);
  }
  for (let count = 0; count < 4; count++) await harness.try('ann', 'wrong');
  harness.clock.pass(300_000);
  assert.deepEqual(await harness.try('ann', 'wrong'), wrong);
  assert.equal((await harness.try('ann', goodPassword)).ok, true);
});

test('dozens of guesses at the same instant are five', async () => {
  await using harness = await Harness.open();
  await harness.access.users.add(viewer, local);
  const { promise, resolve } = Promise.withResolvers<void>();
  harness.hasher.hold = promise;
  // As many as the queue takes; what is beyond it isn't looked at at all.
  const guesses = Array.from({ length: 34 }, (_, index) =>
    harness.try('ann', index === 20 ? goodPassword : `guess ${index}`),
  );
  resolve();
  const answers = await Promise.all(guesses);
  assert.ok(answers.every((answer) => !answer.ok && answer.status === 401));
  const reasons = harness.entries
    .filter((entry) => entry.kind === 'login.failed')
    .map((entry) => (entry.detail as { reason?: string }).reason);
  assert.equal(reasons.filter((reason) => reason === 'wrong').length, 5);
  assert.equal(reasons.filter((reason) => reason === 'locked').length, 29);
});

test('a flood is told to come again and counts against nobody', async () => {
  await using harness = await Harness.open({ maxLoginAttempts: 1000 });
  await harness.access.users.add(viewer, local);
  const answers = await Promise.all(Array.from({ length: 200 }, () => harness.try('ann', 'wrong')));
  const busy = answers.filter((answer) => !answer.ok && answer.status === 503);
  assert.ok(busy.length > 0);
  assert.ok(busy.every((answer) => !answer.ok && (answer.retryAfterSeconds ?? 0) > 0));
  const counted = (await harness.catalog.lockouts.all()).failures.length;
  assert.equal(counted, answers.length - busy.length);
});

test('a log-in of weaker parameters is hashed anew without ending anything', async () => {
  await using harness = await Harness.open();
  await harness.access.users.add(viewer, local);
  const weak = (await harness.catalog.accounts.byName('ann'))?.passwordHash;
  harness.hasher = new CountingHasher({ memory: 16, passes: 2, parallelism: 1 });
  await harness.restart();
  const session = await harness.login('ann', goodPassword);
  assert.ok(session.ok);
  const stored = (await harness.catalog.accounts.byName('ann'))?.passwordHash;
  assert.notEqual(stored, weak);
  assert.match(stored!, /m=16,t=2/);
  assert.notEqual(await harness.access.principalOfSession(session.sessionId), undefined);
});

test('whatever is sent as name and password, only the right pair comes in', async () => {
  await using harness = await Harness.open({ maxLoginAttempts: 100_000 });
  await harness.access.users.add(viewer, local);
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('ann', goodPassword, '', '\0', '__proto__'));
  await fc.assert(
    fc.asyncProperty(text, text, async (username, password) => {
      const result = await harness.try(username, password);
      assert.equal(result.ok, username === 'ann' && password === goodPassword);
    }),
    { numRuns: 50 },
  );
});

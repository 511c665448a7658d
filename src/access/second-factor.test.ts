import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Secret } from '../base/secret.ts';
import { base32, codeOf, stepOf } from './one-time-codes.ts';
import type { Principal } from './principal.ts';
import { goodPassword, Harness, local } from './support/harness.ts';

test('makes the codes of RFC 4226 appendix D and RFC 6238 appendix B', () => {
  const seed = Buffer.from('12345678901234567890');
  const counted = [755224, 287082, 359152, 969429, 338314, 254676, 287922, 162583, 399871, 520489];
  for (const [step, code] of counted.entries()) assert.equal(codeOf(seed, step), String(code).padStart(6, '0'));
  for (const [seconds, code] of [
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ] as const)
    assert.equal(codeOf(seed, Math.floor(seconds / 30)), code);
  assert.equal(stepOf(seed, '287082', 59_000), 1);
  assert.equal(stepOf(seed, '287082', 29_000), 1, 'one step early');
  assert.equal(stepOf(seed, '287082', 89_000), 1, 'one step late');
  assert.equal(stepOf(seed, '287082', 90_000), undefined);
});

test('writes base32 as RFC 4648 has it', () => {
  for (const [text, expected] of [
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ] as const)
    assert.equal(base32(Buffer.from(text)), expected);
});

/** An account with a second factor, and what shows its codes. */
async function enrolled(h: Harness): Promise<{ principal: Principal; recovery: readonly Secret[]; code(): Secret }> {
  await h.access.users.add(
    { name: 'ann', role: 'admin', cameras: 'all', password: new Secret(goodPassword), stream: true },
    local,
  );
  const login = await h.login('ann', goodPassword);
  assert.ok(login.ok);
  const { principal } = login;
  const proven = { principal, password: new Secret(goodPassword), address: h.elsewhere() };
  const wrong = await h.access.own.proposeFactor({ ...proven, password: new Secret('wrong') });
  assert.equal(wrong.ok, false);
  const proposed = await h.access.own.proposeFactor(proven);
  assert.ok(proposed.ok);
  const seed = unbase32(proposed.value.seed.reveal());
  const code = (): Secret => new Secret(codeOf(seed, Math.floor(h.clock.now() / 30_000)));
  await assert.rejects(h.access.own.confirmFactor(principal, new Secret('000000'), ''), /not the code/);
  const recovery = await h.access.own.confirmFactor(principal, code(), '');
  h.clock.pass(30_000);
  return { principal, recovery, code };
}

function unbase32(text: string): Buffer {
  const bits = [...text].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const bytes = bits
    .join('')
    .match(/.{8}/g)!
    .map((byte) => Number.parseInt(byte, 2));
  return Buffer.from(bytes);
}

test('opens nothing by the bare password of an account with a second factor', async () => {
  await using h = await Harness.open();
  const before = h.access;
  const { principal } = await enrolled(h);
  assert.equal((await h.try('ann', goodPassword, 'verify')).ok, false);
  const basic = { username: 'ann', password: new Secret(goodPassword), address: h.elsewhere() };
  assert.deepEqual(await before.principalOfBasic(basic), { ok: false, status: 401 });
  assert.equal((await before.verifyStream({ ...basic, address: h.elsewhere() })).ok, false, 'nor over RTSP');
  const device = await before.users.renewStreamPassword('ann', local);
  assert.equal((await before.verifyStream({ ...basic, password: device })).ok, true, 'a device of it goes on');
  assert.deepEqual(await before.own.factorState(principal), { enabled: true, codesLeft: 10 });
});

test('asks for a code after the password, and takes each once', async () => {
  await using h = await Harness.open();
  const { code, recovery } = await enrolled(h);
  const from = (): { address: string; userAgent: string } => ({ address: h.elsewhere(), userAgent: '' });
  const password = { username: 'ann', password: new Secret(goodPassword), entrance: 'login' } as const;
  const asked = await h.access.login({ ...password, ...from() });
  assert.ok(!asked.ok && asked.status === 'second-factor');
  const { pending } = asked;
  assert.equal((await h.access.loginWithCode({ pending: new Secret('x'), code: code(), ...from() })).ok, false);
  const used = code();
  assert.equal((await h.access.loginWithCode({ pending, code: used, ...from() })).ok, true);
  assert.equal((await h.access.loginWithCode({ pending, code: used, ...from() })).ok, false, 'the log-in is over');
  assert.equal((await h.access.login({ ...password, code: used, ...from() })).ok, false, 'the code is used up');
  h.clock.pass(30_000);
  const both = await Promise.all([1, 2].map(() => h.access.login({ ...password, code: code(), ...from() })));
  assert.equal(both.filter(({ ok }) => ok).length, 1, 'of two at once, one');
  assert.equal((await h.access.login({ ...password, code: recovery[0]!, ...from() })).ok, true);
  assert.equal((await h.access.login({ ...password, code: recovery[0]!, ...from() })).ok, false);
});

test('counts wrong codes as wrong passwords, and a right password alone as nothing', async () => {
  await using h = await Harness.open();
  const { code } = await enrolled(h);
  const password = { username: 'ann', password: new Secret(goodPassword), entrance: 'login', userAgent: '' } as const;
  for (let attempt = 0; attempt < 5; attempt++) {
    const asked = await h.access.login({ ...password, address: h.elsewhere() });
    assert.ok(!asked.ok && asked.status === 'second-factor');
    const given = { pending: asked.pending, code: new Secret('000000'), address: h.elsewhere(), userAgent: '' };
    assert.deepEqual(await h.access.loginWithCode(given), { ok: false, status: 401 });
  }
  const locked = await h.access.login({ ...password, code: code(), address: h.elsewhere() });
  assert.deepEqual(locked, { ok: false, status: 401 });
});

test('ends the other sessions when a second factor comes, and keeps its seed sealed', async () => {
  await using h = await Harness.open();
  const ended: string[] = [];
  h.access.onSessionEnded(({ reason }) => ended.push(reason));
  await h.access.users.add({ name: 'bob', role: 'viewer', cameras: 'all', password: new Secret(goodPassword) }, local);
  const { principal, recovery, code } = await enrolled(h);
  assert.deepEqual(ended, []);
  const row = await h.catalog.secondFactors.find(principal.accountId);
  assert.ok(row!.sealedSeed.length > 20 + 16);
  const hash = createHash('sha256').update(recovery[3]!.reveal()).digest('hex');
  assert.equal(await h.catalog.secondFactors.useCode(principal.accountId, hash), true, 'kept as a hash');
  const proven = { principal, password: new Secret(goodPassword), address: h.elsewhere() };
  await assert.rejects(h.access.own.proposeFactor(proven), /second factor already/);
  const wrong = await h.access.own.removeFactor({ ...proven, address: h.elsewhere() }, new Secret('000000'));
  assert.equal(wrong.ok, false);
  assert.equal((await h.access.own.removeFactor({ ...proven, address: h.elsewhere() }, code())).ok, true);
  assert.equal((await h.try('ann', goodPassword)).ok, true);
});

test('forgets tokens and second factors of admins at a reset', async () => {
  await using h = await Harness.open();
  const { principal } = await enrolled(h);
  await h.access.tokens.make(principal.accountId, { name: 't', actions: ['live.view'], cameras: null, days: 1 }, local);
  await h.access.resetAdmins(local);
  assert.deepEqual(await h.access.tokens.list(), []);
  assert.equal(await h.catalog.secondFactors.find(principal.accountId), undefined);
});

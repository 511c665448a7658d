import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Secret } from '../base/secret.ts';
import { HashQueue, PasswordHasher } from './hash.ts';
import { isAccountName, nameKey, parseAccountName } from './names.ts';
import { checkPassword, generatePassword } from './passwords.ts';

const cheap = { memory: 8, passes: 1, parallelism: 1 };
const check = (password: string, stream = false) => checkPassword(new Secret(password), 'annabella', { stream });

test('a password is refused when it is short, common, monotonous or the name, and taken otherwise', () => {
  for (const bad of [
    'elevenchars',
    'password1234',
    'Password1234',
    'correct horse battery staple',
    'Correct-Horse-Battery-Staple',
    '123qweasdzxc',
    'Leave-Me-Alone!',
    'sunshine2026!!',
    '!!!!2026monkey',
    'monkeymonkeymonkey',
    'SunshineDragon',
    'football baseball',
    'aaaaaaaaaaaaaaaa',
    'abababababababab',
    'annabella123',
    'annabellaannabella',
    'with\u0000control characters',
    'x'.repeat(1025),
    `${'long enough but '.repeat(80)}`,
  ])
    assert.throws(() => check(bad), { code: 'access/weak-password' }, bad.slice(0, 30));
  for (const good of ['seven quiet herons', 'пароль из многих слов', '🦩🐢🦉🦆 and four words'])
    assert.doesNotThrow(() => check(good), good);
  assert.throws(() => check('nineteen characters', true), { code: 'access/stream-password-short' });
  assert.doesNotThrow(() => check('twenty characters ok', true));
});

test('a generated password passes every rule and is never the same', () => {
  const made = Array.from({ length: 200 }, () => generatePassword().reveal());
  assert.equal(new Set(made).size, 200);
  for (const password of made) {
    assert.match(password, /^([a-km-np-z2-9]{5}-){4}[a-km-np-z2-9]{5}$/);
    assert.doesNotThrow(() => check(password, true));
  }
});

test('the default hash is argon2id with 64 MiB and three passes, and only the same password opens it', async () => {
  const hasher = new PasswordHasher();
  const stored = await hasher.hash(new Secret('seven quiet herons'));
  assert.match(stored, /^\$argon2id\$v=19\$m=65536,t=3,p=1\$[^$]{22}\$[^$]{43}$/);
  assert.equal(await hasher.verify(new Secret('seven quiet herons'), stored), true);
});

test('shortened, lengthened, re-cased passwords are wrong; the same letters composed otherwise are right', async () => {
  const hasher = new PasswordHasher(cheap);
  const stored = await hasher.hash(new Secret('Über sieben Reiher'));
  const verify = (password: string) => hasher.verify(new Secret(password), stored);
  assert.equal(await verify('U\u0308ber sieben Reiher'), true);
  for (const wrong of ['Über sieben Reihe', 'Über sieben Reiher ', 'über sieben Reiher', '', 'Uber sieben Reiher'])
    assert.equal(await verify(wrong), false, wrong);
});

test('any stored text that is no hash of ours is never right', async () => {
  const hasher = new PasswordHasher(cheap);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.string(), fc.constantFrom('$argon2id$', 'x')),
      fc.string(),
      async (stored, password) => {
        assert.equal(await hasher.verify(new Secret(password), stored), false);
      },
    ),
    { numRuns: 50 },
  );
  assert.equal(await hasher.verify(new Secret('x'), null), false);
  assert.equal(await hasher.verify(new Secret('x'), undefined), false);
});

test('a hash of weaker parameters is known as outdated and still opens', async () => {
  const old = await new PasswordHasher(cheap).hash(new Secret('seven quiet herons'));
  const hasher = new PasswordHasher({ memory: 16, passes: 2, parallelism: 1 });
  assert.equal(hasher.isOutdated(old), true);
  assert.equal(await hasher.verify(new Secret('seven quiet herons'), old), true);
  assert.equal(hasher.isOutdated(await hasher.hash(new Secret('x'))), false);
});

test('at most two hashes run at once, some wait in order, and the rest are told to come again', async () => {
  const queue = new HashQueue(2, 3);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  const work = (number: number) =>
    queue.run(async () => {
      most = Math.max(most, ++running);
      await gate.promise;
      order.push(number);
      running--;
    });
  const all = [0, 1, 2, 3, 4].map(work);
  await assert.rejects(work(5), { code: 'access/busy', status: 503, retryAfterSeconds: 2 });
  gate.resolve();
  await Promise.all(all);
  assert.deepEqual(order, [0, 1, 2, 3, 4]);
  assert.equal(most, 2);
  await assert.rejects(
    queue.run(() => Promise.reject(new Error('inside'))),
    /inside/,
  );
  assert.equal(await queue.run(async () => 'free again'), 'free again');
});

test('nobody waits for a hash longer than the queue says, and who was too long in it takes no place', async () => {
  const queue = new HashQueue(1, 8, 20);
  const gate = Promise.withResolvers<string>();
  const first = queue.run(() => gate.promise);
  const waited = queue.run(async () => 'never');
  await assert.rejects(waited, { code: 'access/busy', status: 503 });
  gate.resolve('done');
  assert.equal(await first, 'done');
  assert.equal(await queue.run(async () => 'free again'), 'free again');
});

test('account names are a closed set, and look-alikes by case or width are one name', () => {
  for (const good of ['ann', 'Ann.B', 'jürgen', 'ann@example.org', 'kamera-2', '用户'])
    assert.equal(parseAccountName(good), good);
  for (const bad of [
    '',
    ' ann',
    'a b',
    'a:b',
    'a"b',
    'a\\b',
    '-ann',
    '.',
    'a\nb',
    'a\u202eb',
    'ａｎｎ',
    'x'.repeat(65),
  ])
    assert.throws(() => parseAccountName(bad), { code: 'access/bad-name' }, bad);
  assert.equal(isAccountName('e\u0301'.repeat(100_000)), false);
  assert.equal(nameKey('STRASSE'), nameKey('straße'));
  assert.equal(nameKey('ΣΊΣΥΦΟΣ'), nameKey('σίσυφος'));
  assert.equal(nameKey('ａｄｍｉｎ'), nameKey('Admin'));
});

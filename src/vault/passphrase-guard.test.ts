import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PassphraseGuard } from './passphrase-guard.ts';
import { vaultProblem } from './problems.ts';

const wrong = () => Promise.reject(vaultProblem('vault/wrong-passphrase', 'wrong', { status: 403 }));
const right = () => Promise.resolve('open');
const tooMany = { code: 'vault/too-many-tries', status: 429 };

it('makes who guesses wait longer and longer, and forgets it with the right one', async () => {
  let nowMs = 0;
  const guard = new PassphraseGuard({ now: () => 0, monotonicMs: () => nowMs });
  for (let at = 0; at < 5; at++) await assert.rejects(guard.tried(wrong), { code: 'vault/wrong-passphrase' });
  await assert.rejects(guard.tried(right), { ...tooMany, retryAfterSeconds: 15 });
  nowMs += 15_000;
  await assert.rejects(guard.tried(wrong), { code: 'vault/wrong-passphrase' });
  await assert.rejects(guard.tried(right), { ...tooMany, retryAfterSeconds: 30 });
  nowMs += 30_000;
  assert.equal(await guard.tried(right), 'open');
  await assert.rejects(guard.tried(wrong), { code: 'vault/wrong-passphrase' });
  assert.equal(await guard.tried(right), 'open');
});

it('never makes anybody wait more than a quarter of an hour, and counts no other failure', async () => {
  let nowMs = 0;
  const guard = new PassphraseGuard({ now: () => 0, monotonicMs: () => nowMs });
  for (let at = 0; at < 60; at++)
    await assert.rejects(
      guard.tried(() => Promise.reject(new Error('disk'))),
      /disk/,
    );
  for (let at = 0; at < 60; at++) {
    await assert.rejects(guard.tried(wrong), { code: 'vault/wrong-passphrase' });
    nowMs += 15 * 60_000;
  }
  assert.equal(await guard.tried(right), 'open');
});

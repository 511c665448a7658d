/** Killed at any moment, fifty times: accounts, sessions and lockouts are as they were acknowledged. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Attacker } from '../support/attacker.ts';
import type { Site } from '../support/sentrix.ts';
import { accounts, createTarget } from '../support/target.ts';

const rounds = 50;

describe('kill -9', () => {
  let site: Site;

  before(async () => {
    site = await createTarget('security: { max_login_attempts: 3, lockout_duration: 86400 }');
    await site.addUser('locked', 'viewer', 'the password of the locked');
  });

  after(() => site?.remove());

  it('leaves every session, password, lockout and log entry that was acknowledged', async () => {
    const { viewer } = accounts;
    const made = new Map<string, string>();
    let cookie: string | undefined;
    let wrong = 0;
    let password: string = viewer.password;
    for (let round = 0; round < rounds; round++) {
      const system = await site.start();
      const attacker = new Attacker(system);
      if (cookie !== undefined)
        assert.equal((await attacker.ask('/api/session', { cookie })).status, 200, `the session in round ${round}`);
      cookie ??= await attacker.login(accounts.admin.name, accounts.admin.password);
      // Failures of before the kill count: three in all, however many lives it takes.
      if (wrong < 3) {
        const json = { username: 'locked', password: 'wrong' };
        assert.equal((await new Attacker(system).ask('/auth/verify', { method: 'POST', json })).status, 401);
        wrong++;
      } else {
        const json = { username: 'locked', password: 'the password of the locked' };
        assert.equal((await new Attacker(system).ask('/auth/verify', { method: 'POST', json })).status, 401, 'locked');
      }
      for (const [name, given] of [...made].slice(-2))
        assert.equal((await new Attacker(system).ask('/api/session', { basic: `${name}:${given}` })).status, 200, name);
      assert.equal((await attacker.ask('/api/session', { basic: `${viewer.name}:${password}` })).status, 200);
      const name = `made-${round}`;
      const given = `seven quiet herons ${round}`;
      const json = { username: name, user_type: 'viewer', password: given };
      assert.equal((await attacker.ask('/api/accounts', { method: 'POST', json, cookie })).status, 200);
      made.set(name, given);
      const next = `two otters number ${round}`;
      // Killed while this is under way: it happened or it didn't, and nothing else.
      const change = attacker
        .ask(`/api/accounts/${viewer.name}`, { method: 'PATCH', json: { password: next }, cookie })
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, (round * 37) % 150));
      system.process.child.kill('SIGKILL');
      tryKill(system.ready.pid);
      await system.process.ended();
      const answer = await change;
      const after = await site.start();
      const tried = async (one: string) =>
        (await new Attacker(after).ask('/api/session', { basic: `${viewer.name}:${one}` })).status === 200;
      const [isOld, isNew] = [await tried(password), await tried(next)];
      assert.ok(isOld !== isNew, `one of both in round ${round}`);
      if (answer?.status === 200) assert.ok(isNew, `acknowledged in round ${round}`);
      if (isNew) password = next;
      after.process.child.kill('SIGKILL');
      tryKill(after.ready.pid);
      await after.process.ended();
    }
    const verified = await site.run(['audit', 'verify']);
    assert.equal(verified.code, 0, verified.output);
  });
});

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

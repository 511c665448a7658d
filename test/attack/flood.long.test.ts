/** A thousand log-ins at once from as many addresses, while somebody who is signed in works on. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { RawAnswer } from '../support/attacker.ts';
import { Attacker } from '../support/attacker.ts';
import type { Site, System } from '../support/sentrix.ts';
import { accounts, createTarget } from '../support/target.ts';

const logins = 1000;
const maxMemoryMb = 600;

describe('a flood of log-ins', () => {
  let site: Site;
  let system: System;

  before(async () => {
    site = await createTarget();
    system = await site.start();
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  it('is told 401, 429 or 503 with Retry-After, within bounded memory, and shuts out nobody who is in', async (t) => {
    const owner = new Attacker(system);
    const cookie = await owner.login(accounts.admin.name, accounts.admin.password);
    const flood = Array.from({ length: logins }, (_, index) =>
      new Attacker(system)
        .ask('/auth/login', {
          method: 'POST',
          json: { username: `nobody-${index}`, password: 'wrong' },
          limitMs: 90_000,
        })
        // No place in the queue of connections: refused as well.
        .catch((): Pick<RawAnswer, 'status' | 'headers'> => ({ status: 0, headers: {} })),
    );
    let isOver = false;
    const all = Promise.all(flood).finally(() => {
      isOver = true;
    });
    const times: number[] = [];
    while (!isOver) {
      const start = performance.now();
      assert.equal((await owner.ask('/api/session', { cookie })).status, 200);
      times.push(performance.now() - start);
    }
    const answers = await all;
    const counts = new Map<number, number>();
    for (const { status, headers } of answers) {
      counts.set(status, (counts.get(status) ?? 0) + 1);
      if (status === 429 || status === 503) assert.ok(Number(headers['retry-after']) >= 1, String(status));
      assert.ok([0, 401, 429, 503].includes(status), String(status));
    }
    assert.ok((counts.get(401) ?? 0) > 0, 'some are looked at');
    const peakKb = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${system.ready.pid}/status`, 'utf8'))![1]!;
    times.sort((a, b) => a - b);
    const p95 = times[Math.floor(times.length * 0.95)] ?? 0;
    t.diagnostic(
      `${JSON.stringify([...counts])} peak ${Number(peakKb) >> 10} MB, session p95 ${p95.toFixed(0)} ms of ${times.length}`,
    );
    assert.ok(Number(peakKb) / 1024 < maxMemoryMb, `${peakKb} kB`);
    assert.equal((await new Attacker(system).ask('/auth/verify', { method: 'POST', json: accountOf() })).status, 200);
  });
});

function accountOf() {
  return { username: accounts.viewer.name, password: accounts.viewer.password };
}

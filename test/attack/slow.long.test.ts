/** Slow headers, slow bodies and silence, against the time-outs that are really set. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Attacker } from '../support/attacker.ts';
import type { Site, System } from '../support/sentrix.ts';
import { createTarget } from '../support/target.ts';

describe('slow clients', () => {
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

  it('cuts off who is slow or silent, and serves the others meanwhile', async () => {
    const attacker = new Attacker(system);
    const host = `host: ${attacker.host}\r\n`;
    const began = Array.from({ length: 40 }, async (_, index) => {
      const head = `POST /auth/verify HTTP/1.1\r\n${host}`;
      const body = 'content-type: application/json\r\ncontent-length: 100\r\n\r\n{';
      return attacker.raw(index % 2 === 0 ? head : head + body, { limitMs: 50_000 });
    });
    assert.equal((await new Attacker(system).ask('/healthz')).status, 200);
    for (const received of await Promise.all(began))
      assert.ok(received.length === 0 || received.toString().startsWith('HTTP/1.1 408 '), received.toString());
  });
});

/** The owner's keys over the API of a running server: the password once more, the log, and who opens what afterwards. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { eventually } from './support/process.ts';
import { Site } from './support/sentrix.ts';

const password = 'correct horse battery';

describe('the keys of a running server', () => {
  let site: Site;
  before(async () => {
    site = await Site.create(
      (at) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", mode: continuous, pre_buffer_seconds: 0, max_clip_seconds: 10 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', password);
  });
  after(() => site?.remove());

  async function opens(identity: string): Promise<boolean> {
    const folder = join(site.recordings, 'keys');
    const wrapped = (await readdir(folder)).filter((name) => name.endsWith('.key.age'));
    assert.ok(wrapped.length > 0);
    const reader = new Decrypter();
    reader.addIdentity(identity);
    for (const name of wrapped) {
      try {
        await reader.decrypt(await readFile(join(folder, name)));
      } catch {
        return false;
      }
    }
    return true;
  }

  it('change by the password given once more, and the log says who did it', async () => {
    const system = await site.start();
    await system.login('owner', password);
    const ask = (name: string, body: object) => system.ask(`/api/keys/${name}`, { method: 'POST', body });
    await eventually(
      'a day key is there',
      async () => (await system.ask('/api/keys')).json<{ day_keys: number }>().day_keys > 0 || undefined,
      60_000,
    );
    assert.equal((await ask('sheet', { password: 'not the password' })).status, 401);
    const first = (await ask('sheet', { password })).json<{ identity: string; page: string }>();
    assert.ok(first.page.includes(first.identity) && first.page.includes('<svg'));
    assert.equal(await opens(first.identity), true);

    const escrow = await generateX25519Identity();
    const recipient = await identityToRecipient(escrow);
    assert.equal((await ask('escrow', { password, recipient })).status, 200);
    assert.equal(await opens(escrow), true);
    assert.equal((await ask('rotate', { password })).status, 200);
    const second = (await ask('sheet', { password })).json<{ identity: string }>();
    assert.deepEqual(
      [await opens(first.identity), await opens(second.identity), await opens(escrow)],
      [false, true, true],
    );
    assert.equal((await ask('escrow/remove', { password, recipient })).status, 200);
    assert.equal(await opens(escrow), false);
    const unlock = { method: 'POST', body: { passphrase: 'this key has none' } };
    assert.equal((await system.ask('/api/vault/unlock', unlock)).status, 409);
    assert.equal(await system.process.stop(), 0);

    const log = (await site.run(['audit', 'show'])).output;
    for (const kind of ['key.exported', 'key.escrow-added', 'key.rotated', 'key.escrow-removed'])
      assert.ok(log.includes(kind), `${kind} in ${log}`);
    assert.equal(log.includes('AGE-SECRET-KEY'), false);
  });
});

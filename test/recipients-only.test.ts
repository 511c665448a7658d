/** A server that holds no identity: it records what it can't read, and whoever has the identity reads it elsewhere. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { eventually } from './support/process.ts';
import { Site } from './support/sentrix.ts';

interface Recording {
  readonly id: number;
  readonly timestamp: string;
  readonly file_url: string;
}

describe('a server with recipients only', () => {
  let site: Site;
  let identity: string;
  before(async () => {
    identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    site = await Site.create(
      (at) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", mode: continuous, pre_buffer_seconds: 0, max_clip_seconds: 10 }
security: { encryption: { mode: recipients_only, recipients: ["${recipient}"] } }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
  });
  after(() => site?.remove());

  it('records, refuses to play, and gives the owner what he opens with his identity', async () => {
    const system = await site.start();
    await system.login('owner', 'correct horse battery');
    const clip = await eventually(
      'the demo camera has been recorded',
      async () => {
        const { recordings } = (await system.ask('/api/recordings?state=open')).json<{ recordings: Recording[] }>();
        const first = recordings[0];
        return first !== undefined && Date.now() - Date.parse(first.timestamp) > 2000 ? first : undefined;
      },
      60_000,
    );
    assert.equal(await system.process.stop(), 0);
    const again = await site.start();
    await again.login('owner', 'correct horse battery');

    const refused = await again.ask(clip.file_url);
    assert.deepEqual([refused.status, refused.json<{ code: string }>().code], [409, 'vault/recipients-only']);
    const unlock = await again.ask('/api/vault/unlock', { method: 'POST', body: { passphrase: 'anything at all' } });
    assert.deepEqual([unlock.status, unlock.json<{ code: string }>().code], [409, 'vault/recipients-only']);

    const wrapped = await again.ask(`/api/recordings/${clip.id}/key`);
    assert.equal(wrapped.status, 200);
    const owner = new Decrypter();
    owner.addIdentity(identity);
    const day = await owner.decrypt(wrapped.body, 'text');
    const sealed = await again.ask(`/api/recordings/${clip.id}/sealed`);
    const reader = new Decrypter();
    reader.addIdentity(day.split('\n').find((line) => line.startsWith('AGE-SECRET-KEY-'))!);
    const plain = await reader.decrypt(sealed.body);
    assert.equal(Buffer.from(plain.subarray(4, 8)).toString(), 'ftyp');

    assert.equal(await again.process.stop(), 0);
    // Nowhere in the home is anything that would open it
    for (const name of await readdir(join(site.home, 'keys')))
      assert.doesNotMatch(await readFile(join(site.home, 'keys', name), 'latin1'), /AGE-SECRET-KEY/, name);
  });
});

import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { CameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import { openCatalog } from '../catalog/catalog.ts';
import type { ColumnSeal } from './credentials.ts';
import { Credentials } from './credentials.ts';

const door = 'door' as CameraId;
const yard = 'yard' as CameraId;

function sealWith(key: Buffer): ColumnSeal {
  return {
    seal: (context, bytes) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
      cipher.setAAD(Buffer.from(context), { plaintextLength: bytes.length });
      return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    },
    open: (context, bytes) => {
      const cipher = createDecipheriv('chacha20-poly1305', key, bytes.subarray(0, 12), { authTagLength: 16 });
      cipher.setAAD(Buffer.from(context), { plaintextLength: bytes.length - 28 });
      cipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()]);
    },
  };
}

test('camera passwords are sealed to their camera, come back, and remember Digest until they change', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sentrix-credentials-'));
  const clock = { now: () => 7, monotonicMs: () => 7 };
  const file = join(directory, 'catalog.db');
  const catalog = await openCatalog({ file, key: randomBytes(32), clock, log: silentLog });
  try {
    await catalog.cameras.ensure(door, 'Door');
    await catalog.cameras.ensure(yard, 'Yard');
    const key = randomBytes(32);
    const credentials = new Credentials({ catalog, seal: sealWith(key) });
    const given = { username: 'viewer', password: new Secret('p"ä: ss') };
    await credentials.set(door, given);
    const found = await credentials.get(door);
    assert.equal(found?.username, 'viewer');
    assert.equal(found?.password.reveal(), 'p"ä: ss');
    assert.equal(found?.digestSeen, false);
    assert.equal(inspect(found).includes('ä: ss'), false);
    await credentials.setDigestSeen(door);
    assert.equal((await credentials.get(door))?.digestSeen, true);
    await credentials.set(door, given);
    assert.equal((await credentials.get(door))?.digestSeen, false);
    assert.equal(await credentials.get(yard), undefined);

    // Somebody who can write the database moves the row of one camera to another.
    const stolen = (await catalog.credentials.byCamera(door))!.sealed;
    await catalog.credentials.set(yard, () => stolen);
    await assert.rejects(credentials.get(yard), { code: 'credentials/unreadable' });
    const other = new Credentials({ catalog, seal: sealWith(randomBytes(32)) });
    await assert.rejects(other.get(door), { code: 'credentials/unreadable' });

    await assert.rejects(credentials.set('gone' as CameraId, given), { code: 'catalog/unknown-camera' });
    for (const bad of [
      { username: 'a:b', password: new Secret('x') },
      { username: 'a\r\nb', password: new Secret('x') },
      { username: 'a', password: new Secret('x\0') },
      { username: 'a', password: new Secret('ä'.repeat(129)) },
    ])
      await assert.rejects(credentials.set(door, bad), { code: 'credentials/invalid' });
    assert.equal(await credentials.remove(door), true);
    assert.equal(await credentials.remove(door), false);
    assert.equal(await credentials.get(door), undefined);
  } finally {
    await catalog[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  }
});

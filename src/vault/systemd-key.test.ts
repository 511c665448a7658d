/** The owner key as systemd hands it over: taken where it is there, and nothing weaker where it is not. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { silentLog } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import { openDiskStore } from '../storage/disk-store.ts';
import { X25519Identity } from './age/x25519.ts';
import type { OwnerMode } from './owner-key.ts';
import { MemoryLedger } from './testing/memory-ledger.ts';
import { openVault } from './vault.ts';

const at = Date.UTC(2026, 10, 24, 10, 11, 12);
const name = 'cam/2026/11/24/101112-1.jpg.age';
let base: string;
before(async () => {
  base = await mkdtemp(join(tmpdir(), 'sentrix-systemd-'));
});
after(() => rm(base, { recursive: true, force: true }));

async function site(label: string) {
  const recordings = await openDiskStore(join(base, label, 'recordings'));
  const ledger = new MemoryLedger();
  const credentials = join(base, label, 'credentials');
  await mkdir(credentials, { recursive: true });
  return {
    home: join(base, label, 'home'),
    open: (mode?: OwnerMode, ownerPin?: string) =>
      openVault({
        ...{ home: join(base, label, 'home'), recordings, ledger, credentials, log: silentLog, workFactor: 10 },
        encryption: mode === undefined ? {} : { mode },
        ...(ownerPin === undefined ? {} : { ownerPin }),
        clock: { now: () => at, monotonicMs: () => 0 },
      }),
    hand: (text: string) => writeFile(join(credentials, 'sentrix.owner-key'), text),
  };
}

it('is the owner’s, and lies nowhere in the home', async () => {
  const { home, open, hand } = await site('given');
  const identity = X25519Identity.generate();
  await hand(`${identity.toSecret().reveal()}\n`);
  for (const mode of [undefined, 'systemd'] as const) {
    const vault = await open(mode);
    const ownerRecipient = identity.recipient().toString();
    assert.deepEqual(vault.status(), { kind: 'open', mode: 'systemd', ownerRecipient });
    await vault.sealObject(name, Buffer.from('seen'), { at });
    vault.lock();
    await assert.rejects(vault.unlock(new Secret('anything at all')), { code: 'vault/no-passphrase' });
    await vault.unlock(undefined);
    assert.equal((await vault.openObject(name)).toString(), 'seen');
    await assert.rejects(vault.rotateOwner({}), { code: 'vault/mode-unavailable' });
  }
  for (const file of await readdir(join(home, 'keys')))
    assert.doesNotMatch(await readFile(join(home, 'keys', file), 'latin1'), /AGE-SECRET-KEY/);
});

it('that is demanded and not handed over is not replaced by a keyfile', async () => {
  const { open } = await site('missing');
  await (await open()).createOwner({ mode: 'keyfile' });
  await assert.rejects(open('systemd'), { code: 'vault/mode-unavailable' });
});

it('of somebody else is not the owner’s, and one that is none is named', async () => {
  const { open, hand } = await site('other');
  const { recipient } = await (await open()).createOwner({ mode: 'keyfile' });
  await hand(X25519Identity.generate().toSecret().reveal());
  await assert.rejects(open(undefined, recipient), { code: 'vault/owner-mismatch' });
  await hand('not a key');
  await assert.rejects(open(), { code: 'vault/bad-key-file' });
});

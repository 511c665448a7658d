/** Post-quantum keys: as another implementation makes and reads them, and as owner, escrow and day keys. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as typage from 'age-encryption';
import { silentLog } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import { openDiskStore } from '../storage/disk-store.ts';
import { decrypt } from './age/decryptor.ts';
import { encrypt } from './age/encryptor.ts';
import { HybridIdentity, HybridRecipient } from './age/hybrid.ts';
import type { KeyKind } from './age/keys.ts';
import { X25519Identity } from './age/x25519.ts';
import { MemoryLedger } from './testing/memory-ledger.ts';
import type { Vault } from './vault.ts';
import { openVault } from './vault.ts';

const at = Date.UTC(2026, 10, 24, 10, 11, 12);
const name = 'cam/2026/11/24/101112-1.jpg.age';
const mixed = { code: 'vault/mixed-recipients' };

describe('a hybrid key', () => {
  it('is the one that age-encryption makes of the same secret', async () => {
    const text = await typage.generateHybridIdentity();
    const identity = HybridIdentity.parse(new Secret(text));
    assert.equal(identity.recipient().toString(), await typage.identityToRecipient(text));
    assert.equal(identity.toSecret().reveal(), text);
    assert.equal(HybridRecipient.parse(identity.recipient().toString()).toString(), identity.recipient().toString());
  });

  it('opens what age-encryption sealed, and the other way round', async () => {
    const identity = HybridIdentity.generate();
    const plain = Buffer.alloc(70_000, 'picture ');
    const theirs = new typage.Encrypter();
    theirs.addRecipient(identity.recipient().toString());
    assert.deepEqual(await decrypt(await theirs.encrypt(plain), [identity]), plain);
    const reader = new typage.Decrypter();
    reader.addIdentity(identity.toSecret().reveal());
    const ours = await encrypt([HybridIdentity.generate().recipient(), identity.recipient()], [plain]);
    assert.deepEqual(Buffer.from(await reader.decrypt(ours)), plain);
  });

  it('opens nothing of another, and nothing when it is wiped', async () => {
    const identity = HybridIdentity.generate();
    const file = await encrypt([identity.recipient()], [Buffer.from('x')]);
    await assert.rejects(decrypt(file, [HybridIdentity.generate()]), { fault: 'no match' });
    identity.wipe();
    await assert.rejects(decrypt(file, [identity]), { fault: 'no match' });
    assert.throws(() => identity.toSecret(), { fault: 'no match' });
  });
});

describe('a vault of a hybrid owner', () => {
  let base: string;
  let count = 0;
  before(async () => {
    base = await mkdtemp(join(tmpdir(), 'sentrix-hybrid-'));
  });
  after(() => rm(base, { recursive: true, force: true }));

  async function open(newKind: KeyKind, options: { readonly again?: boolean; readonly recipients?: string[] } = {}) {
    if (options.again !== true) count++;
    const recordings = join(base, `recordings-${count}`);
    const ledger = options.again === true ? last.ledger : new MemoryLedger();
    const vault: Vault = await openVault({
      home: join(base, `home-${count}`),
      recordings: await openDiskStore(recordings),
      ledger,
      encryption: { newKind, recipients: options.recipients ?? [] },
      clock: { now: () => at, monotonicMs: () => 0 },
      log: silentLog,
    });
    last = { recordings, ledger };
    return vault;
  }
  let last: { recordings: string; ledger: MemoryLedger };

  /** Kinds of the stanzas of all wrapped day keys and of the clips' object. */
  async function stanzas(): Promise<string[]> {
    const files = [name];
    for (const key of await readdir(join(last.recordings, 'keys')))
      if (key.endsWith('.key.age')) files.push(`keys/${key}`);
    const texts = await Promise.all(files.map((file) => readFile(join(last.recordings, file), 'latin1')));
    return texts.flatMap((text) => [...text.matchAll(/^-> (\S+)/gm)].map((match) => match[1]!));
  }

  it('has hybrid day keys too: nothing it writes can be opened by breaking X25519 alone', async () => {
    const vault = await open('hybrid');
    const { recipient } = await vault.createOwner({ mode: 'keyfile' });
    assert.match(recipient, /^age1pq1/);
    await vault.sealObject(name, Buffer.from('seen'), { at });
    assert.deepEqual(new Set(await stanzas()), new Set(['mlkem768x25519']));
    const again = await open('x25519', { again: true });
    assert.equal((await again.openObject(name)).toString(), 'seen');
    // and no later key is weaker, whatever the configuration says
    assert.match((await again.rotateOwner({})).recipient, /^age1pq1/);
    assert.equal((await again.openObject(name)).toString(), 'seen');
  });

  it('comes after one of X25519 by rotating the key', async () => {
    const before = await open('x25519');
    await before.createOwner({ mode: 'keyfile' });
    await before.sealObject(name, Buffer.from('seen'), { at });
    const vault = await open('hybrid', { again: true });
    assert.match((await vault.rotateOwner({})).recipient, /^age1pq1/);
    assert.deepEqual((await stanzas()).toSorted(), ['X25519', 'mlkem768x25519']); // the clip is as it was
    assert.equal((await vault.openObject(name)).toString(), 'seen');
  });

  it('refuses recipients that would be its weakest link, wherever they come from', async () => {
    const classic = X25519Identity.generate().recipient().toString();
    const vault = await open('hybrid', { recipients: [classic] });
    await assert.rejects(vault.createOwner({ mode: 'keyfile' }), mixed);
    assert.equal(vault.status().kind, 'absent');
    const alone = await open('hybrid');
    await alone.createOwner({ mode: 'keyfile' });
    await assert.rejects(alone.addEscrow(classic), mixed);
    await alone.addEscrow(HybridIdentity.generate().recipient().toString());
    await assert.rejects(open('hybrid', { again: true, recipients: [classic] }), mixed);
    const escrowed = await open('x25519');
    await escrowed.createOwner({ mode: 'keyfile' });
    await escrowed.addEscrow(classic);
    await assert.rejects((await open('hybrid', { again: true })).rotateOwner({}), mixed);
    assert.match(JSON.stringify(escrowed.status()), /"age1[^p]/);
  });
});

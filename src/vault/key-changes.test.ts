import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { silentLog } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import { openDiskStore } from '../storage/disk-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { decrypt } from './age/decryptor.ts';
import { X25519Identity } from './age/x25519.ts';
import { settleKeySwitch } from './key-switch.ts';
import { MemoryLedger } from './testing/memory-ledger.ts';
import type { Vault } from './vault.ts';
import { openVault } from './vault.ts';

const dayMs = 86_400_000;
const at = Date.UTC(2026, 10, 24, 10, 11, 12);
const days = [0, 1, 2, 3, 4].map((back) => at - back * dayMs);
const nameOf = (then: number) =>
  `cam/${new Date(then).toISOString().slice(0, 10).replaceAll('-', '/')}/000000-1.jpg.age`;
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;
const passphrase = new Secret('correct horse battery');
const killed = new Error('killed');

let base: string;
let home: string;
let recordings: string;
let store: ObjectStore;
let ledger: MemoryLedger;
let count = 0;

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'sentrix-keys-'));
});
after(() => rm(base, { recursive: true, force: true }));
beforeEach(async () => {
  home = join(base, `home-${count}`);
  recordings = join(base, `recordings-${count++}`);
  store = await openDiskStore(recordings);
  ledger = new MemoryLedger();
});

/** As the program opens a home: what a crash left is settled first. */
async function open(using: { store?: ObjectStore; ledger?: MemoryLedger } = {}): Promise<Vault> {
  await settleKeySwitch({ home, store, ledger, log: silentLog });
  return openVault({
    home,
    recordings: using.store ?? store,
    ledger: using.ledger ?? ledger,
    ...(ledger.ownerRecipient === undefined ? {} : { ownerPin: ledger.ownerRecipient }),
    encryption: {},
    workFactor: 10,
    clock: { now: () => at, monotonicMs: () => 0 },
    log: silentLog,
  });
}

async function make(mode: 'keyfile' | 'passphrase' = 'keyfile'): Promise<{ vault: Vault; identity: X25519Identity }> {
  const vault = await open();
  const owner = await vault.createOwner(mode === 'keyfile' ? { mode } : { mode, passphrase });
  ledger.ownerRecipient = owner.recipient;
  for (const then of days) await vault.sealObject(nameOf(then), Buffer.from(`seen ${then}`), { at: then });
  return { vault, identity: X25519Identity.parse(owner.identity) };
}

async function opensEverything(vault: Vault): Promise<void> {
  for (const then of days) assert.equal((await vault.openObject(nameOf(then))).toString(), `seen ${then}`);
}

/** How many wrapped day keys `identity` opens, with nothing but the files. */
async function opened(identity: X25519Identity): Promise<number> {
  let found = 0;
  for (const name of await readdir(join(recordings, 'keys'))) {
    if (!name.endsWith('.key.age')) continue;
    const bytes = await readFile(join(recordings, 'keys', name));
    found += await decrypt(bytes, [identity]).then(
      () => 1,
      () => 0,
    );
  }
  return found;
}

async function nothingLeftOver(): Promise<void> {
  const left = (await readdir(join(home, 'keys'))).filter((name) => /next|switch|tmp/.test(name));
  assert.deepEqual(left, []);
  assert.deepEqual(await readdir(join(recordings, '.tmp')), []);
  assert.equal(await ledger.pending(), undefined);
}

describe('a new owner key', () => {
  it('opens everything, and the old one opens nothing that is here', async () => {
    const { vault, identity: old } = await make();
    const { recipient, identity, changed, skipped } = await vault.rotateOwner({});
    assert.deepEqual([changed, skipped], [5, 0]);
    assert.equal(ledger.ownerRecipient, recipient);
    assert.deepEqual(vault.status(), { kind: 'open', mode: 'keyfile', ownerRecipient: recipient });
    await opensEverything(vault);
    assert.deepEqual([await opened(old), await opened(X25519Identity.parse(identity))], [0, 5]);
    await opensEverything(await open());
    assert.equal((await readFile(join(home, 'keys/owner.recipient'), 'latin1')).trim(), recipient);
    await nothingLeftOver();
  });

  it('asks for the passphrase where there is one, and can take another', async () => {
    const { vault } = await make('passphrase');
    await assert.rejects(vault.rotateOwner({}), code('vault/wrong-passphrase'));
    await assert.rejects(vault.rotateOwner({ passphrase: new Secret('not this one') }), code('vault/wrong-passphrase'));
    await assert.rejects(
      vault.rotateOwner({ passphrase, newPassphrase: new Secret('short') }),
      code('vault/weak-passphrase'),
    );
    await opensEverything(vault);
    await vault.rotateOwner({ passphrase, newPassphrase: new Secret('another battery') });
    const again = await open();
    await assert.rejects(again.unlock(passphrase), code('vault/wrong-passphrase'));
    await again.unlock(new Secret('another battery'));
    await opensEverything(again);
    again.lock();
    await assert.rejects(again.rotateOwner({ passphrase }), code('vault/locked'));
    await nothingLeftOver();
  });

  it('leaves what it cannot open as it is, and says how many', async () => {
    const { vault } = await make();
    const [gone, changed] = ledger.pins;
    await rm(join(recordings, `keys/${gone!.date}-${gone!.kid}.key.age`));
    await writeFile(join(recordings, `keys/${changed!.date}-${changed!.kid}.key.age`), 'something else');
    const result = await vault.rotateOwner({});
    assert.deepEqual([result.changed, result.skipped], [3, 2]);
  });

  it('lets a day be sealed and opened while it is made', async () => {
    const { vault } = await make();
    const tomorrow = at + dayMs;
    const [, ...objects] = await Promise.all([
      vault.rotateOwner({}),
      opensEverything(vault),
      vault.sealObject(nameOf(tomorrow), Buffer.from('new'), { at: tomorrow }),
      opensEverything(vault),
    ]);
    assert.ok(objects.length > 0);
    const again = await open();
    await opensEverything(again);
    assert.equal((await again.openObject(nameOf(tomorrow))).toString(), 'new');
  });
});

describe('escrow', () => {
  it('opens everything from when it is added until it is removed, old days and new', async () => {
    const { vault, identity: owner } = await make();
    const escrow = X25519Identity.generate();
    const recipient = escrow.recipient().toString();
    await vault.addEscrow(recipient);
    await assert.rejects(vault.addEscrow(recipient), code('vault/escrow-exists'));
    await vault.sealObject(nameOf(at + dayMs), Buffer.from('new'), { at: at + dayMs });
    assert.deepEqual([await opened(escrow), await opened(owner)], [6, 6]);
    assert.deepEqual(await vault.keyFacts(), {
      ...{ escrow: [recipient], configured: [], dayKeys: 6 },
      ...{ firstDay: '2026-11-20', lastDay: '2026-11-25' },
    });

    const again = await open();
    const rotated = X25519Identity.parse((await again.rotateOwner({})).identity);
    assert.deepEqual([await opened(escrow), await opened(owner), await opened(rotated)], [6, 0, 6]);
    await again.removeEscrow(recipient);
    assert.deepEqual([await opened(escrow), await opened(rotated)], [0, 6]);
    await assert.rejects(again.removeEscrow(recipient), code('vault/no-escrow'));
    await assert.rejects(again.addEscrow('age1nonsense'), code('vault/bad-recipient'));
  });
});

describe('shredding a day', () => {
  it('leaves nothing that opens it, and today goes on with a new key', async () => {
    const { vault } = await make();
    assert.equal(await vault.shredDay('2026-11-24'), 1);
    await assert.rejects(vault.openObject(nameOf(at)), code('vault/no-day-key'));
    assert.deepEqual(
      (await readdir(join(recordings, 'keys'))).filter((name) => name.startsWith('2026-11-24')),
      [],
    );
    await vault.sealObject(nameOf(at), Buffer.from('later'), { at });
    assert.equal((await vault.openObject(nameOf(at))).toString(), 'later');
    assert.equal((await vault.openObject(nameOf(days[1]!))).toString(), `seen ${days[1]}`);
    assert.equal(await vault.shredDay('2020-01-01'), 0);
  });
});

describe('a crash while keys change', () => {
  /** Every place at which the program can die, as far as the disk can tell. */
  const deaths: readonly {
    readonly name: string;
    readonly committed: boolean;
    readonly ledger?: Partial<Record<'commit' | 'settled', 'before' | 'after'>>;
    /** Key files that get their place. */
    readonly files?: number;
    readonly afterwards?: () => Promise<void>;
  }[] = [
    { name: 'before the ledger commits', committed: false, ledger: { commit: 'before' } },
    { name: 'when the ledger has committed', committed: true, ledger: { commit: 'after' } },
    {
      name: 'when the key has its place and the recipient has not',
      committed: true,
      ledger: { commit: 'after' },
      afterwards: () => rename(join(home, 'keys/owner.next.key'), join(home, 'keys/owner.key')),
    },
    ...[0, 1, 2, 3, 4, 5].map((files) => ({ name: `with ${files} of 5 files in place`, committed: true, files })),
    { name: 'when all is in place and the ledger does not know', committed: true, ledger: { settled: 'before' } },
    { name: 'when only the journal is left', committed: true, ledger: { settled: 'after' } },
  ];

  for (const change of ['rotate', 'escrow'] as const) {
    for (const death of deaths) {
      if (change === 'escrow' && death.afterwards !== undefined) continue;
      it(`${change}: ${death.name}`, async () => {
        const { identity: old } = await make();
        const escrow = X25519Identity.generate();
        const vault = await open(dying(death.ledger ?? {}, death.files));
        const attempt = change === 'rotate' ? vault.rotateOwner({}) : vault.addEscrow(escrow.recipient().toString());
        await assert.rejects(attempt, killed);
        await death.afterwards?.();

        const again = await open();
        await opensEverything(again);
        const moved = change === 'rotate' ? 0 : 5;
        assert.equal(await opened(old), death.committed ? moved : 5, 'the old owner');
        assert.equal(await opened(escrow), death.committed && change === 'escrow' ? 5 : 0, 'the escrow');
        await nothingLeftOver();
        // And it can be done, again or at last
        await again.rotateOwner({});
        await opensEverything(await open());
        assert.equal(await opened(old), 0);
      });
    }
  }

  it('is not taken for a change of ours where somebody wrote the journal', async () => {
    const { vault } = await make();
    const dead = await open(dying({ commit: 'after' }, undefined));
    await assert.rejects(dead.rotateOwner({}), killed);
    const path = join(home, 'keys/switch.json');
    const journal = await readFile(path, 'latin1');
    await writeFile(path, journal.replace('"owner"', '"Owner"'));
    await assert.rejects(open(), code('vault/bad-key-file'));
    await writeFile(path, journal);
    await opensEverything(await open());
    vault.lock();
  });
});

/** From the moment of death on, nothing reaches the disk by either. */
function dying(
  when: Partial<Record<'commit' | 'settled', 'before' | 'after'>>,
  files: number | undefined,
): { ledger: MemoryLedger; store: ObjectStore } {
  let dead = false;
  const die = (): never => {
    dead = true;
    throw killed;
  };
  const through = (target: object, key: string | symbol, fate?: 'before' | 'after'): unknown => {
    const value: unknown = Reflect.get(target, key, target);
    if (typeof value !== 'function') return value;
    return async (...args: unknown[]) => {
      if (dead || fate === 'before') die();
      const result: unknown = await value.apply(target, args);
      if (fate === 'after') die();
      return result;
    };
  };
  return {
    ledger: new Proxy(ledger, {
      get: (target, key) => through(target, key, key === 'commit' || key === 'settled' ? when[key] : undefined),
    }),
    store: new Proxy(store, {
      get: (target, key) => {
        if (key !== 'putAll' || files === undefined) return through(target, key);
        return async (objects: Iterable<readonly [string, Uint8Array]>) => {
          await target.putAll([...objects].slice(0, files));
          die();
        };
      },
    }),
  };
}

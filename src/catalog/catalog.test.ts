import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { Catalog } from './catalog.ts';
import { openCatalog } from './catalog.ts';
import { migrate, migrations } from './migrate.ts';

const key = randomBytes(32);
let directory: string;
let next = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sentrix-catalog-'));
});
after(() => rm(directory, { recursive: true }));

const at = (now: number) => ({ now: () => now, monotonicMs: () => now });

function open(file = join(directory, `${next++}.db`), withKey = key): Promise<Catalog> {
  return openCatalog({ file, key: withKey, clock: at(1000), log: silentLog });
}

const door = 'door' as CameraId;

test('nothing of the catalog is readable in its files, and only the owner may open them', async () => {
  const file = join(directory, 'sealed.db');
  await using catalog = await open(file);
  await catalog.cameras.ensure(door, 'The very secret door');
  await catalog.durable();
  for (const name of (await readdir(directory)).filter((entry) => entry.startsWith('sealed.db'))) {
    const bytes = await readFile(join(directory, name));
    assert.equal((await stat(join(directory, name))).mode & 0o777, 0o600, name);
    if (name.endsWith('-shm')) continue;
    for (const word of ['SQLite format', 'very secret', 'create table', 'camera_grant'])
      assert.equal(bytes.includes(word), false, `${word} in ${name}`);
  }
});

test('what was written is there after opening again, and another key does not open it', async () => {
  const file = join(directory, 'again.db');
  {
    await using catalog = await open(file);
    await catalog.state.set('owner.recipient', 'age1x');
  }
  {
    await using catalog = await open(file);
    assert.equal(await catalog.state.get('owner.recipient'), 'age1x');
  }
  await assert.rejects(open(file, randomBytes(32)), { code: 'catalog/wrong-key' });
});

test('a catalog of a newer program is left alone', async () => {
  const file = join(directory, 'newer.db');
  await (await open(file))[Symbol.asyncDispose]();
  const { Kysely, SqliteDialect } = await import('kysely');
  const { openSqlite } = await import('./sqlite.ts');
  const db = new Kysely<never>({ dialect: new SqliteDialect({ database: await openSqlite(file, key) }) });
  const later = {
    name: 'later',
    up: (on: typeof db) => on.schema.createTable('later').addColumn('a', 'text').execute(),
  };
  await migrate(db, { clock: at(0), log: silentLog }, [...migrations, later]);
  await db.destroy();
  await assert.rejects(open(file), { code: 'catalog/newer-schema' });
});

test('a migration that fails leaves the schema as it was', async () => {
  const file = join(directory, 'failing.db');
  const { Kysely, SqliteDialect, sql } = await import('kysely');
  const { openSqlite } = await import('./sqlite.ts');
  const db = new Kysely<never>({ dialect: new SqliteDialect({ database: await openSqlite(file, key) }) });
  const failing = {
    name: 'failing',
    up: async (on: typeof db) => {
      await on.schema.createTable('half').addColumn('a', 'text').execute();
      throw new Error('the power went');
    },
  };
  await assert.rejects(migrate(db, { clock: at(0), log: silentLog }, [failing]), /power/);
  const { rows } = await sql<{ name: string }>`select name from sqlite_master where name = 'half'`.execute(db);
  assert.deepEqual(rows, []);
  await db.destroy();
});

test('a transaction that throws writes nothing', async () => {
  await using catalog = await open();
  await assert.rejects(
    catalog.transaction(async (queries) => {
      await queries.cameras.ensure(door, 'Door');
      throw new Problem('test/stop', 'stop');
    }),
    { code: 'test/stop' },
  );
  assert.deepEqual(await catalog.cameras.list(), []);
});

test('many calls of durable at once all resolve', async () => {
  await using catalog = await open();
  await catalog.cameras.ensure(door, 'Door');
  await Promise.all(Array.from({ length: 20 }, () => catalog.durable()));
});

test('a camera that comes back is the same one without its grants and password', async () => {
  await using catalog = await open();
  const first = await catalog.cameras.ensure(door, 'Door');
  const account = (await catalog.accounts.add({
    name: 'ann',
    nameKey: 'ann',
    role: 'viewer',
    cameras: [door],
    passwordHash: null,
  }))!;
  await catalog.credentials.set(door, () => Buffer.from('sealed'));
  assert.deepEqual((await catalog.accounts.byId(account))?.cameras, [door]);
  assert.equal(await catalog.cameras.remove(door), true);
  assert.equal(await catalog.cameras.remove(door), false);
  assert.deepEqual(await catalog.cameras.list(), []);
  const again = await catalog.cameras.ensure(door, 'New door');
  assert.equal(again.id, first.id);
  assert.equal(again.name, 'New door');
  assert.deepEqual((await catalog.accounts.byId(account))?.cameras, []);
  assert.equal(await catalog.credentials.byCamera(door), undefined);
});

test('an account name is taken by any spelling with the same key, and found by its exact name only', async () => {
  await using catalog = await open();
  const account = { name: 'Ann', nameKey: 'ann', role: 'viewer', cameras: 'all', passwordHash: 'x' } as const;
  assert.notEqual(await catalog.accounts.add(account), undefined);
  assert.equal(await catalog.accounts.add({ ...account, name: 'ANN' }), undefined);
  assert.equal((await catalog.accounts.byName('Ann'))?.cameras, 'all');
  assert.equal(await catalog.accounts.byName('ann'), undefined);
});

test('a removed account takes its sessions, failures and stream password along', async () => {
  await using catalog = await open();
  const account = { name: 'ann', nameKey: 'ann', role: 'viewer', cameras: 'all', passwordHash: 'x' } as const;
  const id = (await catalog.accounts.add(account))!;
  const times = { createdAt: 1, lastSeenAt: 1, expiresAt: 9 };
  await catalog.sessions.add({ idHash: 'h', accountId: id, ...times, userAgent: '', address: '' });
  await catalog.lockouts.addFailure(id, 1);
  const ha1 = Buffer.from('s');
  await catalog.accounts.setStreamPassword(id, { sealedHa1Md5: ha1, sealedHa1Sha256: ha1, shared: false });
  await catalog.accounts.remove(id);
  assert.equal(await catalog.sessions.byHash('h'), undefined);
  assert.deepEqual(await catalog.lockouts.all(), { failures: [], lockouts: [] });
  assert.equal(await catalog.accounts.streamPassword(id), undefined);
  // Its id is not used again.
  assert.notEqual(await catalog.accounts.add(account), id);
});

test('granting a camera that does not exist is refused, and no account is made', async () => {
  await using catalog = await open();
  const account = { name: 'ann', nameKey: 'ann', role: 'viewer', passwordHash: null, cameras: [door] };
  await assert.rejects(catalog.accounts.add(account), { code: 'catalog/unknown-camera' });
  assert.deepEqual(await catalog.accounts.list(), []);
});

test('day keys are listed by day', async () => {
  await using catalog = await open();
  const pin = { date: '2026-11-24', kid: 'k1', recipient: 'age1a', keySha256: 'aa' };
  await catalog.dayKeys.add(pin);
  await catalog.dayKeys.add({ ...pin, date: '2026-11-25', kid: 'k2' });
  assert.deepEqual(await catalog.dayKeys.list('2026-11-24'), [pin]);
  assert.equal((await catalog.dayKeys.list()).length, 2);
});

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Kysely, SqliteDialect } from 'kysely';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { Migration } from './migrate.ts';
import { migrate } from './migrate.ts';
import { openSqlite } from './sqlite.ts';
import { keepBeforeUpgrade } from './upgrade-copy.ts';

const key = Buffer.alloc(32, 7);
const steps: readonly Migration[] = ['one', 'two'].map((name) => ({
  name,
  up: async (db) => {
    await db.schema.createTable(name).addColumn('a', 'integer').execute();
  },
}));

test('the database as it was is kept before its schema is brought up, and opens by the same key', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sentrix-upgrade-'));
  try {
    const file = join(folder, 'catalog.db');
    const upTo = async (count: number): Promise<number[]> => {
      const database = await openSqlite(file, key);
      const asked: number[] = [];
      const db = new Kysely<never>({ dialect: new SqliteDialect({ database }) });
      const beforeUpgrade = async (schema: number): Promise<void> => {
        asked.push(schema);
        await keepBeforeUpgrade(file, schema, (target) => database.prepare('vacuum into ?').run([target]));
      };
      await migrate(db, { clock: systemClock, log: silentLog, beforeUpgrade }, steps.slice(0, count));
      await db.destroy();
      return asked;
    };
    assert.deepEqual([await upTo(1), await upTo(1), await upTo(2)], [[], [], [1]]);
    const copy = join(folder, 'backups', 'catalog-schema-1.db');
    assert.equal((await stat(copy)).mode & 0o777, 0o600);
    const before = await openSqlite(copy, key);
    const tables = before.prepare("select name from sqlite_master where type = 'table'").all([]) as { name: string }[];
    before.close();
    assert.deepEqual(tables.map(({ name }) => name).toSorted(), ['migration', 'one']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the three newest are kept', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sentrix-upgrade-'));
  try {
    for (const schema of [8, 9, 10, 11]) await keepBeforeUpgrade(join(folder, 'catalog.db'), schema, () => {});
    await writeFile(join(folder, 'backups', 'mine.db'), '');
    assert.deepEqual((await readdir(join(folder, 'backups'))).toSorted(), [
      'catalog-schema-10.db',
      'catalog-schema-11.db',
      'catalog-schema-9.db',
      'mine.db',
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/**
 * Migrations go forward only, each in a transaction of its own, so that a power cut leaves the schema of the one
 * before. A catalog that a newer program has migrated isn't touched: half-understood evidence is worse than none.
 */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import * as firstLight from './migrations/0001-first-light.ts';
import * as access from './migrations/0002-access.ts';
import * as legalHold from './migrations/0003-legal-hold.ts';
import * as annotations from './migrations/0004-annotations.ts';
import * as tallies from './migrations/0005-tallies.ts';
import * as passkeys from './migrations/0006-passkeys.ts';
import * as factsDue from './migrations/0007-facts-due.ts';
import { newerSchema } from './problems.ts';

export interface Migration {
  readonly name: string;
  readonly up: (db: Kysely<never>) => Promise<void>;
}

/** In order; the number of a migration is its place, beginning with 1. Never change one that was released. */
export const migrations: readonly Migration[] = [
  { name: 'first-light', up: firstLight.up },
  { name: 'access', up: access.up },
  { name: 'legal-hold', up: legalHold.up },
  { name: 'annotations', up: annotations.up },
  { name: 'tallies', up: tallies.up },
  { name: 'passkeys', up: passkeys.up },
  { name: 'facts-due', up: factsDue.up },
];

/** Brings the schema up to `steps.length`. @throws Problem catalog/newer-schema */
export async function migrate(
  db: Kysely<never>,
  deps: {
    readonly clock: Clock;
    readonly log: Log;
    /** Called once before anything changes in a database that has something in it already. */
    readonly beforeUpgrade?: (schema: number) => Promise<void>;
  },
  steps: readonly Migration[] = migrations,
): Promise<void> {
  await db.schema
    .createTable('migration')
    .ifNotExists()
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
  const { rows } = await sql<{ number: number | null }>`select max(number) as number from migration`.execute(db);
  const found = rows[0]?.number ?? 0;
  if (found > steps.length) throw newerSchema(found, steps.length);
  if (found > 0 && found < steps.length) await deps.beforeUpgrade?.(found);
  for (const [index, step] of steps.entries()) {
    const number = index + 1;
    if (number <= found) continue;
    await db.transaction().execute(async (transaction) => {
      await step.up(transaction);
      await sql`insert into migration (number, name, at) values (${number}, ${step.name}, ${deps.clock.now()})`.execute(
        transaction,
      );
    });
    deps.log.info({ number, name: step.name }, 'catalog migrated');
  }
}

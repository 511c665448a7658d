/**
 * Before the schema is brought up, the database as it was is kept: migrations go forward only, so this is the way back to
 * the program before. It lies beside the database, encrypted by the same key.
 */
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const kept = 3;
const pattern = /^catalog-schema-(\d+)\.db$/;

/** @param copy writes a copy to a file that is there and empty; nothing else works on the database yet. */
export async function keepBeforeUpgrade(file: string, schema: number, copy: (target: string) => void): Promise<void> {
  const folder = join(dirname(file), 'backups');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const target = join(folder, `catalog-schema-${schema}.db`);
  // An upgrade that was cut short: the schema is still the old one, so the copy is made again.
  await rm(target, { force: true });
  await (await open(target, 'wx', 0o600)).close();
  copy(target);
  await using handle = await open(target, 'r+');
  await handle.sync();
  const older = (await readdir(folder))
    .flatMap((name) => (pattern.test(name) ? [{ name, number: Number(pattern.exec(name)![1]) }] : []))
    .toSorted((one, other) => other.number - one.number)
    .slice(kept);
  for (const { name } of older) await rm(join(folder, name), { force: true });
}

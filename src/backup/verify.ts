/** Tries a backup: restores it into a temporary folder, opens what is in it, and counts. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openAuditLog } from '../audit/log.ts';
import type { Clock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { openCatalog } from '../catalog/catalog.ts';
import { openServiceKey } from '../vault/service-key.ts';
import { catalogName } from './make.ts';
import { backupProblem } from './problems.ts';
import type { Decrypt } from './unpack.ts';
import { unpack } from './unpack.ts';

export interface VerifiedBackup {
  /** ISO 8601. */
  readonly madeAt: string;
  readonly version: string;
  readonly accounts: number;
  readonly recordings: number;
  /** Files of recordings in the backup itself. */
  readonly recordingFiles: number;
  readonly auditEntries: number;
}

/**
 * @param within a private folder (0700) on a disk that may hold keys for a while: the home's, or where the backup lies.
 * @throws Problem backup/damaged and what the parts throw when they are opened
 */
export async function verifyBackup(decrypt: Decrypt, within: string, clock: Clock): Promise<VerifiedBackup> {
  const folder = await mkdtemp(join(within, '.backup-'));
  try {
    const manifest = await unpack(decrypt, folder);
    const found = await lookInto(folder, clock);
    const recordingFiles = manifest.files.filter(({ name }) => name.startsWith('recordings/')).length;
    return { madeAt: manifest.madeAt, version: manifest.version, recordingFiles, ...found };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Opens catalogue and log of an unpacked home with its own key. @throws Problem backup/damaged */
async function lookInto(
  folder: string,
  clock: Clock,
): Promise<Pick<VerifiedBackup, 'accounts' | 'recordings' | 'auditEntries'>> {
  const deps = { clock, log: silentLog };
  const serviceKey = await openServiceKey({ home: folder, log: silentLog });
  await using catalog = await openCatalog({
    file: join(folder, catalogName),
    key: serviceKey.derive('catalog'),
    ...deps,
  });
  const accounts = (await catalog.accounts.list()).length;
  const { total } = await catalog.recordingLists.list({ limit: 1, offset: 0 }, 'all');
  let auditEntries = 0;
  for (const node of await logNames(folder)) {
    const log = await openAuditLog({ dir: join(folder, 'audit'), serviceKey, node, ...deps });
    await using _closed = log;
    const { entries, faults } = await log.verify([]);
    const [fault] = faults;
    if (fault !== undefined)
      throw backupProblem('backup/damaged', `the audit log of this backup does not verify: ${fault.kind}`);
    auditEntries += entries;
  }
  return { accounts, recordings: total, auditEntries };
}

async function logNames(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, 'audit'));
  return names.filter((name) => name.endsWith('.entries')).map((name) => name.slice(0, -'.entries'.length));
}

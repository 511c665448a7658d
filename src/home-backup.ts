/** Backups of an opened home, whether the system runs or not; each is written down in the log. */
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Actor } from './access/audit.ts';
import { copyRecordings, nextInFolder, prune } from './backup/folder.ts';
import { makeBackup } from './backup/make.ts';
import { startBackups } from './backup/schedule.ts';
import { installationFolder } from './base/installation.ts';
import type { Config } from './config/load.ts';
import type { HomeOptions, HomeParts } from './home.ts';
import { backupMadeAt, backupVerifiedAt } from './home-doctor.ts';

export interface BackupWish {
  /** Absolute: a file to be, or a folder. */
  readonly target: string;
  readonly withRecordings: boolean;
}

export function backupsOf(
  { catalog, audit, vault, recordings }: HomeParts,
  { home, clock, log, configText }: HomeOptions,
) {
  const made = async (wish: BackupWish, by: Actor, signal: AbortSignal) => {
    const isFolder = wish.target.endsWith('/') || (await isDirectory(wish.target));
    const target = isFolder ? await nextInFolder(wish.target, clock.now()) : wish.target;
    const { seal, owner } = await vault.sealStream();
    const inside = wish.withRecordings && !isFolder ? { recordings } : {};
    const result = await makeBackup(
      {
        ...{ home, configuration: configText ?? (async () => ''), version: version(), owner, clock },
        snapshot: (file) => catalog.snapshot(file),
        checkpoint: () => audit.checkpoint(),
        ...inside,
      },
      seal,
      target,
      signal,
    );
    let copied = 0;
    if (wish.withRecordings && isFolder) {
      const known = async (name: string): Promise<boolean> =>
        !(await catalog.dayKeys.list()).some(({ date, kid }) => name.startsWith(`keys/${date}-${kid}.`));
      const copy = await copyRecordings(recordings, dirname(target), known, signal);
      copied = copy.copied;
      if (copy.full) log.error({ folder: basename(dirname(target)) }, 'backup has no room for all recordings');
    }
    await catalog.state.set(backupMadeAt, String(clock.now()));
    const detail = { file: basename(target), bytes: result.sizeBytes, files: result.files, copied };
    await audit.append({ kind: 'backup.made', ...by, detail });
    return { ...detail, path: target };
  };
  return {
    make: made,
    /** A backup was restored elsewhere and found whole. */
    verified: async (detail: { readonly file: string; readonly madeAt: string }, by: Actor) => {
      await catalog.state.set(backupVerifiedAt, String(clock.now()));
      await audit.append({ kind: 'backup.verified', ...by, detail });
    },
    /** This home came out of a backup: what the log has after the backup was made is lost, and that is said in it. */
    restored: async (detail: { readonly madeAt: string; readonly version: string }, by: Actor) => {
      await audit.append({ kind: 'backup.restored', ...by, detail });
    },
    schedule: (config: () => Config): AsyncDisposable =>
      startBackups({
        wish: () => {
          const { directory, every_hours: hours } = config().backup;
          return directory === '' || vault.status().kind === 'absent' ? undefined : { everyMs: hours * 3_600_000 };
        },
        lastAt: async () => {
          const text = await catalog.state.get(backupMadeAt);
          return text === undefined ? undefined : Number(text);
        },
        make: async (signal) => {
          const { directory, keep, with_recordings: withRecordings } = config().backup;
          await made({ target: join(directory, '/'), withRecordings }, { who: null, from: null }, signal);
          await prune(directory, keep);
          log.info({}, 'backup made');
        },
        clock,
        log,
      }),
  };
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function version(): string {
  const text = readFileSync(join(installationFolder(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

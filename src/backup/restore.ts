/** Puts a backup into an empty home: unpacked and checked beside it first, so that a bad one leaves nothing behind. */
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, writeSmallFile } from '../storage/files.ts';
import { configurationName } from './make.ts';
import type { Manifest } from './manifest.ts';
import { backupProblem } from './problems.ts';
import type { Decrypt } from './unpack.ts';
import { unpack } from './unpack.ts';

export interface RestoreOptions {
  /** Absolute; made where it is missing. What a first start leaves in it (`run`, `cache`, `models`) doesn't count. */
  readonly home: string;
  /** Where recordings of the backup go; decided when the configuration is known. */
  recordingsOf(configuration: string | undefined): Promise<string>;
  /** The owner's plain identity file, where it was opened by that one: it becomes the home's keyfile. */
  readonly ownerKeyFile?: { readonly bytes: Uint8Array; readonly recipients: readonly string[] };
}

export interface Restored {
  readonly manifest: Manifest;
  readonly recordingFiles: number;
  /** The owner key lies in the home, sealed or as a keyfile; without it recordings are sealed and not opened. */
  readonly hasOwnerKey: boolean;
}

const ours = ['keys', 'certs', 'audit', 'catalog.db', configurationName];

/** @throws Problem backup/home-not-empty, and what `unpack` throws */
export async function restoreBackup(decrypt: Decrypt, options: RestoreOptions): Promise<Restored> {
  const { home } = options;
  await mkdir(home, { recursive: true, mode: 0o700 });
  for (const name of ours) {
    const inside = await readdir(join(home, name)).catch((error: NodeJS.ErrnoException) =>
      error.code !== 'ENOENT' ? [name] : [],
    );
    if (inside.length > 0)
      throw backupProblem('backup/home-not-empty', 'this home is in use already, and a restore would mix two of them', {
        hint: 'choose an empty --home, or move this one away first',
        safe: { found: name },
      });
  }
  const folder = await mkdtemp(join(home, '.restore-'));
  try {
    const manifest = await unpack(decrypt, folder);
    const names = new Set(manifest.files.map(({ name }) => name));
    const { ownerKeyFile } = options;
    const isSealed = names.has('keys/owner.key.age');
    const isKeyfile = !isSealed && ownerKeyFile?.recipients.includes(manifest.owner) === true;
    if (isKeyfile) await writeSmallFile(join(folder, 'keys', 'owner.key'), ownerKeyFile!.bytes, { exclusive: true });
    const recordingFiles = await placeRecordings(folder, names, options);
    for (const name of ours) {
      if (!(await readdir(folder)).includes(name)) continue;
      await rm(join(home, name), { recursive: true, force: true });
      await rename(join(folder, name), join(home, name));
    }
    await syncFolder(home);
    return { manifest, recordingFiles, hasOwnerKey: isSealed || isKeyfile };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Recordings may go to another disk; what is there already (a clip has one name for ever) stays as it is. */
async function placeRecordings(folder: string, names: ReadonlySet<string>, options: RestoreOptions): Promise<number> {
  const files = [...names].filter((name) => name.startsWith('recordings/')).map((name) => name.slice(11));
  if (files.length === 0) return 0;
  const text = names.has(configurationName) ? await readFile(join(folder, configurationName), 'utf8') : undefined;
  const target = await options.recordingsOf(text);
  await mkdir(target, { recursive: true, mode: 0o700 });
  await cp(join(folder, 'recordings'), target, { recursive: true, force: false, errorOnExist: false });
  return files.length;
}

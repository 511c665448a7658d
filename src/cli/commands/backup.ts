/** `backup`, `backup verify` and `restore`. */
import { open, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { restoreBackup } from '../../backup/restore.ts';
import type { Decrypt } from '../../backup/unpack.ts';
import { verifyBackup } from '../../backup/verify.ts';
import { describeError, Problem } from '../../base/problem.ts';
import type { Config } from '../../config/load.ts';
import { decryptFile } from '../../vault/decrypt-file.ts';
import { isSealedIdentity, recipientsOf } from '../../vault/identity-of.ts';
import { askPassword } from '../passwords.ts';
import { findConfig, homeOf, prepareHome, readConfig } from '../places.ts';
import { usage } from '../problems.ts';
import { askServer, atHome, openedHome } from '../reach.ts';
import { localActor } from '../system.ts';
import type { Command, Context } from './context.ts';
import { done, reachOf } from './context.ts';

const maxIdentityBytes = 64 * 1024;

export const backup: Command = async (context) => {
  const { options, out, io } = context;
  const named = options['output'];
  if (typeof named !== 'string' || named === '') throw usage('backup needs -o FILE');
  // A folder that isn't there yet is named by its last sign.
  const target = `${resolve(io.cwd, named)}${named.endsWith('/') ? '/' : ''}`;
  const withRecordings = options['with-recordings'] === true;
  const { result } = await onDisk(target, () =>
    atHome<{ path: string; bytes: number; files: number; copied: number }>(reachOf(context), 'backup.make', {
      target,
      withRecordings,
    }),
  );
  out.text(`${result.path}: ${result.files} files in ${result.bytes} bytes, sealed.`);
  if (result.copied > 0) out.text(`${result.copied} recordings and day keys copied beside it.`);
  if (!withRecordings) out.text('The recordings are not in it; copy their directory as it is, it is sealed already.');
  return done(out, { file: result.path, bytes: result.bytes, files: result.files, copied: result.copied });
};

export const backupVerify: Command = async (context) => {
  const { positionals, options, out, io } = context;
  const path = resolve(io.cwd, positionals[0]!);
  const home = homeOf(options, io);
  const { decrypt } = await opener(context, path);
  const within = (await isFolder(home)) ? home : dirname(path);
  const found = await onDisk(path, () => verifyBackup(decrypt, within, io.clock));
  out.text(`${basename(path)} was made at ${found.madeAt} by version ${found.version} and is whole.`);
  out.text(
    `${found.accounts} accounts, ${found.recordings} recordings known, ${found.auditEntries} entries in the log.`,
  );
  out.text(
    found.recordingFiles === 0
      ? 'The recordings themselves are not in it.'
      : `${found.recordingFiles} files of recordings are in it.`,
  );
  if (await isFolder(join(home, 'keys'))) {
    const detail = { file: basename(path), madeAt: found.madeAt };
    await atHome(reachOf(context), 'backup.verified', detail);
  }
  return done(out, { ...found });
};

export const restore: Command = async (context) => {
  const { positionals, options, out, io } = context;
  const path = resolve(io.cwd, positionals[0]!);
  const home = homeOf(options, io);
  const reach = reachOf(context);
  if ((await askServer(reach, 'cert.show', {}).catch(() => ({}))) !== undefined)
    throw new Problem('control/home-in-use', 'a server runs on this home', { status: 409, hint: 'stop it first' });
  const { decrypt, plain } = await opener(context, path);
  await prepareHome(home);
  const restored = await onDisk(path, () =>
    restoreBackup(decrypt, {
      home,
      recordingsOf: async (text) => (await configFor(context, home, text)).recording.recordings_dir,
      ...(plain === undefined ? {} : { ownerKeyFile: { bytes: plain, recipients: recipientsOf(plain) } }),
    }),
  );
  const { madeAt, version } = restored.manifest;
  // Under the configuration that counts from now on: the one given, or the restored one.
  await using opened = await openedHome(reach);
  const { entries, faults } = await opened.audit.verify([]);
  await opened.backups.restored({ madeAt, version }, localActor);
  out.text(`Restored into ${home} what was there at ${madeAt}.`);
  out.text(`The audit log has ${entries} entries${faults.length === 0 ? ' and verifies' : ''}.`);
  for (const fault of faults) out.text(`The audit log does not verify: ${fault.kind}.`);
  if (!restored.hasOwnerKey)
    out.text('The owner key is not in the home: it records and does not open. See `sentrix recover`.');
  if (restored.recordingFiles === 0) {
    const { recordings_dir: recordings } = (await reach.loadConfig()).recording;
    out.text(`The recordings were not in it: copy them back to ${recordings}.`);
  }
  const { recordingFiles, hasOwnerKey } = restored;
  return done(out, { madeAt, version, entries, faults: faults.length, recordingFiles, hasOwnerKey });
};

async function configFor(context: Context, home: string, text: string | undefined): Promise<Config> {
  const { options, io } = context;
  const place = await findConfig(options, home, io);
  if (place.path !== undefined || text === undefined) return await readConfig(place, [], io);
  const { loadConfig } = await import('../../config/load.ts');
  return loadConfig({ text, file: 'surveillance.yml', directory: home, userHome: io.userHome });
}

/** By the named identity, by the home's own key, or by the key of the sheet. `plain`: an identity file in the clear. */
async function opener(
  context: Context,
  path: string,
): Promise<{ readonly decrypt: Decrypt; readonly plain: Buffer | undefined }> {
  const { options, io } = context;
  const fromStdin = options['password-stdin'] === true;
  const identityFile = (await identityBytes(context)) ?? (await typed(context, fromStdin));
  const isSealed = isSealedIdentity(identityFile);
  const passphrase = isSealed
    ? await askPassword(io, { fromStdin, prompt: 'Passphrase of the identity', confirm: false })
    : undefined;
  const given = { identityFile, ...(passphrase === undefined ? {} : { passphrase }) };
  return {
    plain: isSealed ? undefined : identityFile,
    decrypt: async (write) => {
      await decryptFile(path, { ...given, torn: false, write });
    },
  };
}

async function typed({ io }: Context, fromStdin: boolean): Promise<Buffer> {
  const key = await askPassword(io, { fromStdin, prompt: 'Key of the sheet (AGE-SECRET-KEY-1…)', confirm: false });
  return Buffer.from(`${key.reveal().trim()}\n`);
}

async function identityBytes({ options, io }: Context): Promise<Buffer | undefined> {
  const named = options['identity'];
  if (typeof named === 'string') return await onDisk(named, () => small(resolve(io.cwd, named)));
  const keys = join(homeOf(options, io), 'keys');
  for (const name of ['owner.key.age', 'owner.key']) {
    const bytes = await small(join(keys, name)).catch(() => undefined);
    if (bytes !== undefined) return bytes;
  }
  return undefined;
}

async function small(path: string): Promise<Buffer> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  if (size > maxIdentityBytes)
    throw new Problem('cli/file', 'this is no identity file: it is too long', { status: 400, safe: { path } });
  return await file.readFile();
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Missing, forbidden and full as a person's business. */
async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { errno } = describeError(error);
    const known: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file or folder',
      EACCES: 'this may not be read or written',
      EISDIR: 'this is a folder',
      ENOSPC: 'the disk is full',
      EROFS: 'the disk is read-only',
    };
    const detail = typeof errno === 'string' ? known[errno] : undefined;
    if (detail === undefined) throw error;
    throw new Problem('cli/file', detail, {
      status: 400,
      hint: 'check the name, its folder and the disk',
      safe: { path },
      cause: error,
    });
  }
}

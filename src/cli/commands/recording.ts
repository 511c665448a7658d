/** `recording …`. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { access, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { Problem } from '../../base/problem.ts';
import { askPassword } from '../passwords.ts';
import { homeOf } from '../places.ts';
import { usage } from '../problems.ts';
import { atHome } from '../reach.ts';
import type { Decrypted, DecryptTarget, Home, HomeImported, HomeRecording, HomeReindexed } from '../system.ts';
import type { Command, Context } from './context.ts';
import { done, reachOf } from './context.ts';

const maxIdentityBytes = 128 * 1024;

export const recordingList: Command = async (context) => {
  const { options, out } = context;
  const text = String(options['limit'] ?? '100');
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 1000) throw usage(`--limit takes a number from 1 to 1000, not "${text}"`);
  const camera = options['camera'];
  const { result } = await atHome<{ recordings: readonly HomeRecording[] }>(reachOf(context), 'recording.list', {
    limit,
    ...(typeof camera === 'string' ? { camera } : {}),
  });
  for (const {
    id,
    camera: feed,
    cameraName,
    state,
    startAt,
    endAt,
    file,
    sealedBytes,
    confidence,
  } of result.recordings)
    out.event('recording', {
      id,
      camera: feed,
      name: cameraName,
      state,
      timestamp: new Date(startAt).toISOString(),
      duration: endAt === null ? null : (endAt - startAt) / 1000,
      file,
      bytes: sealedBytes,
      confidence,
    });
  const rows = result.recordings.map((found) => [
    String(found.id),
    found.cameraName,
    new Date(found.startAt).toISOString(),
    found.endAt === null ? '-' : `${((found.endAt - found.startAt) / 1000).toFixed(1)} s`,
    found.state,
    found.file,
  ]);
  if (rows.length === 0) out.text('There are no recordings.');
  else out.table(['ID', 'CAMERA', 'BEGAN', 'LASTS', 'STATE', 'FILE'], rows);
  return done(out, { count: rows.length });
};

/** Exit code 1 where anything is wrong, after everything has been looked at. */
export const recordingVerify: Command = async (context) => {
  const { out, positionals } = context;
  const id = positionals[0] === undefined ? {} : { id: recordingId(positionals[0]) };
  const { result } = await atHome<{ recordings: Awaited<ReturnType<Home['recordings']['verify']>> }>(
    reachOf(context),
    'recording.verify',
    id,
  );
  if (id.id !== undefined && result.recordings.length === 0)
    throw new Problem('recording/unknown', 'there is no such recording, or it is still being made', { status: 404 });
  const bad = result.recordings.filter(({ faults }) => faults.length > 0);
  for (const { faults, ...recording } of result.recordings) out.event('verified', { ...recording, faults });
  for (const { id: one, file, faults } of bad) out.text(`${one} ${file}: ${faults.join('; ')}`);
  if (bad.length > 0)
    throw new Problem(
      'recording/damaged',
      `${bad.length} of ${result.recordings.length} recordings are not what was recorded`,
      {
        status: 409,
      },
    );
  out.text(`${result.recordings.length} recordings are what was recorded.`);
  return done(out, { count: result.recordings.length });
};

export const recordingExpiring: Command = async (context) => {
  const { out } = context;
  const { result } = await atHome<{ recordings: Awaited<ReturnType<Home['recordings']['expiring']>> }>(
    reachOf(context),
    'recording.expiring',
    {},
  );
  for (const { startAt, ...rest } of result.recordings)
    out.event('expiring', { ...rest, timestamp: new Date(startAt).toISOString() });
  const rows = result.recordings.map(({ id, camera, startAt, sealedBytes, reason }) => [
    ...[String(id), camera, new Date(startAt).toISOString(), `${(sealedBytes / 1e6).toFixed(1)} MB`, reason],
  ]);
  if (rows.length === 0) out.text('Nothing would go now.');
  else out.table(['ID', 'CAMERA', 'BEGAN', 'SIZE', 'BECAUSE OF'], rows);
  return done(out, { count: rows.length });
};

export const recordingReindex: Command = async (context) => {
  const { result } = await atHome<HomeReindexed>(reachOf(context), 'recording.reindex', {});
  tellReindexed(context, result);
  return done(context.out, { ...result });
};

export function tellReindexed({ out }: Context, { added, known, refused }: HomeReindexed): void {
  out.text(`${added} clips taken in; ${known} were known.`);
  if (refused > 0) out.text(`${refused} were not: the log says why.`);
}

/** The server writes the file: it has the key. Its paths are ours, for the socket is open to nobody else. */
export const recordingExport: Command = async (context) => {
  const { options, out, io } = context;
  const id = recordingId(context.positionals[0]!);
  const target = options['output'];
  if (typeof target !== 'string' || target === '-') throw usage('recording export needs -o FILE');
  const to = options['to'];
  const { result } = await atHome<{ bytes: number }>(reachOf(context), 'recording.export', {
    id,
    path: resolve(io.cwd, target),
    ...(typeof to === 'string' ? { recipient: to } : {}),
  });
  out.text(`Recording ${id} exported to ${target}: ${result.bytes} bytes.`);
  out.text('README.txt and verify.html in it say how to check it.');
  return done(out, { id, bytes: result.bytes });
};

/** Turn by turn, so that it tells how far it is and can be stopped at any time: begun again, it goes on. */
export const recordingImport: Command = async (context) => {
  const { options, out, io } = context;
  const key = options['key'];
  const args = {
    directory: resolve(io.cwd, context.positionals[0]!),
    ...(typeof key === 'string' ? { keyFile: resolve(io.cwd, key) } : {}),
    remove: options['remove'] === true,
    hold: options['hold'] === true,
  };
  const total = { imported: 0, known: 0, tooOld: 0, refused: 0, removed: 0 };
  for (let after: string | undefined; ; ) {
    const { result } = await atHome<HomeImported>(reachOf(context), 'recording.import', {
      ...args,
      ...(after === undefined ? {} : { after }),
    });
    for (const { name, why } of result.refused) {
      out.event('refused', { name, why });
      out.text(`${name}: ${why}`);
    }
    for (const count of ['imported', 'known', 'tooOld', 'removed'] as const) total[count] += result[count];
    total.refused += result.refused.length;
    after = result.next;
    if (after === undefined) break;
    out.event('progress', { ...total });
    out.text(`${total.imported} taken in so far …`);
  }
  out.text(
    `${total.imported} recordings taken in; ${total.known} were here already; ${total.removed} originals deleted.`,
  );
  if (total.tooOld > 0)
    out.text(`${total.tooOld} are older than the retention and were left out: --hold takes them in and keeps them.`);
  if (total.refused > 0)
    throw new Problem('recording/bad-import', `${total.refused} files were not taken in`, { status: 422 });
  return done(out, total);
};

export const recordingHold: Command = (context) => holding(context, true, 'is on hold: nothing deletes it');

export const recordingRelease: Command = (context) => holding(context, false, 'is not on hold any more');

async function holding(context: Context, hold: boolean, outcome: string): Promise<number> {
  const id = recordingId(context.positionals[0]!);
  await atHome(reachOf(context), 'recording.hold', { id, hold });
  context.out.text(`Recording ${id} ${outcome}.`);
  return done(context.out, { id });
}

function recordingId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw usage(`the id of a recording is a number, not "${text}"`);
}

/** Needs no server, and with `-i` no home either. */
export const recordingDecrypt: Command = async (context) => {
  const { options, out, io } = context;
  const target = options['output'];
  if (typeof target !== 'string') throw usage('recording decrypt needs -o FILE (or -o - for standard output)');
  if (target === '-' && out.json) throw usage('--json and -o - both want standard output');
  const path = resolve(io.cwd, context.positionals[0]!);
  const torn = options['torn'] === true;
  if (target === '-') {
    await decrypt(context, path, { torn, write: (bytes) => written(io.stdout, bytes) });
    return 0;
  }
  const result = await intoFile(resolve(io.cwd, target), (write) => decrypt(context, path, { torn, write }));
  out.text(`${basename(path)} decrypted: ${result.plainBytes} bytes${result.torn ? ' (its end is missing)' : ''}`);
  return done(out, { bytes: result.plainBytes, torn: result.torn });
};

async function decrypt(context: Context, path: string, target: DecryptTarget): Promise<Decrypted> {
  const { options, io } = context;
  const named = options['identity'];
  const identityPath = typeof named === 'string' ? resolve(io.cwd, named) : await ownerKeyOf(homeOf(options, io));
  const identityFile = await readable(identityPath, () => identityBytes(identityPath));
  const isSealed = /^(?:age-encryption\.org|-----BEGIN AGE)/.test(identityFile.toString('latin1', 0, 32));
  const passphrase = isSealed
    ? await askPassword(io, {
        fromStdin: options['password-stdin'] === true,
        prompt: 'Passphrase of the identity',
        confirm: false,
      })
    : undefined;
  const { decryptFile } = await import('../../vault/decrypt-file.ts');
  return await readable(path, () =>
    decryptFile(path, { ...target, identityFile, ...(passphrase === undefined ? {} : { passphrase }) }),
  );
}

/** The home's own key, as a file: only read, so that a running server is no hindrance. */
async function ownerKeyOf(home: string): Promise<string> {
  for (const name of ['owner.key', 'owner.key.age']) {
    const path = join(home, 'keys', name);
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  throw new Problem('vault/no-owner', 'this home has no owner key', {
    status: 409,
    hint: 'name one with -i IDENTITY_FILE',
  });
}

async function identityBytes(path: string): Promise<Buffer> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  if (size > maxIdentityBytes)
    throw new Problem('cli/file', 'this is no identity file: it is too long', { status: 400, safe: { path } });
  return await readFile(file);
}

/** Missing and forbidden files as a person's mistake. */
async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (
      error instanceof Problem ||
      typeof code !== 'string' ||
      !['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ENOTDIR'].includes(code)
    )
      throw error;
    throw new Problem('cli/file', code === 'ENOENT' ? 'there is no such file' : 'this file cannot be read', {
      status: 400,
      safe: { path },
      cause: error,
    });
  }
}

/** 0600, and under its name only when it is whole. */
async function intoFile<T>(
  path: string,
  fill: (write: (bytes: Uint8Array) => Promise<void>) => Promise<T>,
): Promise<T> {
  const part = `${path}.part`;
  const stream = createWriteStream(part, { flags: 'wx', mode: 0o600 });
  try {
    await once(stream, 'open');
    const result = await fill((bytes) => written(stream, bytes));
    stream.end();
    await once(stream, 'close');
    await rename(part, path);
    return result;
  } catch (error) {
    stream.destroy();
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== 'open') await rm(part, { force: true });
    if (typeof code === 'string' && /^E[A-Z]+$/.test(code))
      throw new Problem(
        'cli/file',
        code === 'EEXIST' ? 'an unfinished output lies there already' : `the output cannot be written (${code})`,
        {
          status: 409,
          hint: code === 'EEXIST' ? 'remove it, or choose another -o' : 'choose another -o',
          safe: { path: part },
          cause: error,
        },
      );
    throw error;
  }
}

async function written(stream: Writable, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => stream.write(bytes, (error) => (error ? reject(error) : resolve())));
}

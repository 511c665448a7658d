/** An export as a file: 0600, and under its name only when it is whole and durable. */
import type { FileHandle } from 'node:fs/promises';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Problem } from '../base/problem.ts';
import { syncFolder } from '../storage/files.ts';

/**
 * Writes `pieces` to `path`; returns how many bytes. Nothing is left where it fails.
 * @throws Problem recording/output (409), and what `pieces` throws
 */
export async function writeExport(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<number> {
  const part = `${path}.part`;
  let file: FileHandle | undefined;
  try {
    // Renamed, not linked: a memory stick knows no links
    if (await stat(path).catch(() => undefined)) throw Object.assign(new Error('there is one'), { code: 'EEXIST' });
    file = await open(part, 'wx', 0o600);
    let bytes = 0;
    for await (const piece of pieces) {
      signal.throwIfAborted();
      await file.writeFile(piece);
      bytes += piece.length;
    }
    await file.sync();
    await file.close();
    await rename(part, path);
    file = undefined;
    await syncFolder(dirname(path));
    return bytes;
  } catch (error) {
    if (file !== undefined) {
      await file.close().catch(() => {});
      await rm(part, { force: true });
    }
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof Problem || typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) throw error;
    throw new Problem('recording/output', reasons[code] ?? `the export cannot be written there (${code})`, {
      status: 409,
      hint: 'choose another -o',
      safe: { path },
      cause: error,
    });
  }
}

const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'there is a file of this name already, or an unfinished one (.part)',
  ENOENT: 'there is no such folder for the export',
  ENOSPC: 'there is not enough space for the export, and nothing of it was kept',
  EDQUOT: 'there is not enough space for the export, and nothing of it was kept',
};

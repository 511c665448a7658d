/** The configuration file's bytes: bounded, a regular file, UTF-8. */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Problem } from '../base/problem.ts';
import { maxBytes } from './hostile.ts';
import { invalidConfig } from './problems.ts';

/**
 * @throws Problem `config/unreadable` where it is missing or may not be read, `config/invalid` where it is no text file
 * of a sensible size.
 */
export async function readConfigFile(path: string): Promise<string> {
  const refuse = (found: string, allowed: string): Problem => invalidConfig([{ file: path, key: '', found, allowed }]);
  let bytes: Buffer;
  try {
    await using file = await open(path, 'r');
    const { size } = await file
      .stat()
      .then((stat) => (stat.isFile() ? stat : Promise.reject(refuse('no regular file', 'a YAML file'))));
    if (size > maxBytes) throw refuse(`${Math.ceil(size / 1024)} KiB`, `at most ${maxBytes / 1024} KiB`);
    bytes = await file.readFile();
  } catch (error) {
    if (error instanceof Problem) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Problem('config/unreadable', `${basename(path)} ${missing ? 'does not exist' : 'cannot be read'}`, {
      status: 422,
      hint: missing ? 'check the path given by --config' : 'check its owner and permissions',
      safe: { path },
      cause: error,
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse('bytes that are no UTF-8', 'text in UTF-8');
  }
}

/** The codes of this folder: what a file system's errors mean to whoever stores. Paths stay in `safe` and `cause`. */
import { Problem } from '../base/problem.ts';

export type StorageProblemCode =
  | 'storage/bad-name'
  | 'storage/not-found'
  | 'storage/exists'
  | 'storage/not-regular'
  | 'storage/full'
  | 'storage/unavailable';

export function storageProblem(error: unknown, name: string): Problem {
  if (error instanceof Problem) return error;
  const errno = (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown';
  const safe = { name, errno };
  switch (errno) {
    case 'ENOENT':
      return new Problem('storage/not-found', 'there is no such stored object', { status: 404, safe, cause: error });
    case 'EEXIST':
      return new Problem('storage/exists', 'a stored object of this name exists already', {
        status: 409,
        safe,
        cause: error,
      });
    // O_NOFOLLOW on a symbolic link, a folder or a file where the other is meant: nothing of ours made that.
    case 'ELOOP':
    case 'EISDIR':
    case 'ENOTDIR':
    case 'ENXIO':
      return notRegular(name, errno);
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new Problem('storage/full', 'the disk for recordings is full', {
        status: 503,
        hint: 'make room or shorten the retention',
        safe,
        cause: error,
      });
    default:
      return new Problem('storage/unavailable', 'the disk for recordings does not answer as it should', {
        status: 503,
        hint: 'look at the disk, its mount and the permissions of the recordings directory',
        safe,
        cause: error,
      });
  }
}

export function notRegular(name: string, errno?: string): Problem {
  return new Problem('storage/not-regular', 'something that is no regular file lies where a stored object belongs', {
    status: 409,
    safe: { name, ...(errno === undefined ? {} : { errno }) },
  });
}

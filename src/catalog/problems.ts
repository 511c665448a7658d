/** What the catalog may answer with, by stable code. */
import { Problem } from '../base/problem.ts';

export function wrongKey(cause: unknown): Problem {
  return new Problem('catalog/wrong-key', 'the catalog does not open with this service key, or it is damaged', {
    hint: 'put back the service key that belongs to this home, or restore both from a backup',
    cause,
  });
}

export function newerSchema(found: number, known: number): Problem {
  return new Problem('catalog/newer-schema', `the catalog is of schema ${found}, this program knows up to ${known}`, {
    hint: 'run the newer program again, or restore the backup that was made before its migration',
    safe: { found, known },
  });
}

export function cannotOpen(cause: unknown): Problem {
  return new Problem('catalog/cannot-open', 'the catalog file can not be opened', {
    hint: 'look at the permissions and the free space of the home directory',
    cause,
  });
}

export function unknownCamera(slug: string): Problem {
  return new Problem('catalog/unknown-camera', 'there is no camera of this id', { status: 404, safe: { slug } });
}

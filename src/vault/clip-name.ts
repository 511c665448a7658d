/** What the name of a sealed object says: `CAMERA/YYYY/MM/DD/HHMMSS-ID.mp4.age`; its date (UTC) leads to its day key. */
import { vaultProblem } from './problems.ts';

const dated = /^[a-z0-9-]+\/(\d{4})\/(\d{2})\/(\d{2})\/[^/]+\.age$/;

/** `YYYY-MM-DD` of a moment, UTC. */
export function utcDate(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** `YYYY-MM-DD` of the name's folders, or `vault/bad-clip-name`. */
export function dateOfName(name: string): string {
  const match = dated.exec(name);
  if (match === null) throw badName(name);
  return `${match[1]}-${match[2]}-${match[3]}`;
}

/** The clip's id, which ends its file name and binds its tail to it, or `vault/bad-clip-name`. */
export function clipIdOf(name: string): string {
  const match = /\/\d{6}-([A-Za-z0-9_-]{1,64})\.mp4\.age$/.exec(name);
  if (match === null) throw badName(name);
  return match[1]!;
}

export function badName(name: string): Error {
  return vaultProblem('vault/bad-clip-name', 'the name of a sealed object does not fit its content', {
    status: 422,
    safe: { name },
  });
}

/**
 * Account names: a closed set of characters, so that they fit into Basic (no colon), Digest (no quote or backslash), a
 * log line and a terminal. Two names with the same key are one name; log-in takes the exact spelling only.
 */
import { badName } from './problems.ts';

const pattern = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]*$/u;

export function isAccountName(name: string): boolean {
  // 256 UTF-16 units first: normalising and counting a megabyte is work for a stranger.
  return name.length <= 256 && [...name].length <= 64 && pattern.test(name) && name.normalize('NFKC') === name;
}

/** `name` in the form that is stored. @throws Problem access/bad-name */
export function parseAccountName(name: string): string {
  const normal = name.length <= 256 ? name.normalize('NFC') : name;
  if (!isAccountName(normal)) throw badName();
  return normal;
}

/** NFKC case folding, near enough: upper-casing first unites ß and ss, and the forms of sigma. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
}

/** The last file of a backup: what it is, and the hash of every file before it. */
import Type from 'typebox';
import { Check } from 'typebox/value';
import { backupProblem } from './problems.ts';

export const manifestName = 'manifest.json';
/** Raised when an older program couldn't restore it. */
export const format = 1;
export const maxManifestBytes = 64 * 1024 * 1024;

const Manifest = Type.Object({
  format: Type.Integer(),
  /** Of the program that made it. */
  version: Type.String(),
  /** ISO 8601. */
  madeAt: Type.String(),
  /** `age1…` whose identity opens it. */
  owner: Type.String(),
  files: Type.Array(Type.Object({ name: Type.String(), sizeBytes: Type.Integer(), sha256: Type.String() })),
});
export type Manifest = Type.Static<typeof Manifest>;

/** @throws Problem backup/not-ours, backup/newer */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (!Check(Manifest, value))
    throw backupProblem('backup/not-ours', 'this file opens, but it is no backup of SentriX');
  if (value.format > format)
    throw backupProblem('backup/newer', 'this backup was made by a newer SentriX', {
      hint: `install version ${value.version} or newer`,
    });
  return value;
}

/**
 * Where the program lies: the folder of its `package.json`, whether it runs from its sources or from what the set-up made
 * of them (`dist/`). What comes beside the program (dashboard, model, version) is found from there.
 */
import { findPackageJSON } from 'node:module';
import { dirname } from 'node:path';

/** Absolute. */
export function installationFolder(): string {
  const file = findPackageJSON(import.meta.url);
  if (file === undefined) throw new Error('the package.json of the program is missing');
  return dirname(file);
}

/** Does the program run from what the set-up made of its sources? */
export function isBuilt(): boolean {
  return !import.meta.url.endsWith('.ts');
}

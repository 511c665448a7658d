/** Footage and simulators that lie beside the checkout. A clone without them still tests the rest. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const repository = resolve(import.meta.dirname, '..', '..');
export const shared = resolve(process.env['SENTRIX_SHARED'] ?? join(repository, '..', 'shared'));

/** For `{ skip }`: false where the footage is there, else the reason. */
export const withoutFootage: string | false = existsSync(join(shared, 'cameras', 'camera.py'))
  ? false
  : 'no camera simulator and footage beside the checkout (SENTRIX_SHARED)';

export function clip(name: string): string {
  return join(shared, 'cameras', 'clips', name);
}

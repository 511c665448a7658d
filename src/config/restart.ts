/** What a reload can't change: what sockets, accounts and stores were made with. Said, lest it be believed to hold. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from './load.ts';

const sections = ['network', 'security', 'advanced', 'timezone', 'node'] as const;

/** The settings that differ and hold from the next start on, as dotted keys. */
export function settingsForNextStart(before: Config, after: Config): readonly string[] {
  const found = sections.flatMap((section) => {
    const [was, is] = [before[section], after[section]];
    if (isDeepStrictEqual(was, is)) return [];
    if (typeof was !== 'object' || typeof is !== 'object') return [section];
    return Object.keys(is)
      .filter((key) => !isDeepStrictEqual(Reflect.get(was, key), Reflect.get(is, key)))
      .map((key) => `${section}.${key}`);
  });
  if (before.recording.recordings_dir !== after.recording.recordings_dir) found.push('recording.recordings_dir');
  for (const key of ['port', 'model', 'runtime', 'resolution'] as const)
    if (!isDeepStrictEqual(before.detection[key], after.detection[key])) found.push(`detection.${key}`);
  // Switched off, the cameras' watches end at once; switched on, there is no detector for them.
  if (after.detection.enabled && !before.detection.enabled) found.push('detection.enabled');
  return found;
}

/** Retention as the configuration has it, in bytes and milliseconds. */
import { classesOf } from './catalog/classes.ts';
import type { Config } from './config/load.ts';
import type { RetentionLimits, RetentionRules } from './recording/retention.ts';

const dayMs = 86_400_000;
const gigabyte = 1e9;
/** Room for clips that run, for the catalogue and for the log; a small installation reserves a tenth of its space. */
const freeBytes = gigabyte;

export function retentionRules({ recording, cameras }: Config): RetentionRules {
  const maxBytes = recording.max_storage_gb * gigabyte;
  return {
    all: { ...agesOf(recording.retention), maxBytes },
    cameras: new Map(
      cameras.map(({ id, recording: { retention } }) => [
        id,
        {
          ...agesOf(retention),
          maxBytes: retention.max_gb === null ? null : retention.max_gb * gigabyte,
        },
      ]),
    ),
    freeBytes: Math.min(freeBytes, maxBytes / 10),
  };
}

/** A class written by itself counts before the group that it is of. */
function agesOf({ days, classes }: Config['recording']['retention']): Pick<RetentionLimits, 'maxAgeMs' | 'classAgeMs'> {
  const classAgeMs = new Map<string, number>();
  for (const one of classes)
    for (const word of classesOf(one.class)) if (word !== one.class) classAgeMs.set(word, one.days * dayMs);
  for (const one of classes) classAgeMs.set(one.class, one.days * dayMs);
  return { maxAgeMs: days === null ? null : days * dayMs, classAgeMs };
}

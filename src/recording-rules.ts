/** Retention as the configuration has it, in bytes and milliseconds. */
import type { Config } from './config/load.ts';
import type { RetentionRules } from './recording/retention.ts';

const dayMs = 86_400_000;
const gigabyte = 1e9;
/** Room for clips that run, for the catalogue and for the log; a small installation reserves a tenth of its space. */
const freeBytes = gigabyte;

export function retentionRules({ recording, cameras }: Config): RetentionRules {
  const maxBytes = recording.max_storage_gb * gigabyte;
  const ageOf = (days: number | null): number | null => (days === null ? null : days * dayMs);
  return {
    all: { maxAgeMs: ageOf(recording.retention.days), maxBytes },
    cameras: new Map(
      cameras.map(({ id, recording: { retention } }) => [
        id,
        {
          maxAgeMs: ageOf(retention.days),
          maxBytes: retention.max_gb === null ? null : retention.max_gb * gigabyte,
        },
      ]),
    ),
    freeBytes: Math.min(freeBytes, maxBytes / 10),
  };
}

import type { AuditPage } from '../../../src/http/schemas/audit.ts';

/** Whether each word of the search stands somewhere in the entry. */
export function matches(entry: AuditPage['entries'][number], search: string): boolean {
  const detail = Object.entries(entry.detail ?? {}).flat();
  const text = [entry.kind, entry.who, entry.from, entry.camera, entry.timestamp, ...detail].join(' ').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Hashes and the like are compared by machines; here their beginning tells them apart. */
export function shortened(value: string | number | boolean): string {
  const text = String(value);
  return text.length > 48 && !/\s/.test(text) ? `${text.slice(0, 12)}…` : text;
}

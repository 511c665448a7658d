/** What the events page shows, as it stands in the URL: `/events?camera=yard&seen=person&day=2026-11-24&recording=7`. */
export interface EventFilters {
  readonly camera: string | null;
  readonly seen: string | null;
  /** `YYYY-MM-DD` */
  readonly day: string | null;
  /** Lowest confidence in percent. */
  readonly sure: number | null;
  /** Name of a zone. */
  readonly zone: string | null;
}

export const noFilters: EventFilters = { camera: null, seen: null, day: null, sure: null, zone: null };

export function isFiltered(filters: EventFilters): boolean {
  return Object.values(filters).some((value) => value !== null);
}

/** As the server takes it. */
const maxZoneChars = 200;
const groups = ['person', 'vehicle', 'animal'];
export const confidences = [50, 70, 90] as const;

/** Unknown values count as none: a link from elsewhere shows everything rather than nothing. */
export function readFilters(query: Readonly<Record<string, string>>): EventFilters {
  const { camera, seen, day, sure, zone } = query;
  return {
    camera: camera !== undefined && /^[a-z0-9-]{1,64}$/.test(camera) ? camera : null,
    seen: seen !== undefined && groups.includes(seen) ? seen : null,
    day: day !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(day) ? day : null,
    zone: zone !== undefined && zone !== '' && zone.length <= maxZoneChars ? zone : null,
    sure: confidences.find((percent) => String(percent) === sure) ?? null,
  };
}

/** The id of the recording that is open, or null. */
export function readOpen(query: Readonly<Record<string, string>>): number | null {
  const { recording } = query;
  return recording !== undefined && /^\d{1,15}$/.test(recording) ? Number(recording) : null;
}

export function eventsUrl(filters: EventFilters, open: number | null = null): string {
  const search = new URLSearchParams();
  if (filters.camera !== null) search.set('camera', filters.camera);
  if (filters.seen !== null) search.set('seen', filters.seen);
  if (filters.day !== null) search.set('day', filters.day);
  if (filters.sure !== null) search.set('sure', String(filters.sure));
  if (filters.zone !== null) search.set('zone', filters.zone);
  if (open !== null) search.set('recording', String(open));
  const text = search.toString();
  return text === '' ? '/events' : `/events?${text}`;
}

/** The names in a camera's `zones`, as the file has them. */
export function zoneNames(zones: unknown): string[] {
  const list: unknown[] = Array.isArray(zones) ? zones : [];
  return list.flatMap((zone) => {
    const name = typeof zone === 'object' && zone !== null ? (zone as { name?: unknown }).name : undefined;
    return typeof name === 'string' && name !== '' ? [name] : [];
  });
}

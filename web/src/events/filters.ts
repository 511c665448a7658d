/** What the events page shows, as it stands in the URL: `/events?camera=yard&seen=person&recording=7`. */
export interface EventFilters {
  readonly camera: string | null;
  readonly seen: string | null;
}

const groups = ['person', 'vehicle', 'animal'];

/** Unknown values count as none: a link from elsewhere shows everything rather than nothing. */
export function readFilters(query: Readonly<Record<string, string>>): EventFilters {
  const { camera, seen } = query;
  return {
    camera: camera !== undefined && /^[a-z0-9-]{1,64}$/.test(camera) ? camera : null,
    seen: seen !== undefined && groups.includes(seen) ? seen : null,
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
  if (open !== null) search.set('recording', String(open));
  const text = search.toString();
  return text === '' ? '/events' : `/events?${text}`;
}

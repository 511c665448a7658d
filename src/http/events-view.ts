/** Events and statistics as the routes ask for them, from the catalog's rows. */
import type { Clock } from '../base/clock.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { EventsView } from './parts.ts';

export interface EventsViewParts {
  readonly catalog: Pick<Catalog, 'events' | 'statistics'>;
  /** IANA name: whose hours and weekdays are counted. */
  readonly timeZone: string;
  readonly clock: Clock;
}

const dayMs = 86_400_000;

export function eventsView({ catalog, timeZone, clock }: EventsViewParts): EventsView {
  return {
    async list(query, cameras) {
      const { before, ...rest } = query;
      const { total, events, next } = await catalog.events.list(
        { ...rest, ...(before === undefined ? {} : { to: before - 1 }) },
        cameras,
      );
      return {
        total,
        next,
        alerts: events.map(({ recordings, ...event }) => ({
          ...event,
          thumbnail: recordings.find((file) => file.thumbnail !== null)?.thumbnail ?? null,
          recordings: recordings.map(({ id }) => id),
        })),
      };
    },
    async objects({ before, ...query }, cameras) {
      return await catalog.statistics.objects(
        { ...query, ...(before === undefined ? {} : { to: before - 1 }) },
        cameras,
      );
    },
    async times({ days, ...query }, cameras) {
      return await catalog.statistics.times({ ...query, from: clock.now() - days * dayMs, timeZone }, cameras);
    },
  };
}

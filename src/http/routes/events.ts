/** Events (`alerts` in the contract) and what was seen when. */
import { isoTime } from '../dates.ts';
import type { AlertEntry, Parts } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import type { Alert } from '../schemas/recordings.ts';
import {
  Alerts,
  AlertsQuery,
  ObjectStats,
  ObjectStatsQuery,
  TimeStats,
  TimeStatsQuery,
} from '../schemas/recordings.ts';
import { after, fileUrl, nextCursor, span } from './recordings.ts';

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

export function eventRoutes({ events }: Pick<Parts, 'events'>, options: { readonly timezone: string }): Route[] {
  const camera = { in: 'query', name: 'stream_id' } as const;
  return [
    route({
      method: 'GET',
      url: '/api/alerts',
      summary: 'Events, newest first',
      access: { action: 'event.view', camera },
      schema: { query: AlertsQuery, answer: Alerts },
      handler: async ({ query, cameras }): Promise<Alerts> => {
        const { limit, offset, object_type, min_confidence } = query;
        const found = await events.list(
          {
            limit,
            offset,
            ...span(query, options.timezone),
            ...after(query.cursor),
            ...(object_type === undefined ? {} : { objectType: object_type }),
            ...(min_confidence === undefined ? {} : { minConfidence: min_confidence }),
          },
          cameras,
        );
        return {
          ...{ total: found.total, offset, limit, next_cursor: nextCursor(found.next) },
          alerts: found.alerts.map(alertAnswer),
        };
      },
    }),
    route({
      method: 'GET',
      url: '/api/stats/objects',
      summary: 'How many objects of each class were seen',
      access: { action: 'event.view', camera },
      schema: { query: ObjectStatsQuery, answer: ObjectStats },
      handler: async ({ query, cameras }): Promise<ObjectStats> => {
        const { recordings, counts } = await events.objects(span(query, options.timezone), cameras);
        const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
        const shares = Object.entries(counts).map(([name, count]) => [name, Math.round((count / total) * 1000) / 10]);
        return {
          stats: {
            total_recordings: recordings,
            object_counts: { ...counts },
            object_percentages: Object.fromEntries(shares),
          },
        };
      },
    }),
    route({
      method: 'GET',
      url: '/api/stats/times',
      summary: 'At which hours and on which weekdays objects were seen',
      access: { action: 'event.view', camera },
      schema: { query: TimeStatsQuery, answer: TimeStats },
      handler: async ({ query, cameras }): Promise<TimeStats> => {
        const { days, object_type } = query;
        const seen = await events.times(
          { days, ...span(query, options.timezone), ...(object_type === undefined ? {} : { objectType: object_type }) },
          cameras,
        );
        return {
          stats: {
            hours: seen.hours.map((detections, hour) => ({ hour, detections })),
            days: seen.weekdays.map((detections, index) => ({ day: weekdays[index]!, detections })),
          },
        };
      },
    }),
  ];
}

function alertAnswer(entry: AlertEntry): Alert {
  return {
    id: entry.id,
    timestamp: isoTime(entry.startAt),
    end: entry.endAt === null ? null : isoTime(entry.endAt),
    stream_id: entry.camera,
    stream_name: entry.cameraName,
    confidence: entry.confidence,
    objects_detected: Object.keys(entry.counts),
    object_counts: { ...entry.counts },
    thumbnail_url: entry.thumbnail === null ? null : fileUrl(entry.thumbnail),
    recordings: [...entry.recordings],
  };
}

/** A day at a glance, and what space is left. */
import type { CameraId } from '../../base/ids.ts';
import { isoTime, parseDate } from '../dates.ts';
import type { Parts, Span, StorageEntry, TimelineEntry } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { Storage } from '../schemas/storage.ts';
import type { TimelineCamera } from '../schemas/timeline.ts';
import { Timeline, TimelineQuery } from '../schemas/timeline.ts';

/** Clips that follow each other this closely show no gap. */
const joinMs = 1000;
const dayMs = 86_400_000;

export function timelineRoutes(
  { timeline, storage, streams }: Pick<Parts, 'timeline' | 'storage' | 'streams'>,
  options: { readonly timezone: string },
): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/timeline',
      summary: 'A day: what was recorded, what was seen, what is missing',
      access: { action: 'recording.view', camera: { in: 'query', name: 'stream_id' } },
      schema: { query: TimelineQuery, answer: Timeline },
      handler: async ({ query, cameras }): Promise<Timeline> => {
        const { day, stream_id } = query;
        const from = parseDate(day, options.timezone, 'start');
        const before = parseDate(day, options.timezone, 'end');
        const found = await timeline.between(
          { from, before, ...(stream_id === undefined ? {} : { camera: stream_id as CameraId }) },
          cameras,
        );
        const names = new Map(streams.list(cameras).map(({ id, name }) => [id as string, name]));
        if (stream_id !== undefined) for (const id of [...names.keys()]) if (id !== stream_id) names.delete(id);
        for (const { camera } of [...found.recordings, ...found.events, ...found.losses])
          if (!names.has(camera)) names.set(camera, camera);
        return {
          day,
          timezone: options.timezone,
          start: isoTime(from),
          end: isoTime(before),
          truncated: found.truncated,
          cameras: cameraDays(names, found, { from, before }),
        };
      },
    }),
    route({
      method: 'GET',
      url: '/api/storage',
      summary: 'Space used and left, and which recordings go next',
      access: { action: 'recording.delete' },
      schema: { answer: Storage },
      handler: async ({ cameras }): Promise<Storage> => {
        const entry = await storage.forecast();
        const mine = ({ camera }: { readonly camera: CameraId }) => cameras === 'all' || cameras.has(camera);
        const mirror = storage.mirror();
        return {
          ...storageAnswer({ ...entry, cameras: entry.cameras.filter(mine), next: entry.next.filter(mine) }),
          ...(mirror === undefined ? {} : { mirror: mirrorAnswer(mirror) }),
        };
      },
    }),
  ];
}

function cameraDays(
  names: ReadonlyMap<string, string>,
  found: TimelineEntry,
  { from, before }: { readonly from: number; readonly before: number },
): TimelineCamera[] {
  const recordings = Map.groupBy(found.recordings, ({ camera }) => camera as string);
  const events = Map.groupBy(found.events, ({ camera }) => camera as string);
  const losses = Map.groupBy(found.losses, ({ camera }) => camera as string);
  return [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, name]) => ({
      stream_id: id,
      stream_name: name,
      recordings: (recordings.get(id) ?? []).map((one) => ({
        id: one.id,
        ...spanAnswer(one),
        reason: one.reason,
        state: one.state,
      })),
      coverage: joined(recordings.get(id) ?? [], from, before).map(spanAnswer),
      events: (events.get(id) ?? []).map((one) => ({
        id: one.id,
        ...spanAnswer(one),
        confidence: one.confidence,
        object_counts: { ...one.counts },
      })),
      losses: (losses.get(id) ?? []).map((one) => ({ ...spanAnswer(one), reason: one.reason })),
    }));
}

/** In order of time; those that touch or nearly do are one, cut to `[from, before)`. */
function joined(spans: readonly Span[], from: number, before: number): Span[] {
  const all: { startAt: number; endAt: number | null }[] = [];
  for (const { startAt, endAt } of spans) {
    const last = all.at(-1);
    if (last !== undefined && (last.endAt === null || startAt - last.endAt <= joinMs)) {
      last.endAt = last.endAt === null || endAt === null ? null : Math.max(last.endAt, endAt);
    } else all.push({ startAt, endAt });
  }
  return all.map(({ startAt, endAt }) => ({
    startAt: Math.max(startAt, from),
    endAt: endAt === null ? null : Math.min(endAt, before),
  }));
}

function spanAnswer({ startAt, endAt }: Span): { start: string; end: string | null } {
  return { start: isoTime(startAt), end: endAt === null ? null : isoTime(endAt) };
}

function mirrorAnswer({ kind, waiting, lagMs, problem }: NonNullable<ReturnType<Parts['storage']['mirror']>>) {
  return {
    state: kind,
    waiting,
    lag_seconds: Math.round(lagMs / 100) / 10,
    ...(problem === undefined ? {} : { problem }),
  };
}

function storageAnswer(entry: StorageEntry): Storage {
  const time = (at: number | null): string | null => (at === null ? null : isoTime(at));
  const whole = (value: number | null): number | null => (value === null ? null : Math.round(value));
  return {
    used_bytes: entry.usedBytes,
    max_bytes: Math.round(entry.maxBytes),
    disk_free_bytes: Math.round(entry.diskFreeBytes),
    keep_free_bytes: Math.round(entry.keepFreeBytes),
    bytes_per_day: whole(entry.bytesPerDay),
    full_at: time(entry.fullAt),
    reach_days: entry.reachMs === null ? null : Math.round((entry.reachMs / dayMs) * 10) / 10,
    cameras: entry.cameras.map((one) => ({
      stream_id: one.camera,
      recordings: one.recordings,
      used_bytes: one.usedBytes,
      bytes_per_day: whole(one.bytesPerDay),
      oldest: time(one.oldestAt),
      max_bytes: whole(one.maxBytes),
      max_days: one.maxAgeMs === null ? null : one.maxAgeMs / dayMs,
    })),
    next_deletions: entry.next.map((one) => ({
      id: one.id,
      stream_id: one.camera,
      timestamp: isoTime(one.startAt),
      bytes: one.sealedBytes,
      reason: one.reason,
      expected_at: isoTime(one.at),
    })),
  };
}

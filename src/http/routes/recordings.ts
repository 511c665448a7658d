/** Recordings, events and statistics of the contract. */
import type { Clock } from '../../base/clock.ts';
import type { CameraId, RecordingId } from '../../base/ids.ts';
import { Problem } from '../../base/problem.ts';
import { tryCursor, writeCursor } from '../../catalog/pages.ts';
import { isoTime, parseDate, zoneOffsets } from '../dates.ts';
import { notFound } from '../guard.ts';
import type { Cursor, Parts, RecordingEntry, RecordingQuery } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { Done } from '../schemas/common.ts';
import {
  AnnotationRequest,
  HoldRequest,
  Recording,
  RecordingParameters,
  RecordingStats,
  Recordings,
  RecordingsQuery,
  Verified,
} from '../schemas/recordings.ts';
import { pixelObject } from './cameras.ts';

export function recordingRoutes(
  { access, recordings, audit, deletions }: Pick<Parts, 'access' | 'recordings' | 'audit' | 'deletions'>,
  options: { readonly timezone: string; readonly clock: Clock },
): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/recordings',
      summary: 'Recordings, newest first unless asked otherwise',
      access: { action: 'recording.view', camera: { in: 'query', name: 'stream_id' } },
      schema: { query: RecordingsQuery, answer: Recordings },
      handler: async ({ query, cameras }): Promise<Recordings> => {
        const { limit, offset, state, object_type, min_confidence, zone, label, text, min_duration, max_duration } =
          query;
        const period = span(query, options.timezone);
        const found = await recordings.list(
          {
            limit,
            offset,
            state,
            sortBy: query.sort_by,
            sortOrder: query.sort_order,
            ...period,
            ...after(query.cursor),
            ...timeOfDay(query, period, options),
            ...(zone === undefined ? {} : { zone }),
            ...(label === undefined ? {} : { label }),
            ...(text === undefined ? {} : { text }),
            ...(min_duration === undefined ? {} : { minDurationMs: min_duration * 1000 }),
            ...(max_duration === undefined ? {} : { maxDurationMs: max_duration * 1000 }),
            ...(object_type === undefined ? {} : { objectType: object_type }),
            ...(min_confidence === undefined ? {} : { minConfidence: min_confidence }),
          },
          cameras,
        );
        return {
          ...{ total: found.total, offset, limit },
          ...(found.totalIsExact ? {} : { total_is_exact: false }),
          next_cursor: nextCursor(found.next),
          recordings: found.recordings.map(recordingAnswer),
        };
      },
    }),
    route({
      method: 'GET',
      url: '/api/recordings/stats',
      summary: 'Totals over all recordings',
      access: { action: 'recording.view' },
      schema: { answer: RecordingStats },
      handler: async ({ cameras }): Promise<RecordingStats> => {
        const { count, durationMs, sizeBytes, oldestAt, newestAt } = await recordings.totals(cameras);
        return {
          count,
          total_duration: durationMs / 1000,
          total_bytes: sizeBytes,
          oldest: oldestAt === null ? null : isoTime(oldestAt),
          newest: newestAt === null ? null : isoTime(newestAt),
        };
      },
    }),
    route({
      method: 'GET',
      url: '/api/recordings/:id',
      summary: 'One recording',
      access: { action: 'recording.view' },
      schema: { params: RecordingParameters, answer: Recording },
      handler: async ({ params, cameras }) => {
        const found = await recordings.find(Number(params.id) as RecordingId, cameras);
        if (found === undefined) throw notFound();
        return recordingAnswer(found);
      },
    }),
    route({
      method: 'GET',
      url: '/api/recordings/:id/verify',
      summary: 'Whether the file is what was recorded, by the audit log',
      access: { action: 'recording.view' },
      schema: { params: RecordingParameters, answer: Verified },
      handler: async ({ params, cameras, signal }): Promise<Verified> => {
        const faults = await recordings.verify(Number(params.id) as RecordingId, cameras, signal);
        if (faults === undefined) throw notFound();
        return { good: faults.length === 0, faults: [...faults] };
      },
    }),
    route({
      method: 'PUT',
      url: '/api/recordings/:id/hold',
      summary: 'Put a recording on legal hold, or end that',
      access: { action: 'recording.delete' },
      schema: { params: RecordingParameters, body: HoldRequest, answer: Recording },
      handler: async ({ params, body, cameras, principal, visit }) => {
        const id = Number(params.id) as RecordingId;
        if (!(await recordings.hold(id, body.hold, cameras))) throw notFound();
        const found = await recordings.find(id, cameras);
        if (found === undefined) throw notFound();
        await audit.append({
          kind: body.hold ? 'recording.held' : 'recording.released',
          who: principal.username,
          from: visit.address,
          camera: found.camera,
          detail: { recording: id },
        });
        return recordingAnswer(found);
      },
    }),
    route({
      method: 'PATCH',
      url: '/api/recordings/:id',
      summary: 'Change labels, note and favorite of a recording',
      access: { action: 'recording.annotate' },
      schema: { params: RecordingParameters, body: AnnotationRequest, answer: Recording },
      handler: async ({ params, body, cameras, principal, visit }) => {
        const id = Number(params.id) as RecordingId;
        const before = await recordings.find(id, cameras);
        if (before === undefined) throw notFound();
        const { labels, note, favorite } = body;
        if (favorite !== undefined && !access.authorize(principal, 'recording.delete', before.camera).allowed)
          throw new Problem('access/forbidden', 'this account may not keep recordings from being deleted', {
            status: 403,
          });
        const by = { who: principal.username, from: visit.address, camera: before.camera };
        if (labels !== undefined || note !== undefined) {
          // What was written is not in the log: it may be about people, and the log is for good.
          const detail = { recording: id, ...(labels === undefined ? {} : { labels: labels.length }), note: !!note };
          await audit.append({ kind: 'recording.annotated', ...by, detail });
          const change = {
            ...(labels === undefined ? {} : { labels }),
            ...(note === undefined ? {} : { note: note === '' ? null : note }),
          };
          if (!(await recordings.annotate(id, change, cameras))) throw notFound();
        }
        if (favorite !== undefined && favorite !== before.held) {
          const kind = favorite ? 'recording.held' : 'recording.released';
          await audit.append({ kind, ...by, detail: { recording: id } });
          if (!(await recordings.hold(id, favorite, cameras))) throw notFound();
        }
        const found = await recordings.find(id, cameras);
        if (found === undefined) throw notFound();
        return recordingAnswer(found);
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/recordings/:id',
      summary: 'Delete a recording and its thumbnail for good',
      access: { action: 'recording.delete' },
      schema: { params: RecordingParameters, answer: Done },
      handler: async ({ params, cameras, principal, visit }) => {
        const id = Number(params.id) as RecordingId;
        const found = await recordings.find(id, cameras);
        if (found === undefined) throw notFound();
        const { camera, startAt } = found;
        if (found.held)
          throw new Problem('recording/held', 'this recording is on legal hold', {
            status: 409,
            hint: 'end the hold first',
          });
        const by = { who: principal.username, from: visit.address };
        const waiting = await deletions.ask({ kind: 'recording', recording: id, camera }, by);
        if (waiting !== undefined) {
          const { dueAt } = waiting;
          const when = dueAt === null ? 'when another admin agrees' : `at ${isoTime(dueAt)}`;
          return { success: true, message: `recording ${id} will be deleted ${when}` };
        }
        // Before the deed: a deletion that can't be written down isn't done.
        await audit.append({
          kind: 'recording.deleted',
          who: principal.username,
          from: visit.address,
          camera,
          detail: { recording: id, start: isoTime(startAt) },
        });
        if (!(await recordings.remove(id, cameras))) throw notFound();
        return { success: true, message: `recording ${id} was deleted` };
      },
    }),
  ];
}

export function span(
  query: { readonly start_date?: string; readonly end_date?: string; readonly stream_id?: string },
  zone: string,
): { from?: number; before?: number; camera?: CameraId } {
  return {
    ...(query.start_date === undefined ? {} : { from: parseDate(query.start_date, zone, 'start') }),
    ...(query.end_date === undefined ? {} : { before: parseDate(query.end_date, zone, 'end') }),
    // the schema's pattern is that of camera ids
    ...(query.stream_id === undefined ? {} : { camera: query.stream_id as CameraId }),
  };
}

export function after(cursor: string | undefined): { after?: Cursor } {
  if (cursor === undefined) return {};
  const place = tryCursor(cursor);
  if (place === undefined)
    throw new Problem('http/invalid', 'this cursor is not one of ours', {
      status: 422,
      hint: 'take next_cursor of the page before',
    });
  return { after: place };
}

export function nextCursor(next: Cursor | null): string | null {
  return next === null ? null : writeCursor(next);
}

/** How far back hours are looked for where no date is given: longer than anything is kept. */
const longestMs = 20 * 366 * 86_400_000;

function timeOfDay(
  query: { readonly time_from?: string; readonly time_to?: string },
  period: { readonly from?: number; readonly before?: number },
  { timezone, clock }: { readonly timezone: string; readonly clock: Clock },
): Pick<RecordingQuery, 'timeOfDay'> {
  const { time_from, time_to } = query;
  if (time_from === undefined && time_to === undefined) return {};
  // A day more than there is: clocks are set.
  const { before = clock.now() + 86_400_000, from = before - longestMs } = period;
  // The newest first, for most of what is looked at is new.
  const offsets = zoneOffsets(from, before, timezone).reverse();
  return { timeOfDay: { startMs: ofDay(time_from ?? '00:00'), endMs: ofDay(time_to ?? '24:00'), offsets } };
}

function ofDay(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return (hours! * 60 + minutes!) * 60_000;
}

function recordingAnswer(entry: RecordingEntry): Recording {
  return {
    id: entry.id,
    timestamp: isoTime(entry.startAt),
    stream_id: entry.camera,
    stream_name: entry.cameraName,
    file_url: fileUrl(entry.file),
    thumbnail_url: entry.thumbnail === null ? null : fileUrl(entry.thumbnail),
    file_path: entry.file,
    thumbnail_path: entry.thumbnail,
    duration: entry.durationMs / 1000,
    objects_detected: entry.objects.map((object) => pixelObject(object, entry.width, entry.height)),
    confidence: entry.confidence,
    retained: entry.retained ? 1 : 0,
    ...(entry.held ? { held: true } : {}),
    ...(entry.labels.length === 0 ? {} : { labels: [...entry.labels] }),
    ...(entry.note === null ? {} : { note: entry.note }),
  };
}

export function fileUrl(path: string): string {
  return `/recordings/${path}`;
}

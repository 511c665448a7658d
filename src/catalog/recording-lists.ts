/** Lists of recordings under the contract's filters, with the objects seen in each. */
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { CameraId, RecordingId } from '../base/ids.ts';
import { AnnotationQueries, containing, fold } from './annotations.ts';
import { classesOf, tallyKey } from './classes.ts';
import { dayCounts, sumOf } from './day-counts.ts';
import type { Cursor, Run } from './pages.ts';
import { runsOf, spanOf } from './pages.ts';
import type { Recording, RecordingState } from './recording-rows.ts';
import { recordingColumns, toRecording } from './recording-rows.ts';
import type { CameraScope, Database } from './scope.ts';
import { cameraCondition, inScope } from './scope.ts';
import { dayMs, dayOf } from './tallies.ts';

export interface RecordingFilter {
  /** 1..1000 */
  readonly limit: number;
  readonly offset: number;
  readonly camera?: CameraId;
  /** Recordings that begin at or after, UTC ms. */
  readonly from?: number;
  /** Recordings that begin at or before, UTC ms. */
  readonly to?: number;
  /** A class or a group of classes (`vehicle`, `animal`). */
  readonly objectType?: string;
  /** With `objectType`, of an object of that type; 0..1. */
  readonly minConfidence?: number;
  /** Default: finished and torn, the ones that are whole files. */
  readonly states?: readonly RecordingState[];
  /** Default `timestamp`. */
  readonly sortBy?: 'timestamp' | 'confidence' | 'duration';
  /** Default `desc`. */
  readonly sortOrder?: 'asc' | 'desc';
  /** Begins behind this place instead of at `offset`. */
  readonly after?: Cursor;
  /** Name of a zone in which one of its objects was. */
  readonly zone?: string;
  /** Whole, case apart. */
  readonly label?: string;
  /** Somewhere in a label or in the note, or recorded by one of `textCameras`. */
  readonly text?: string;
  readonly textCameras?: readonly CameraId[];
  readonly minDurationMs?: number;
  readonly maxDurationMs?: number;
  /** Began at that time of a local day. */
  readonly timeOfDay?: TimeOfDay;
}

export interface TimeOfDay {
  /** From local midnight; an end before the start is on the next day. */
  readonly startMs: number;
  readonly endMs: number;
  /** What the zone is ahead of UTC, over all the time that is searched; UTC ms. */
  readonly offsets: readonly { readonly from: number; readonly before: number; readonly offsetMs: number }[];
}

export interface RecordingPage {
  readonly total: number;
  /** False where there are more than `total`. */
  readonly totalIsExact: boolean;
  readonly recordings: ListedRecording[];
  /** Where the next page begins; null behind the last one. */
  readonly next: Cursor | null;
}

interface Found {
  readonly ids: readonly number[];
  readonly total: number;
  readonly exact: boolean;
}

/** An object track as it was at its best. */
export interface SeenObject {
  readonly class: string;
  readonly confidence: number;
  /** x, y, width, height, each 0..1 of the picture. */
  readonly box: readonly [number, number, number, number];
  /** Of the picture in which it was detected, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface ListedRecording extends Recording {
  readonly objects: readonly SeenObject[];
  readonly labels: readonly string[];
  readonly note: string | null;
}

export const seenObjectColumns = [
  'track.class',
  'track.confidence',
  'track.box_x',
  'track.box_y',
  'track.box_width',
  'track.box_height',
  'track.width',
  'track.height',
  'track.first_at as firstAt',
  'track.last_at as lastAt',
] as const;

/** Nearly all are: written so that no index of states is taken for it. */
const isWhole = sql`coalesce(state, '') in ('finished', 'torn')`;
/** Under filters that nothing is counted for, the total stops here. */
const mostCounted = 1000;
/** So few are sorted as they are; of more, the order's own index finds the first ones sooner. */
const fewEnough = 5000;
/** Stretches of days that are asked for one by one. */
const mostRuns = 8;

export class RecordingLists {
  readonly #db: Database;
  readonly #annotations: AnnotationQueries;

  constructor(db: Database) {
    this.#db = db;
    this.#annotations = new AnnotationQueries(db);
  }

  async list(filter: RecordingFilter, scope: CameraScope): Promise<RecordingPage> {
    const { ids, total, exact } = isCounted(filter)
      ? await this.#counted(filter, scope)
      : await this.#searched(filter, scope);
    const rows = await this.#db
      .selectFrom('recording')
      .select([...recordingColumns, 'recording.duration_ms as durationMs'])
      .where('recording.id', 'in', ids.length === 0 ? [-1] : ids)
      .execute();
    const byId = new Map(rows.map((row) => [row.id, row]));
    const found = ids.flatMap((id) => byId.get(id) ?? []);
    const last = found.at(-1);
    return {
      total,
      totalIsExact: exact,
      recordings: await this.withObjects(found.map(({ durationMs: _, ...row }) => toRecording(row))),
      next: last === undefined || found.length < filter.limit ? null : { value: sortValue(filter, last), id: last.id },
    };
  }

  /** Under the contract's own filters: the tallies say how many there are, and on which days. */
  async #counted(filter: RecordingFilter, scope: CameraScope): Promise<Found> {
    const days = await dayCounts(this.#db, 'recording', filter, scope);
    const { n: total } = sumOf(days);
    if ((filter.sortBy ?? 'timestamp') !== 'timestamp') {
      const ids = total === 0 ? [] : await this.#ordered(filter, scope, total);
      return { ids, total, exact: true };
    }
    const { limit, after, sortOrder: order = 'desc' } = filter;
    const cursorDay = after === undefined ? undefined : dayOf(after.value);
    const left = days.filter(
      ({ day }) => cursorDay === undefined || (order === 'asc' ? day >= cursorDay : day <= cursorDay),
    );
    // Of the cursor's own day some are of earlier pages: one more day than what is needed.
    const offset = after === undefined ? filter.offset : 0;
    const spare = after === undefined ? 0 : (left.find(({ day }) => day === cursorDay)?.n ?? 0);
    const ids: number[] = [];
    const runs = runsOf(left, { order, offset, limit: limit + spare });
    if (runs.length > mostRuns) return { ids: await this.#scattered(filter, scope, runs), total, exact: true };
    for (const run of runs) {
      if (ids.length >= limit) break;
      ids.push(...(await this.#inRun(filter, scope, run, limit - ids.length)));
    }
    return { ids, total, exact: true };
  }

  /** Few, on many days: all of these at once, by whatever leaves the fewest to look at. */
  async #scattered(filter: RecordingFilter, scope: CameraScope, runs: readonly Run[]): Promise<number[]> {
    const { objectType, camera, minConfidence = 0, limit } = filter;
    const whole = { ...spanOf(runs), skip: runs[0]!.skip };
    const sureOnly = objectType === undefined && camera === undefined && scope === 'all' && minConfidence > 0;
    return await this.#inRun(filter, scope, whole, limit, sureOnly);
  }

  async #inRun(
    filter: RecordingFilter,
    scope: CameraScope,
    run: Run,
    limit: number,
    byConfidence = false,
  ): Promise<number[]> {
    const { objectType, minConfidence = 0, camera, sortOrder = 'desc' } = filter;
    const from = Math.max(run.from, filter.from ?? run.from);
    const to = Math.min(run.to, filter.to ?? run.to);
    const plain = objectType === undefined;
    const id = sql.ref(plain ? 'id' : 'recording_id');
    const conditions = [
      plain ? isWhole : sql`class = ${tallyKey(objectType)}`,
      byConfidence
        ? sql`start_at + 0 >= ${from} and start_at + 0 <= ${to}`
        : sql`start_at >= ${from} and start_at <= ${to}`,
      cameraCondition(sql.ref('camera_id'), scope),
      ...(camera === undefined ? [] : [cameraCondition(sql.ref('camera_id'), [camera])]),
      ...(minConfidence > 0 ? [sql`confidence >= ${minConfidence}`] : []),
      ...afterCondition(filter, sql.ref('start_at'), id),
    ];
    const order = sql.raw(sortOrder);
    const { rows } = await sql<{ id: number }>`select ${id} as id
      from ${sql.table(plain ? 'recording' : 'recording_class')} where ${sql.join(conditions, sql` and `)}
      order by ${byConfidence ? sql`start_at + 0` : sql`start_at`} ${order}, ${id} ${order}
      limit ${limit} offset ${run.skip}`.execute(this.#db);
    return rows.map((row) => row.id);
  }

  /** By confidence or duration. */
  async #ordered(filter: RecordingFilter, scope: CameraScope, total: number): Promise<number[]> {
    const column = filter.sortBy === 'confidence' ? 'confidence' : 'duration_ms';
    const few = total <= fewEnough;
    // `+ 0` keeps an index from being used: the order's where few are left, the filters' where many are.
    const by = few ? sql`${sql.ref(column)} + 0` : sql.ref(column);
    return await this.#select(filter, scope, by, (ref) => (few ? ref : sql`${ref} + 0`), few);
  }

  /** Filters that nothing is counted for. */
  async #searched(filter: RecordingFilter, scope: CameraScope): Promise<Found> {
    const given = await this.#marks(filter);
    // What of it the tallies know says which way leads past fewer rows.
    const few = sumOf(await dayCounts(this.#db, 'recording', filter, scope)).n <= fewEnough;
    const conditions = [...conditionsOf(filter, scope, (ref) => ref, few), ...given];
    const { rows } = await sql<{ n: number | string }>`select count(*) as n from
      (select 1 from recording where ${sql.join(conditions, sql` and `)} limit ${mostCounted + 1}) as found`.execute(
      this.#db,
    );
    const n = Number(rows[0]?.n ?? 0);
    const column = { timestamp: 'start_at', confidence: 'confidence', duration: 'duration_ms' } as const;
    const by = sql.ref(column[filter.sortBy ?? 'timestamp']);
    const ids =
      n === 0
        ? []
        : await this.#select(filter, scope, n <= mostCounted ? sql`${by} + 0` : by, (ref) => ref, few, given);
    return { ids, total: Math.min(n, mostCounted), exact: n <= mostCounted };
  }

  /** Zone and label: where few bear it, from those; where many do, each recording is asked. */
  async #marks({ zone, label }: RecordingFilter): Promise<RawBuilder<unknown>[]> {
    const few = async (rows: RawBuilder<unknown>): Promise<boolean> => {
      const { rows: counted } = await sql<{ n: number | string }>`select count(*) as n from
        (select 1 from ${rows} limit ${fewEnough + 1}) as found`.execute(this.#db);
      return Number(counted[0]?.n ?? 0) <= fewEnough;
    };
    const conditions: RawBuilder<unknown>[] = [];
    if (zone !== undefined) {
      const rows = sql`event_zone z join event_recording er on er.event_id = z.event_id where z.zone = ${zone}`;
      conditions.push(
        (await few(rows))
          ? sql`recording.id in (select er.recording_id from ${rows})`
          : sql`exists (select 1 from event_recording er where er.recording_id = recording.id and exists
              (select 1 from event_zone z where z.event_id = er.event_id and z.zone = ${zone}))`,
      );
    }
    if (label !== undefined) {
      const rows = sql`recording_label l where l.folded = ${fold(label)}`;
      conditions.push(
        (await few(rows))
          ? sql`recording.id in (select l.recording_id from ${rows})`
          : sql`exists (select 1 from ${rows} and l.recording_id = recording.id)`,
      );
    }
    return conditions;
  }

  async #select(
    filter: RecordingFilter,
    scope: CameraScope,
    by: RawBuilder<unknown>,
    filtered: (ref: RawBuilder<unknown>) => RawBuilder<unknown>,
    few: boolean,
    more: readonly RawBuilder<unknown>[] = [],
  ): Promise<number[]> {
    const order = sql.raw(filter.sortOrder ?? 'desc');
    const conditions = [
      ...conditionsOf(filter, scope, filtered, few),
      ...more,
      ...afterCondition(filter, by, sql.ref('recording.id')),
    ];
    const { rows } = await sql<{ id: number }>`select id from recording where ${sql.join(conditions, sql` and `)}
      order by ${by} ${order}, id ${order} limit ${filter.limit}
      offset ${filter.after === undefined ? filter.offset : 0}`.execute(this.#db);
    return rows.map((row) => row.id);
  }

  async byId(id: RecordingId, scope: CameraScope): Promise<ListedRecording | undefined> {
    const row = await this.#db
      .selectFrom('recording')
      .select(recordingColumns)
      .where('recording.id', '=', id)
      .where('recording.state', '!=', 'deleted')
      .where((builder) => inScope(builder, 'recording', scope))
      .executeTakeFirst();
    return row === undefined ? undefined : (await this.withObjects([toRecording(row)]))[0];
  }

  /** Adds the objects of the recordings' events that were in sight while each was made, the surest first. */
  async withObjects(recordings: readonly Recording[]): Promise<ListedRecording[]> {
    if (recordings.length === 0) return [];
    const rows = await this.#db
      .selectFrom('event_recording')
      .innerJoin('track', 'track.event_id', 'event_recording.event_id')
      .select(['event_recording.recording_id as recording', ...seenObjectColumns])
      .where(
        'event_recording.recording_id',
        'in',
        recordings.map((recording) => recording.id),
      )
      .orderBy('track.confidence', 'desc')
      .execute();
    const annotations = await this.#annotations.of(recordings.map((recording) => recording.id));
    const objects = Map.groupBy(rows, (row) => row.recording);
    return recordings.map((recording) => ({
      ...recording,
      objects: (objects.get(recording.id) ?? [])
        .filter((row) => row.lastAt >= recording.startAt && row.firstAt <= (recording.endAt ?? Infinity))
        .map(toSeenObject),
      labels: annotations.get(recording.id)?.labels ?? [],
      note: annotations.get(recording.id)?.note ?? null,
    }));
  }
}

/** Only what the tallies know of. */
function isCounted(filter: RecordingFilter): boolean {
  const { states, zone, label, text, minDurationMs, maxDurationMs, timeOfDay } = filter;
  return [states, zone, label, text, minDurationMs, maxDurationMs, timeOfDay].every((one) => one === undefined);
}

function sortValue(
  { sortBy }: RecordingFilter,
  row: { readonly startAt: number; readonly confidence: number; readonly durationMs: number | null },
): number {
  if (sortBy === 'confidence') return row.confidence;
  return Number(sortBy === 'duration' ? (row.durationMs ?? 0) : row.startAt);
}

function afterCondition(
  { after, sortOrder = 'desc' }: RecordingFilter,
  by: RawBuilder<unknown>,
  id: RawBuilder<unknown>,
): RawBuilder<unknown>[] {
  if (after === undefined) return [];
  const beyond = sql.raw(sortOrder === 'asc' ? '>' : '<');
  return [
    sql`${by} ${sql.raw(sortOrder === 'asc' ? '>=' : '<=')} ${after.value}`,
    sql`(${by} ${beyond} ${after.value} or ${id} ${beyond} ${after.id})`,
  ];
}

/** @param filtered how a column is written that an index must not be used for */
function conditionsOf(
  filter: RecordingFilter,
  scope: CameraScope,
  filtered: (ref: RawBuilder<unknown>) => RawBuilder<unknown>,
  few: boolean,
): RawBuilder<unknown>[] {
  const { camera, from, to, objectType, minConfidence = 0, text, minDurationMs, maxDurationMs } = filter;
  const startAt = filtered(sql.ref('recording.start_at'));
  const cameraId = filtered(sql.ref('recording.camera_id'));
  const conditions = [
    filter.states === undefined ? isWhole : sql`state in (${sql.join(filter.states)})`,
    cameraCondition(cameraId, scope),
  ];
  const when = (given: boolean, condition: () => RawBuilder<unknown>): void => {
    if (given) conditions.push(condition());
  };
  when(camera !== undefined, () => cameraCondition(cameraId, [camera!]));
  when(from !== undefined, () => sql`${startAt} >= ${from}`);
  when(to !== undefined, () => sql`${startAt} <= ${to}`);
  when(objectType === undefined && minConfidence > 0, () => sql`recording.confidence >= ${minConfidence}`);
  when(objectType !== undefined, () => seen(objectType!, minConfidence, filter, few));
  when(text !== undefined, () => {
    const pattern = containing(text!);
    const words = sql`recording.id in (select recording_id from recording_label where folded like ${pattern} escape '\\'
      union select recording_id from recording_note where folded like ${pattern} escape '\\')`;
    const cameras = filter.textCameras ?? [];
    if (cameras.length === 0) return words;
    return sql`(${words} or ${cameraCondition(sql.ref('recording.camera_id'), cameras)})`;
  });
  when(minDurationMs !== undefined, () => sql`recording.duration_ms >= ${minDurationMs}`);
  when(maxDurationMs !== undefined, () => sql`recording.duration_ms <= ${maxDurationMs}`);
  when(filter.timeOfDay !== undefined, () => inTimeOfDay(filter.timeOfDay!));
  return conditions;
}

/** Open recordings have nothing written down for lists yet: theirs is looked up in their events. */
function seen(objectType: string, minConfidence: number, filter: RecordingFilter, few: boolean): RawBuilder<unknown> {
  if (filter.states?.includes('open') === true)
    return sql`exists (select 1 from event_recording er join track t on t.event_id = er.event_id
      where er.recording_id = recording.id and t.last_at >= recording.start_at
        and (recording.end_at is null or t.first_at <= recording.end_at)
        and t.class in (${sql.join(classesOf(objectType))}) and t.confidence >= ${minConfidence})`;
  const { from, to } = filter;
  const rows = sql`class = ${tallyKey(objectType)} and confidence >= ${minConfidence}`;
  if (!few) return sql`exists (select 1 from recording_class c where c.recording_id = recording.id and ${rows})`;
  return sql`recording.id in (select recording_id from recording_class where ${rows}
    ${from === undefined ? sql`` : sql`and start_at >= ${from}`} ${to === undefined ? sql`` : sql`and start_at <= ${to}`})`;
}

function inTimeOfDay({ startMs, endMs, offsets }: TimeOfDay): RawBuilder<unknown> {
  const spans = offsets.map(({ from, before, offsetMs }) => {
    // Positive whatever the zone, for the remainder of a negative number is negative.
    const local = sql`(recording.start_at + ${sql.lit(offsetMs + dayMs)}) % ${sql.lit(dayMs)}`;
    const within =
      startMs <= endMs
        ? sql`${local} >= ${sql.lit(startMs)} and ${local} < ${sql.lit(endMs)}`
        : sql`(${local} >= ${sql.lit(startMs)} or ${local} < ${sql.lit(endMs)})`;
    return sql`(recording.start_at >= ${from} and recording.start_at < ${before} and ${within})`;
  });
  return spans.length === 0 ? sql`1 = 0` : sql`(${sql.join(spans, sql` or `)})`;
}

export function toSeenObject(row: {
  readonly class: string;
  readonly confidence: number;
  readonly box_x: number;
  readonly box_y: number;
  readonly box_width: number;
  readonly box_height: number;
  readonly width: number;
  readonly height: number;
  readonly firstAt: number;
  readonly lastAt: number;
}): SeenObject {
  return {
    class: row.class,
    confidence: row.confidence,
    box: [row.box_x, row.box_y, row.box_width, row.box_height],
    width: row.width,
    height: row.height,
    firstAt: row.firstAt,
    lastAt: row.lastAt,
  };
}

/** Counts and sums for the dashboard. What is counted of objects is object tracks, not frames. */
import { sql } from 'kysely';
import type { CameraId } from '../base/ids.ts';
import { classesOf } from './classes.ts';
import { matches } from './recording-lists.ts';
import type { CameraScope, Database } from './scope.ts';
import { inScope } from './scope.ts';

export interface RecordingTotals {
  readonly count: number;
  /** Sum of the recordings' lengths. */
  readonly durationMs: number;
  /** On disk, sealed. */
  readonly bytes: number;
  /** `startAt` of the first and the last; null where there is none. */
  readonly oldestAt: number | null;
  readonly newestAt: number | null;
}

export interface ObjectCounts {
  readonly recordings: number;
  /** Class to number of object tracks, the most frequent first. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface TimesOfDay {
  /** 24 numbers: object tracks first seen in that hour of the local day. */
  readonly hours: readonly number[];
  /** 7 numbers, Monday first. */
  readonly weekdays: readonly number[];
}

interface Period {
  readonly camera?: CameraId;
  readonly from?: number;
  readonly to?: number;
}

/** Every zone's offset from UTC is a multiple of 15 minutes, so a bucket of that length lies in one local hour. */
const bucketMs = 900_000;

export class StatisticsQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Of finished and torn recordings. */
  async recordings(period: Period, scope: CameraScope): Promise<RecordingTotals> {
    const row = await this.#db
      .selectFrom('recording')
      .where((builder) => matches(builder, period, scope))
      .select((builder) => [
        builder.fn.countAll<number>().as('count'),
        builder.fn.sum<number | null>(builder('end_at', '-', builder.ref('start_at'))).as('durationMs'),
        builder.fn.sum<number | null>('sealed_bytes').as('bytes'),
        builder.fn.min<number | null>('start_at').as('oldestAt'),
        builder.fn.max<number | null>('start_at').as('newestAt'),
      ])
      .executeTakeFirstOrThrow();
    return {
      count: Number(row.count),
      durationMs: Number(row.durationMs ?? 0),
      bytes: Number(row.bytes ?? 0),
      oldestAt: row.oldestAt,
      newestAt: row.newestAt,
    };
  }

  /** The same for each camera that has any. */
  async recordingsByCamera(
    scope: CameraScope,
    period: Omit<Period, 'camera'> = {},
  ): Promise<Map<CameraId, RecordingTotals>> {
    const rows = await this.#db
      .selectFrom('recording')
      .where((builder) => matches(builder, period, scope))
      .groupBy('camera_slug')
      .select((builder) => [
        'camera_slug as camera',
        builder.fn.countAll<number>().as('count'),
        builder.fn.sum<number | null>(builder('end_at', '-', builder.ref('start_at'))).as('durationMs'),
        builder.fn.sum<number | null>('sealed_bytes').as('bytes'),
        builder.fn.min<number | null>('start_at').as('oldestAt'),
        builder.fn.max<number | null>('start_at').as('newestAt'),
      ])
      .execute();
    return new Map(
      rows.map(({ camera, ...row }) => [
        camera as CameraId,
        { ...row, count: Number(row.count), durationMs: Number(row.durationMs ?? 0), bytes: Number(row.bytes ?? 0) },
      ]),
    );
  }

  async objects(period: Period, scope: CameraScope): Promise<ObjectCounts> {
    const { count } = await this.recordings(period, scope);
    const rows = await this.#tracks(period, scope)
      .groupBy('track.class')
      .select((builder) => ['track.class', builder.fn.countAll<number>().as('tracks')])
      .orderBy('tracks', 'desc')
      .orderBy('track.class')
      .execute();
    return { recordings: count, counts: Object.fromEntries(rows.map((row) => [row.class, Number(row.tracks)])) };
  }

  /**
   * When objects come, by hour and weekday of `timeZone` (IANA name). The database counts quarters of an hour of UTC,
   * which both kinds of database can; what hour that was there, Node knows.
   */
  async times(
    period: Period & { readonly objectType?: string; readonly timeZone: string },
    scope: CameraScope,
  ): Promise<TimesOfDay> {
    let query = this.#tracks(period, scope);
    if (period.objectType !== undefined) query = query.where('track.class', 'in', classesOf(period.objectType));
    const bucket = sql<number>`track.first_at / ${sql.lit(bucketMs)}`;
    const rows = await query
      .select((builder) => [bucket.as('bucket'), builder.fn.countAll<number>().as('tracks')])
      .groupBy(bucket)
      .execute();
    const local = new Intl.DateTimeFormat('en-GB', {
      timeZone: period.timeZone,
      weekday: 'short',
      hour: '2-digit',
      hourCycle: 'h23',
    });
    const hours = new Array<number>(24).fill(0);
    const weekdays = new Array<number>(7).fill(0);
    for (const row of rows) {
      const parts = local.formatToParts(Number(row.bucket) * bucketMs);
      const hour = Number(parts.find((part) => part.type === 'hour')!.value);
      const weekday = weekdayNames.indexOf(parts.find((part) => part.type === 'weekday')!.value);
      hours[hour]! += Number(row.tracks);
      weekdays[weekday]! += Number(row.tracks);
    }
    return { hours, weekdays };
  }

  #tracks(period: Period, scope: CameraScope) {
    const { camera, from, to } = period;
    let query = this.#db.selectFrom('track').where((builder) => inScope(builder, 'track', scope));
    if (camera !== undefined) query = query.where((builder) => inScope(builder, 'track', [camera]));
    if (from !== undefined) query = query.where('track.first_at', '>=', from);
    if (to !== undefined) query = query.where('track.first_at', '<=', to);
    return query;
  }
}

const weekdayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

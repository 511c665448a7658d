/** Counts and sums for the dashboard. What is counted of objects is object tracks, not frames. */
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { CameraId } from '../base/ids.ts';
import { classesOf } from './classes.ts';
import { classCounts, dayCounts, sumOf } from './day-counts.ts';
import type { CameraScope, Database } from './scope.ts';
import { cameraCondition } from './scope.ts';
import { anyLevel, hourMs, tallied } from './tallies.ts';

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
const quarterMs = 900_000;

export class StatisticsQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Of finished and torn recordings. */
  async recordings(period: Period, scope: CameraScope): Promise<RecordingTotals> {
    const days = await dayCounts(this.#db, 'recording', period, scope);
    const { n, durationMs, bytes } = sumOf(days);
    const bounds = n === 0 ? undefined : await this.#bounds(period, scope);
    const ends = [...(bounds?.values() ?? [])];
    return {
      count: n,
      durationMs,
      bytes,
      oldestAt: ends.length === 0 ? null : Math.min(...ends.map(({ oldestAt }) => oldestAt)),
      newestAt: ends.length === 0 ? null : Math.max(...ends.map(({ newestAt }) => newestAt)),
    };
  }

  /** The same for each camera that has any. */
  async recordingsByCamera(
    scope: CameraScope,
    period: Omit<Period, 'camera'> = {},
  ): Promise<Map<CameraId, RecordingTotals>> {
    const found = new Map<CameraId, RecordingTotals>();
    const bounded = await this.#bounds(period, scope);
    if (period.from === undefined && period.to === undefined) {
      const { rows } = await sql<Record<'slug' | 'n' | 'duration_ms' | 'bytes', string>>`
        select slug, sum(n) as n, sum(duration_ms) as duration_ms, sum(bytes) as bytes
        from tally join camera on camera.id = tally.camera_id
        where kind = ${sql.lit(tallied.recording)} and class = '' and level = ${sql.lit(anyLevel)} group by slug`.execute(
        this.#db,
      );
      for (const { slug, n, duration_ms, bytes } of rows) {
        const bounds = bounded.get(slug as CameraId);
        const sums = { count: Number(n), durationMs: Number(duration_ms), bytes: Number(bytes) };
        if (bounds !== undefined) found.set(slug as CameraId, { ...sums, ...bounds });
      }
      return found;
    }
    for (const [camera, bounds] of bounded) {
      const { n, durationMs, bytes } = sumOf(await dayCounts(this.#db, 'recording', { ...period, camera }, scope));
      found.set(camera, { count: n, durationMs, bytes, ...bounds });
    }
    return found;
  }

  async objects(period: Period, scope: CameraScope): Promise<ObjectCounts> {
    const recordings = sumOf(await dayCounts(this.#db, 'recording', period, scope)).n;
    const found = await classCounts(this.#db, period, scope);
    const counts = [...found].filter(([, n]) => n > 0);
    counts.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    return { recordings, counts: Object.fromEntries(counts) };
  }

  /**
   * When objects come, by hour and weekday of `timeZone` (IANA name). What is kept are quarters of an hour of UTC, for
   * every zone is off by some of these; what hour that was there, Node knows.
   */
  async times(
    period: Period & { readonly objectType?: string; readonly timeZone: string },
    scope: CameraScope,
  ): Promise<TimesOfDay> {
    const { from = 0, to = Number.MAX_SAFE_INTEGER, camera, objectType, timeZone } = period;
    const cameras = sql`${cameraCondition(sql.ref('camera_id'), scope)} and ${
      camera === undefined ? sql`1 = 1` : cameraCondition(sql.ref('camera_id'), [camera])
    }`;
    const classes = objectType === undefined ? sql`1 = 1` : sql`class in (${sql.join(classesOf(objectType))})`;
    const firstHour = Math.ceil(from / hourMs);
    const lastHour = Math.floor((to + 1) / hourMs) - 1;
    const quarters = new Map<number, number>();
    const add = (quarter: number, n: number | string): void => {
      if (Number(n) !== 0) quarters.set(quarter, (quarters.get(quarter) ?? 0) + Number(n));
    };
    const { rows } = await sql<Record<'hour' | 'q0' | 'q1' | 'q2' | 'q3', number | string>>`
      select hour, sum(q0) as q0, sum(q1) as q1, sum(q2) as q2, sum(q3) as q3 from track_hour
      where hour >= ${firstHour} and hour <= ${lastHour} and ${classes} and ${cameras} group by hour`.execute(this.#db);
    for (const row of rows)
      [row.q0, row.q1, row.q2, row.q3].forEach((n, index) => {
        add(Number(row.hour) * 4 + index, n);
      });
    // The parts of hours at both ends, and what goes on and isn't counted yet.
    const raw = async (condition: RawBuilder<unknown>): Promise<void> => {
      const counted = await sql<{ quarter: number | string; n: number | string }>`
        select first_at / ${sql.lit(quarterMs)} as quarter, count(*) as n from track
        where ${condition} and ${classes} and ${cameras} group by 1`.execute(this.#db);
      for (const { quarter, n } of counted.rows) add(Number(quarter), n);
    };
    const between = (start: number, end: number) => sql`first_at >= ${start} and first_at <= ${end}`;
    if (firstHour > lastHour) await raw(between(from, to));
    else {
      if (from < firstHour * hourMs) await raw(between(from, firstHour * hourMs - 1));
      if (period.to !== undefined && to >= (lastHour + 1) * hourMs) await raw(between((lastHour + 1) * hourMs, to));
      // Written so that those that go on are looked up, for they are few.
      await raw(sql`event_id in (select id from event where end_at is null)
        and first_at + 0 >= ${firstHour * hourMs} and first_at + 0 < ${(lastHour + 1) * hourMs}`);
    }
    return inZone(quarters, timeZone);
  }

  /** First and last start of each camera that has any. */
  async #bounds(
    period: Period,
    scope: CameraScope,
  ): Promise<Map<CameraId, { readonly oldestAt: number; readonly newestAt: number }>> {
    const { from, to, camera } = period;
    const time = sql`${from === undefined ? sql`` : sql`and start_at >= ${from}`} ${
      to === undefined ? sql`` : sql`and start_at <= ${to}`
    }`;
    const edge = (best: 'min' | 'max', state: string) =>
      sql`(select ${sql.raw(best)}(start_at) from recording
        where state = ${sql.lit(state)} and camera_id = camera.id ${time})`;
    const { rows } = await sql<Record<'slug' | 'f0' | 'f1' | 't0' | 't1', string | null>>`
      select slug, ${edge('min', 'finished')} as f0, ${edge('max', 'finished')} as f1,
        ${edge('min', 'torn')} as t0, ${edge('max', 'torn')} as t1
      from camera where ${cameraCondition(sql.ref('id'), scope)}
        and ${camera === undefined ? sql`1 = 1` : sql`slug = ${camera}`}`.execute(this.#db);
    const found = new Map<CameraId, { readonly oldestAt: number; readonly newestAt: number }>();
    for (const { slug, f0, f1, t0, t1 } of rows) {
      const starts = [f0, t0].filter((one) => one !== null).map(Number);
      const ends = [f1, t1].filter((one) => one !== null).map(Number);
      if (starts.length > 0)
        found.set(slug as CameraId, { oldestAt: Math.min(...starts), newestAt: Math.max(...ends) });
    }
    return found;
  }
}

function inZone(quarters: ReadonlyMap<number, number>, timeZone: string): TimesOfDay {
  const local = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', hourCycle: 'h23' });
  const hours = new Array<number>(24).fill(0);
  const weekdays = new Array<number>(7).fill(0);
  for (const [quarter, n] of quarters) {
    const parts = local.formatToParts(quarter * quarterMs);
    const hour = Number(parts.find((part) => part.type === 'hour')!.value);
    const weekday = weekdayNames.indexOf(parts.find((part) => part.type === 'weekday')!.value);
    hours[hour]! += n;
    weekdays[weekday]! += n;
  }
  return { hours, weekdays };
}

const weekdayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

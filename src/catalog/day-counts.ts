/**
 * How many recordings, events or object tracks there are on each day (UTC) under a filter of the contract: exact, and
 * without reading them. Whole days come from the tallies; what they can't say is counted in the rows: the parts of
 * days at both ends, confidences between two levels, and events that go on.
 */
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { CameraId } from '../base/ids.ts';
import { classesOf, tallyKey } from './classes.ts';
import type { CameraScope, Database } from './scope.ts';
import { cameraCondition } from './scope.ts';
import type { TallyKind } from './tallies.ts';
import { anyClass, anyLevel, dayMs, dayOf, levelOf, levels, tallied } from './tallies.ts';

export interface CountFilter {
  readonly camera?: CameraId;
  /** UTC ms, both included. */
  readonly from?: number;
  readonly to?: number;
  readonly objectType?: string;
  readonly minConfidence?: number;
}

export interface DayCount {
  readonly day: number;
  readonly n: number;
  /** Of recordings under no filter of what was seen; else 0. */
  readonly durationMs: number;
  readonly bytes: number;
}

/** Days that have any, in order. */
export async function dayCounts(
  db: Database,
  kind: TallyKind,
  filter: CountFilter,
  scope: CameraScope,
): Promise<DayCount[]> {
  const { from = Number.MIN_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER, minConfidence = 0 } = filter;
  if (from > to) return [];
  const cameras = camerasOf(filter, scope);
  const firstDay = dayOf(from - 1) + 1;
  const lastDay = dayOf(to + 1) - 1;
  const source = sourceOf(kind, filter);
  const found = new Map<number, { n: number; durationMs: number; bytes: number }>();
  const add = (rows: readonly RawCount[]): void => {
    for (const row of rows) {
      const day = Number(row.day);
      const entry = found.get(day) ?? { n: 0, durationMs: 0, bytes: 0 };
      entry.n += Number(row.n);
      entry.durationMs += Number(row.duration_ms ?? 0);
      entry.bytes += Number(row.bytes ?? 0);
      found.set(day, entry);
    }
  };
  const raw = async (...conditions: RawBuilder<unknown>[]): Promise<void> => {
    const { rows } = await sql<RawCount>`
      select ${source.at} / ${sql.lit(dayMs)} as day, count(*) as n, ${source.sums}
      from ${source.table} where ${sql.join([source.where, cameras(source.camera), ...conditions], sql` and `)}
      group by 1`.execute(db);
    add(rows);
  };
  const surely = sql`${source.confidence} >= ${minConfidence}`;
  const between = (start: number, end: number) => sql`${source.at} >= ${start} and ${source.at} <= ${end}`;
  if (firstDay > lastDay) {
    await raw(between(from, to), surely);
    return inOrder(found);
  }
  if (from < firstDay * dayMs && filter.from !== undefined) await raw(between(from, firstDay * dayMs - 1), surely);
  if (to >= (lastDay + 1) * dayMs && filter.to !== undefined) await raw(between((lastDay + 1) * dayMs, to), surely);
  const days = [
    ...(filter.from === undefined ? [] : [sql`${source.at} >= ${firstDay * dayMs}`]),
    ...(filter.to === undefined ? [] : [sql`${source.at} < ${(lastDay + 1) * dayMs}`]),
  ];
  const level = levelOf(minConfidence);
  const exact = minConfidence <= 0 || minConfidence === level / levels;
  const counted = minConfidence <= 0 ? sql`level = ${sql.lit(anyLevel)}` : sql`level >= ${exact ? level : level + 1}`;
  const keys =
    kind === 'track' ? source.classes : [filter.objectType === undefined ? anyClass : tallyKey(filter.objectType)];
  const { rows } = await sql<RawCount>`
    select day, sum(n) as n, sum(duration_ms) as duration_ms, sum(bytes) as bytes from tally
    where kind = ${sql.lit(tallied[kind])} and ${keys === undefined ? sql`1 = 1` : sql`class in (${sql.join(keys)})`}
      and ${counted} and ${cameras(sql.ref('camera_id'))}
      ${filter.from === undefined ? sql`` : sql`and day >= ${firstDay}`}
      ${filter.to === undefined ? sql`` : sql`and day <= ${lastDay}`}
    group by day`.execute(db);
  add(rows);
  if (!exact) await raw(...days, surely, sql`${source.confidence} < ${(level + 1) / levels}`);
  if (source.running !== undefined) {
    const least = exact ? minConfidence : Math.max(minConfidence, (level + 1) / levels);
    const at = sql`${source.at} + 0`;
    const { rows: running } = await sql<RawCount>`
      select ${source.at} / ${sql.lit(dayMs)} as day, count(*) as n, ${source.sums} from ${source.table}
      where ${source.running} and ${cameras(sql`${source.camera} + 0`)} and ${source.confidence} + 0 >= ${least}
        ${filter.from === undefined ? sql`` : sql`and ${at} >= ${firstDay * dayMs}`}
        ${filter.to === undefined ? sql`` : sql`and ${at} < ${(lastDay + 1) * dayMs}`}
      group by 1`.execute(db);
    add(running);
  }
  return inOrder(found);
}

/** Object tracks of each class, first seen in the period. */
export async function classCounts(
  db: Database,
  filter: Pick<CountFilter, 'camera' | 'from' | 'to'>,
  scope: CameraScope,
): Promise<Map<string, number>> {
  const { from = Number.MIN_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER } = filter;
  const found = new Map<string, number>();
  if (from > to) return found;
  const cameras = camerasOf(filter, scope)(sql.ref('camera_id'));
  const firstDay = dayOf(from - 1) + 1;
  const lastDay = dayOf(to + 1) - 1;
  const add = (rows: readonly { readonly class: string; readonly n: number | string }[]): void => {
    for (const row of rows) found.set(row.class, (found.get(row.class) ?? 0) + Number(row.n));
  };
  const raw = async (...conditions: RawBuilder<unknown>[]): Promise<void> => {
    const { rows } = await sql<{ class: string; n: number }>`select class, count(*) as n from track
      where ${sql.join([...conditions, cameras], sql` and `)} group by class`.execute(db);
    add(rows);
  };
  const between = (start: number, end: number) => sql`first_at >= ${start} and first_at <= ${end}`;
  if (firstDay > lastDay) {
    await raw(between(from, to));
    return found;
  }
  if (filter.from !== undefined && from < firstDay * dayMs) await raw(between(from, firstDay * dayMs - 1));
  if (filter.to !== undefined && to >= (lastDay + 1) * dayMs) await raw(between((lastDay + 1) * dayMs, to));
  const days = [
    ...(filter.from === undefined ? [] : [sql`day >= ${firstDay}`]),
    ...(filter.to === undefined ? [] : [sql`day <= ${lastDay}`]),
  ];
  const counted = [sql`kind = ${sql.lit(tallied.track)} and level = ${sql.lit(anyLevel)}`, cameras, ...days];
  const { rows } = await sql<{ class: string; n: number }>`select class, sum(n) as n from tally
    where ${sql.join(counted, sql` and `)} group by class`.execute(db);
  add(rows);
  await raw(
    ...(filter.from === undefined ? [] : [sql`first_at + 0 >= ${firstDay * dayMs}`]),
    ...(filter.to === undefined ? [] : [sql`first_at + 0 < ${(lastDay + 1) * dayMs}`]),
    ofRunning,
  );
  return found;
}

export function sumOf(days: readonly DayCount[]): Omit<DayCount, 'day'> {
  const sum = { n: 0, durationMs: 0, bytes: 0 };
  for (const day of days) {
    sum.n += day.n;
    sum.durationMs += day.durationMs;
    sum.bytes += day.bytes;
  }
  return sum;
}

interface RawCount {
  readonly day: number | string;
  readonly n: number | string;
  readonly duration_ms: number | string | null;
  readonly bytes: number | string | null;
}

function inOrder(found: ReadonlyMap<number, Omit<DayCount, 'day'>>): DayCount[] {
  return [...found]
    .filter(([, { n }]) => n > 0)
    .map(([day, entry]) => ({ day, ...entry }))
    .sort((a, b) => a.day - b.day);
}

function camerasOf(filter: CountFilter, scope: CameraScope): (column: RawBuilder<unknown>) => RawBuilder<unknown> {
  const { camera } = filter;
  if (camera === undefined) return (column) => cameraCondition(column, scope);
  return (column) => sql`${cameraCondition(column, scope)} and ${cameraCondition(column, [camera])}`;
}

/** Few: everything else about them is written so that no other index is taken. */
const ofRunning = sql`event_id in (select id from event where end_at is null)`;

/** Where the rows of a kind lie that a tally counts. */
function sourceOf(kind: TallyKind, { objectType }: CountFilter) {
  const none = sql`0 as duration_ms, 0 as bytes`;
  const always = sql`1 = 1`;
  if (kind === 'track') {
    const classes = objectType === undefined ? undefined : classesOf(objectType);
    return {
      table: sql.table('track'),
      at: sql.ref('first_at'),
      camera: sql.ref('camera_id'),
      confidence: sql.lit(1),
      where: classes === undefined ? always : sql`class in (${sql.join(classes)})`,
      sums: none,
      running: sql`${ofRunning} and ${classes === undefined ? always : sql`coalesce(class, '') in (${sql.join(classes)})`}`,
      classes,
    };
  }
  const plain = objectType === undefined;
  const rows = {
    table: sql.table(plain ? kind : `${kind}_class`),
    at: sql.ref('start_at'),
    camera: sql.ref('camera_id'),
    confidence: sql.ref('confidence'),
    classes: undefined,
  };
  if (!plain) {
    const where = sql`class = ${tallyKey(objectType)}`;
    const running = kind === 'event' ? sql`${ofRunning} and coalesce(class, '') = ${tallyKey(objectType)}` : undefined;
    return { ...rows, where, sums: none, running };
  }
  if (kind === 'event') return { ...rows, where: always, sums: none, running: sql`end_at is null` };
  return {
    ...rows,
    // Nearly all are: written so that no index of states is taken for it.
    where: sql`coalesce(state, '') in ('finished', 'torn')`,
    sums: sql`sum(duration_ms) as duration_ms, sum(sealed_bytes) as bytes`,
    running: undefined,
  };
}

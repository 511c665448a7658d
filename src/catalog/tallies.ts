/**
 * Counts that are kept as rows come and go, in the same transaction: how many finished recordings, ended events and
 * object tracks there are by day (UTC), class, camera and confidence. What they can't say (part of a day, a confidence
 * between two levels, events that go on) is counted in the rows themselves, so that every answer is exact.
 */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { classesOf, groupKey, groupNames, groupsOf } from './classes.ts';
import type { Schema } from './schema.ts';
import type { Database } from './scope.ts';

export const tallied = { recording: 0, event: 1, track: 2 } as const;
export type TallyKind = keyof typeof tallied;

export const dayMs = 86_400_000;
export const hourMs = 3_600_000;
const quarterMs = 900_000;
/** Confidences are counted in steps of a twentieth. */
export const levels = 20;
/** The row in which all levels are counted together. */
export const anyLevel = -1;
/** The class under which everything is counted once. */
export const anyClass = '';

export function dayOf(at: number): number {
  return Math.floor(at / dayMs);
}

/** The largest `k` for which `confidence >= k / 20` holds as the numbers are stored. */
export function levelOf(confidence: number): number {
  let level = Math.min(levels, Math.max(0, Math.floor(confidence * levels) + 1));
  while (level > 0 && confidence < level / levels) level--;
  return level;
}

interface Change {
  readonly kind: TallyKind;
  readonly class: string;
  readonly confidence: number;
  readonly at: number;
  readonly cameraId: number;
  readonly durationMs?: number;
  readonly bytes?: number;
}

/** Adds (`sign` 1) or takes away (-1). */
async function count(db: Database, sign: 1 | -1, changes: readonly Change[]): Promise<void> {
  const rows = new Map<string, Schema['tally'] extends infer T ? { [K in keyof T]: T[K] } : never>();
  for (const { kind, class: word, confidence, at, cameraId, durationMs = 0, bytes = 0 } of changes) {
    for (const level of kind === 'track' ? [anyLevel] : [anyLevel, levelOf(confidence)]) {
      const key = `${kind} ${word} ${level} ${dayOf(at)}`;
      const row = rows.get(key);
      rows.set(key, {
        kind: tallied[kind],
        class: word,
        level,
        day: dayOf(at),
        camera_id: cameraId,
        n: (row?.n ?? 0) + sign,
        duration_ms: (row?.duration_ms ?? 0) + sign * durationMs,
        bytes: (row?.bytes ?? 0) + sign * bytes,
      });
    }
  }
  if (rows.size === 0) return;
  await db
    .insertInto('tally')
    .values([...rows.values()])
    .onConflict((conflict) =>
      conflict.columns(['kind', 'class', 'level', 'day', 'camera_id']).doUpdateSet((builder) => ({
        n: sql<number>`tally.n + ${builder.ref('excluded.n')}`,
        duration_ms: sql<number>`tally.duration_ms + ${builder.ref('excluded.duration_ms')}`,
        bytes: sql<number>`tally.bytes + ${builder.ref('excluded.bytes')}`,
      })),
    )
    .execute();
}

/** What a class of objects is counted under: itself, and the groups that it is of. */
export function keysOf(word: string): readonly string[] {
  return [word, ...groupsOf(word).map(groupKey)];
}

/** The best confidence under each key. */
function best(tracks: Iterable<{ readonly class: string; readonly confidence: number }>): Map<string, number> {
  const found = new Map<string, number>();
  for (const { class: word, confidence } of tracks)
    for (const key of keysOf(word)) found.set(key, Math.max(found.get(key) ?? 0, confidence));
  return found;
}

/** A recording became whole: finds what was seen in it and counts it. To be called once, until `untallyRecording`. */
export async function tallyRecording(db: Database, id: number): Promise<void> {
  const row = await countedRecording(db, id);
  if (row === undefined) return;
  const seen = await db
    .selectFrom('event_recording')
    .innerJoin('track', 'track.event_id', 'event_recording.event_id')
    .select(['track.class', 'track.confidence'])
    .where('event_recording.recording_id', '=', id)
    .where('track.last_at', '>=', row.start_at)
    .where('track.first_at', '<=', row.end_at ?? row.start_at)
    .execute();
  const classes = [...best(seen)];
  if (classes.length > 0) {
    await db
      .insertInto('recording_class')
      .values(
        classes.map(([word, confidence]) => ({
          ...{ recording_id: id, class: word, confidence },
          ...{ camera_id: row.camera_id, start_at: row.start_at },
        })),
      )
      .execute();
  }
  await count(db, 1, recordingChanges(row, classes));
}

/** It goes, or what was seen in it changes. */
export async function untallyRecording(db: Database, id: number): Promise<void> {
  const row = await countedRecording(db, id);
  if (row === undefined) return;
  const classes = await db
    .deleteFrom('recording_class')
    .where('recording_id', '=', id)
    .returning(['class', 'confidence'])
    .execute();
  const seen = classes.map(({ class: word, confidence }) => [word, confidence] as const);
  await count(db, -1, recordingChanges(row, seen));
}

async function countedRecording(db: Database, id: number) {
  return await db
    .selectFrom('recording')
    .select(['camera_id', 'start_at', 'end_at', 'duration_ms', 'sealed_bytes', 'confidence'])
    .where('id', '=', id)
    .where('state', 'in', ['finished', 'torn'])
    .executeTakeFirst();
}

function recordingChanges(
  row: NonNullable<Awaited<ReturnType<typeof countedRecording>>>,
  classes: readonly (readonly [string, number])[],
): Change[] {
  const whole = { durationMs: Number(row.duration_ms ?? 0), bytes: Number(row.sealed_bytes) };
  return [[anyClass, row.confidence] as const, ...classes].map(([word, confidence]) => ({
    ...{ kind: 'recording', class: word, confidence, at: Number(row.start_at), cameraId: row.camera_id },
    ...whole,
  }));
}

/** What was seen in an event so far, for lists of a class; counted once it is over. */
export async function describeEvent(db: Database, id: number): Promise<void> {
  await db.deleteFrom('event_class').where('event_id', '=', id).execute();
  const row = await db.selectFrom('event').select(['camera_id', 'start_at']).where('id', '=', id).executeTakeFirst();
  const tracks = await db.selectFrom('track').select(['class', 'confidence']).where('event_id', '=', id).execute();
  if (row === undefined || tracks.length === 0) return;
  await db
    .insertInto('event_class')
    .values(
      [...best(tracks)].map(([word, confidence]) => ({
        ...{ event_id: id, class: word, confidence },
        ...{ camera_id: row.camera_id, start_at: row.start_at },
      })),
    )
    .execute();
}

/** Counts an event that ended, with its tracks (1), or takes that back (-1). One that goes on isn't counted. */
export async function tallyEvent(db: Database, id: number, sign: 1 | -1): Promise<void> {
  const row = await db
    .selectFrom('event')
    .select(['camera_id', 'start_at', 'confidence'])
    .where('id', '=', id)
    .where('end_at', 'is not', null)
    .executeTakeFirst();
  if (row === undefined) return;
  const classes = await db
    .selectFrom('event_class')
    .select(['class', 'confidence'])
    .where('event_id', '=', id)
    .execute();
  const tracks = await db.selectFrom('track').select(['class', 'first_at']).where('event_id', '=', id).execute();
  const at = Number(row.start_at);
  const of = { cameraId: row.camera_id };
  await count(db, sign, [
    { kind: 'event', class: anyClass, confidence: row.confidence, at, ...of },
    ...classes.map((one): Change => ({ kind: 'event', class: one.class, confidence: one.confidence, at, ...of })),
    ...tracks.map(
      (one): Change => ({ kind: 'track', class: one.class, confidence: 0, at: Number(one.first_at), ...of }),
    ),
  ]);
  await countHours(
    db,
    sign,
    row.camera_id,
    tracks.map((one) => ({ class: one.class, at: Number(one.first_at) })),
  );
}

async function countHours(
  db: Database,
  sign: 1 | -1,
  cameraId: number,
  tracks: readonly { readonly class: string; readonly at: number }[],
): Promise<void> {
  const rows = new Map<string, { hour: number; class: string; quarters: [number, number, number, number] }>();
  for (const { class: word, at } of tracks) {
    const hour = Math.floor(at / hourMs);
    const row = rows.get(`${hour} ${word}`) ?? { hour, class: word, quarters: [0, 0, 0, 0] };
    row.quarters[Math.floor((at - hour * hourMs) / quarterMs)]! += sign;
    rows.set(`${hour} ${word}`, row);
  }
  if (rows.size === 0) return;
  await db
    .insertInto('track_hour')
    .values(
      [...rows.values()].map(({ hour, class: word, quarters: [q0, q1, q2, q3] }) => ({
        ...{ hour, class: word, camera_id: cameraId },
        ...{ q0, q1, q2, q3 },
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['hour', 'class', 'camera_id']).doUpdateSet((builder) => ({
        q0: sql<number>`track_hour.q0 + ${builder.ref('excluded.q0')}`,
        q1: sql<number>`track_hour.q1 + ${builder.ref('excluded.q1')}`,
        q2: sql<number>`track_hour.q2 + ${builder.ref('excluded.q2')}`,
        q3: sql<number>`track_hour.q3 + ${builder.ref('excluded.q3')}`,
      })),
    )
    .execute();
}

/** All of it anew from the rows: for a catalog of before, and for one that was filled from elsewhere. */
export async function rebuildTallies(db: Kysely<Schema>): Promise<void> {
  for (const table of ['tally', 'track_hour', 'recording_class', 'event_class'] as const)
    await db.deleteFrom(table).execute();
  await sql`insert into recording_class (recording_id, class, camera_id, start_at, confidence)
    select r.id, t.class, r.camera_id, r.start_at, max(t.confidence)
    from event_recording er join recording r on r.id = er.recording_id join track t on t.event_id = er.event_id
    where r.state in ('finished', 'torn') and t.last_at >= r.start_at and t.first_at <= r.end_at
    group by r.id, t.class, r.camera_id, r.start_at`.execute(db);
  await sql`insert into event_class (event_id, class, camera_id, start_at, confidence)
    select e.id, t.class, e.camera_id, e.start_at, max(t.confidence) from event e join track t on t.event_id = e.id
    group by e.id, t.class, e.camera_id, e.start_at`.execute(db);
  for (const [table, key] of [
    ['recording_class', 'recording_id'],
    ['event_class', 'event_id'],
  ] as const)
    for (const name of groupNames)
      await sql`insert into ${sql.table(table)} (${sql.ref(key)}, class, camera_id, start_at, confidence)
        select ${sql.ref(key)}, ${sql.lit(groupKey(name))}, camera_id, start_at, max(confidence)
        from ${sql.table(table)} where class in (${sql.join(classesOf(name))})
        group by ${sql.ref(key)}, camera_id, start_at`.execute(db);
  for (const level of [sql`-1`, levelExpression('r.confidence')])
    await sql`insert into tally (kind, class, level, day, camera_id, n, duration_ms, bytes)
      select 0, '', ${level}, r.start_at / ${sql.lit(dayMs)}, r.camera_id, count(*), sum(r.duration_ms), sum(r.sealed_bytes)
      from recording r where r.state in ('finished', 'torn') group by 3, 4, 5`.execute(db);
  for (const level of [sql`-1`, levelExpression('c.confidence')]) {
    await sql`insert into tally (kind, class, level, day, camera_id, n, duration_ms, bytes)
      select 0, c.class, ${level}, c.start_at / ${sql.lit(dayMs)}, c.camera_id,
        count(*), sum(r.duration_ms), sum(r.sealed_bytes)
      from recording_class c join recording r on r.id = c.recording_id group by 2, 3, 4, 5`.execute(db);
    await sql`insert into tally (kind, class, level, day, camera_id, n, duration_ms, bytes)
      select 1, c.class, ${level}, c.start_at / ${sql.lit(dayMs)}, c.camera_id, count(*), 0, 0
      from event_class c join event e on e.id = c.event_id where e.end_at is not null group by 2, 3, 4, 5`.execute(db);
  }
  for (const level of [sql`-1`, levelExpression('confidence')])
    await sql`insert into tally (kind, class, level, day, camera_id, n, duration_ms, bytes)
      select 1, '', ${level}, start_at / ${sql.lit(dayMs)}, camera_id, count(*), 0, 0
      from event where end_at is not null group by 3, 4, 5`.execute(db);
  await sql`insert into tally (kind, class, level, day, camera_id, n, duration_ms, bytes)
    select 2, t.class, -1, t.first_at / ${sql.lit(dayMs)}, t.camera_id, count(*), 0, 0
    from track t join event e on e.id = t.event_id where e.end_at is not null group by 2, 4, 5`.execute(db);
  const quarter = (k: number) =>
    sql`sum(case when t.first_at % ${sql.lit(hourMs)} / ${sql.lit(quarterMs)} = ${sql.lit(k)} then 1 else 0 end)`;
  await sql`insert into track_hour (hour, class, camera_id, q0, q1, q2, q3)
    select t.first_at / ${sql.lit(hourMs)}, t.class, t.camera_id,
      ${quarter(0)}, ${quarter(1)}, ${quarter(2)}, ${quarter(3)}
    from track t join event e on e.id = t.event_id where e.end_at is not null group by 1, 2, 3`.execute(db);
}

/** `levelOf` in SQL, by the very same numbers. */
function levelExpression(column: string) {
  const steps = Array.from({ length: levels }, (_, index) => levels - index);
  return sql`case ${sql.join(
    steps.map((step) => sql`when ${sql.ref(column)} >= ${sql.lit(step / levels)} then ${sql.lit(step)}`),
    sql` `,
  )} else 0 end`;
}

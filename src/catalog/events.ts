/** Events (one visit each) and the object tracks in them. A visit may be in no recording, in one, or in several. */
import { sql } from 'kysely';
import type { CameraId, EventId, RecordingId } from '../base/ids.ts';
import { tallyKey } from './classes.ts';
import { dayCounts, sumOf } from './day-counts.ts';
import type { Cursor, Run } from './pages.ts';
import { runsOf, spanOf } from './pages.ts';
import { unknownCamera } from './problems.ts';
import type { SeenObject } from './recording-lists.ts';
import type { CameraScope, Database } from './scope.ts';
import { cameraCondition, inScope, inTransaction } from './scope.ts';
import { dayOf, describeEvent, tallyEvent, tallyRecording, untallyRecording } from './tallies.ts';

export interface EventFilter {
  /** 1..1000 */
  readonly limit: number;
  readonly offset: number;
  readonly camera?: CameraId;
  /** Events that begin at or after, UTC ms. */
  readonly from?: number;
  /** Events that begin at or before, UTC ms. */
  readonly to?: number;
  /** A class or a group of classes. */
  readonly objectType?: string;
  readonly minConfidence?: number;
  /** Begins behind this place instead of at `offset`. */
  readonly after?: Cursor;
}

export interface EventRow {
  readonly id: EventId;
  readonly camera: CameraId;
  readonly cameraName: string;
  readonly startAt: number;
  /** Null while it goes on. */
  readonly endAt: number | null;
  /** The highest of its objects, 0..1. */
  readonly confidence: number;
  /** Class to number of object tracks. */
  readonly counts: Readonly<Record<string, number>>;
  /** The files it is in, oldest first; deleted ones are left out. */
  readonly recordings: readonly {
    readonly id: RecordingId;
    readonly state: string;
    readonly file: string;
    readonly thumbnail: string | null;
    readonly startAt: number;
    readonly endAt: number | null;
  }[];
}

export interface ObjectTrack extends SeenObject {
  /** Of the object track within its event. */
  readonly number: number;
  /** Names of the zones in which it was. */
  readonly zones?: readonly string[];
}

/** Stretches of days that are asked for one by one. */
const mostRuns = 8;

const columns = [
  'event.id',
  'event.camera_slug as camera',
  'event.camera_name as cameraName',
  'event.start_at as startAt',
  'event.end_at as endAt',
  'event.confidence',
  'event.counts',
] as const;

interface RawEvent {
  readonly id: number;
  readonly camera: string;
  readonly cameraName: string;
  readonly startAt: number;
  readonly endAt: number | null;
  readonly confidence: number;
  readonly counts: string;
}

export class EventQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @throws Problem catalog/unknown-camera */
  async create(event: { readonly camera: CameraId; readonly startAt: number }): Promise<EventId> {
    return inTransaction(this.#db, async (db) => {
      const camera = await db
        .selectFrom('camera')
        .select(['id', 'slug', 'name'])
        .where('slug', '=', event.camera)
        .executeTakeFirst();
      if (camera === undefined) throw unknownCamera(event.camera);
      const row = await db
        .insertInto('event')
        .values({
          camera_id: camera.id,
          camera_slug: camera.slug,
          camera_name: camera.name,
          start_at: event.startAt,
          end_at: null,
          confidence: 0,
          counts: '{}',
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      return row.id as EventId;
    });
  }

  /**
   * Writes what is known of the event by now: its tracks (all so far; those already there by number are replaced),
   * the counts and the highest confidence that follow from them, and `endAt` once it is over.
   */
  async update(
    id: EventId,
    event: { readonly startAt?: number; readonly endAt?: number; readonly objects: readonly ObjectTrack[] },
  ): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      const row = await db.selectFrom('event').select('camera_id').where('id', '=', id).executeTakeFirst();
      if (row === undefined) return;
      await tallyEvent(db, id, -1);
      for (const object of event.objects) await putTrack(db, id, row.camera_id, object);
      const tracks = await db
        .selectFrom('track')
        .select(['class', 'confidence'])
        .where('event_id', '=', id)
        .orderBy('class')
        .execute();
      const counts: Record<string, number> = {};
      for (const track of tracks) counts[track.class] = (counts[track.class] ?? 0) + 1;
      await db
        .updateTable('event')
        .set({
          counts: JSON.stringify(counts),
          confidence: Math.max(0, ...tracks.map((track) => track.confidence)),
          ...(event.startAt === undefined ? {} : { start_at: event.startAt }),
          ...(event.endAt === undefined ? {} : { end_at: event.endAt }),
        })
        .where('id', '=', id)
        .execute();
      await describeEvent(db, id);
      if (event.endAt !== undefined) await this.#recount(db, id);
      await tallyEvent(db, id, 1);
    });
  }

  /** What is seen in the recordings of an event that is over, for now it is known. */
  async #recount(db: Database, id: EventId): Promise<void> {
    const linked = await db
      .selectFrom('event_recording')
      .innerJoin('recording', 'recording.id', 'event_recording.recording_id')
      .select('recording.id')
      .where('event_id', '=', id)
      .where('recording.state', 'in', ['finished', 'torn'])
      .execute();
    for (const recording of linked) {
      await untallyRecording(db, recording.id);
      await tallyRecording(db, recording.id);
    }
  }

  /** Newest first. */
  async list(
    filter: EventFilter,
    scope: CameraScope,
  ): Promise<{ readonly total: number; readonly events: EventRow[]; readonly next: Cursor | null }> {
    const { limit, after } = filter;
    const days = await dayCounts(this.#db, 'event', filter, scope);
    const cursorDay = after === undefined ? Number.POSITIVE_INFINITY : dayOf(after.value);
    const left = days.filter(({ day }) => day <= cursorDay);
    // Of the cursor's own day some are of earlier pages.
    const spare = after === undefined ? 0 : (left.find(({ day }) => day === cursorDay)?.n ?? 0);
    const offset = after === undefined ? filter.offset : 0;
    const ids: number[] = [];
    const runs = runsOf(left, { order: 'desc', offset, limit: limit + spare });
    // Few, on many days: all of these at once.
    const asked = runs.length > mostRuns ? [{ ...spanOf(runs), skip: runs[0]!.skip }] : runs;
    for (const run of asked) {
      if (ids.length >= limit) break;
      ids.push(...(await this.#inRun(filter, scope, run, limit - ids.length)));
    }
    const rows = await this.#db
      .selectFrom('event')
      .select(columns)
      .where('event.id', 'in', ids.length === 0 ? [-1] : ids)
      .orderBy('event.start_at', 'desc')
      .orderBy('event.id', 'desc')
      .execute();
    const last = rows.at(-1);
    return {
      total: sumOf(days).n,
      events: await this.#withRecordings(rows),
      next: last === undefined || rows.length < limit ? null : { value: Number(last.startAt), id: last.id },
    };
  }

  async #inRun(filter: EventFilter, scope: CameraScope, run: Run, limit: number): Promise<number[]> {
    const { objectType, minConfidence = 0, camera, after } = filter;
    const from = Math.max(run.from, filter.from ?? run.from);
    const to = Math.min(run.to, filter.to ?? run.to, after?.value ?? run.to);
    const plain = objectType === undefined;
    const id = sql.ref(plain ? 'id' : 'event_id');
    const conditions = [
      sql`start_at >= ${from} and start_at <= ${to}`,
      cameraCondition(sql.ref('camera_id'), scope),
      ...(plain ? [] : [sql`class = ${tallyKey(objectType)}`]),
      ...(camera === undefined ? [] : [cameraCondition(sql.ref('camera_id'), [camera])]),
      ...(minConfidence > 0 ? [sql`confidence >= ${minConfidence}`] : []),
      ...(after === undefined ? [] : [sql`(start_at < ${after.value} or ${id} < ${after.id})`]),
    ];
    const { rows } = await sql<{ id: number }>`select ${id} as id from ${sql.table(plain ? 'event' : 'event_class')}
      where ${sql.join(conditions, sql` and `)}
      order by start_at desc, ${id} desc limit ${limit} offset ${run.skip}`.execute(this.#db);
    return rows.map((row) => row.id);
  }

  async byId(id: EventId, scope: CameraScope): Promise<EventRow | undefined> {
    const row = await this.#db
      .selectFrom('event')
      .select(columns)
      .where('event.id', '=', id)
      .where((builder) => inScope(builder, 'event', scope))
      .executeTakeFirst();
    return row === undefined ? undefined : (await this.#withRecordings([row]))[0];
  }

  /** Events without an end, oldest first: after a crash, those to be closed. */
  async open(): Promise<EventRow[]> {
    const rows = await this.#db
      .selectFrom('event')
      .select(columns)
      .where('event.end_at', 'is', null)
      .orderBy('event.start_at')
      .execute();
    return this.#withRecordings(rows);
  }

  /** Ends what a crash left open: at the last sight of its objects, else where it began. Returns how many. */
  async closeOpen(): Promise<number> {
    return inTransaction(this.#db, async (db) => {
      const rows = await db
        .updateTable('event')
        .set((builder) => ({
          end_at: builder.fn.coalesce(
            builder
              .selectFrom('track')
              .select((inner) => inner.fn.max('track.last_at').as('last'))
              .whereRef('track.event_id', '=', 'event.id'),
            'event.start_at',
          ),
        }))
        .where('end_at', 'is', null)
        .returning('id')
        .execute();
      for (const { id } of rows) {
        await describeEvent(db, id);
        await this.#recount(db, id as EventId);
        await tallyEvent(db, id, 1);
      }
      return rows.length;
    });
  }

  /**
   * Removes events that ended before `before` and of which no recording is left, the oldest first, with their tracks and
   * from all counts. Returns how many.
   */
  async removeBare(before: number, limit: number): Promise<number> {
    return inTransaction(this.#db, async (db) => {
      const rows = await db
        .selectFrom('event')
        .select('event.id')
        .where('event.start_at', '<', before)
        .where('event.end_at', '<', before)
        .where((builder) =>
          builder.not(
            builder.exists(
              builder
                .selectFrom('event_recording')
                .innerJoin('recording', 'recording.id', 'event_recording.recording_id')
                .select('recording.id')
                .whereRef('event_recording.event_id', '=', 'event.id')
                .where('recording.state', '!=', 'deleted'),
            ),
          ),
        )
        .orderBy('event.start_at')
        .limit(limit)
        .execute();
      for (const { id } of rows) {
        await tallyEvent(db, id, -1);
        for (const table of ['event_class', 'event_zone', 'track', 'event_recording'] as const)
          await db.deleteFrom(table).where('event_id', '=', id).execute();
        await db.deleteFrom('event').where('id', '=', id).execute();
      }
      return rows.length;
    });
  }

  async #withRecordings(rows: readonly RawEvent[]): Promise<EventRow[]> {
    if (rows.length === 0) return [];
    const files = await this.#db
      .selectFrom('event_recording')
      .innerJoin('recording', 'recording.id', 'event_recording.recording_id')
      .select([
        'event_recording.event_id as event',
        'recording.id',
        'recording.state',
        'recording.file',
        'recording.thumbnail',
        'recording.start_at as startAt',
        'recording.end_at as endAt',
      ])
      .where(
        'event_recording.event_id',
        'in',
        rows.map((row) => row.id),
      )
      .where('recording.state', '!=', 'deleted')
      .orderBy('recording.start_at')
      .execute();
    const byEvent = Map.groupBy(files, (file) => file.event);
    return rows.map((row) => ({
      ...row,
      id: row.id as EventId,
      camera: row.camera as CameraId,
      counts: JSON.parse(row.counts) as Record<string, number>,
      recordings: (byEvent.get(row.id) ?? []).map(({ event: _, ...file }) => ({
        ...file,
        id: file.id as RecordingId,
        file: file.file ?? '',
      })),
    }));
  }
}

async function putTrack(db: Database, event: EventId, cameraId: number, object: ObjectTrack): Promise<void> {
  const values = {
    class: object.class,
    confidence: object.confidence,
    first_at: object.firstAt,
    last_at: object.lastAt,
    box_x: object.box[0],
    box_y: object.box[1],
    box_width: object.box[2],
    box_height: object.box[3],
    width: object.width,
    height: object.height,
  };
  await db
    .insertInto('track')
    .values({ event_id: event, number: object.number, camera_id: cameraId, ...values })
    .onConflict((conflict) => conflict.columns(['event_id', 'number']).doUpdateSet(values))
    .execute();
  const zones = (object.zones ?? []).map((zone) => ({ event_id: event, zone }));
  if (zones.length > 0)
    await db
      .insertInto('event_zone')
      .values(zones)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

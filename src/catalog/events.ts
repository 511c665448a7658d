/** Events (one visit each) and the object tracks in them. A visit may be in no recording, in one, or in several. */
import type { CameraId, EventId, RecordingId } from '../base/ids.ts';
import { classesOf } from './classes.ts';
import { unknownCamera } from './problems.ts';
import type { SeenObject } from './recording-lists.ts';
import type { CameraScope, Database } from './scope.ts';
import { inScope, inTransaction } from './scope.ts';

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
}

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
    });
  }

  /** Newest first. */
  async list(
    filter: EventFilter,
    scope: CameraScope,
  ): Promise<{ readonly total: number; readonly events: EventRow[] }> {
    let filtered = this.#db.selectFrom('event').where((builder) => inScope(builder, 'event', scope));
    const { camera, from, to, objectType, minConfidence } = filter;
    if (camera !== undefined) filtered = filtered.where((builder) => inScope(builder, 'event', [camera]));
    if (from !== undefined) filtered = filtered.where('event.start_at', '>=', from);
    if (to !== undefined) filtered = filtered.where('event.start_at', '<=', to);
    if (objectType !== undefined)
      filtered = filtered.where((builder) => {
        let seen = builder
          .selectFrom('track')
          .select('track.number')
          .whereRef('track.event_id', '=', 'event.id')
          .where('track.class', 'in', classesOf(objectType));
        if (minConfidence !== undefined) seen = seen.where('track.confidence', '>=', minConfidence);
        return builder.exists(seen);
      });
    else if (minConfidence !== undefined) filtered = filtered.where('event.confidence', '>=', minConfidence);
    const rows = await filtered
      .select(columns)
      .orderBy('event.start_at', 'desc')
      .orderBy('event.id', 'desc')
      .limit(filter.limit)
      .offset(filter.offset)
      .execute();
    const { total } = await filtered
      .select((builder) => builder.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    return { total: Number(total), events: await this.#withRecordings(rows) };
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
    const result = await this.#db
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
      .executeTakeFirst();
    return Number(result.numUpdatedRows);
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
}

/** Lists of recordings under the contract's filters, with the objects seen in each. */
import type { ExpressionBuilder } from 'kysely';
import type { CameraId, RecordingId } from '../base/ids.ts';
import { AnnotationQueries } from './annotations.ts';
import { classesOf } from './classes.ts';
import type { Recording, RecordingState } from './recording-rows.ts';
import { recordingColumns, toRecording } from './recording-rows.ts';
import type { Schema } from './schema.ts';
import type { CameraScope, Database } from './scope.ts';
import { inScope } from './scope.ts';

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

const finishedStates: readonly RecordingState[] = ['finished', 'torn'];

export class RecordingLists {
  readonly #db: Database;
  readonly #annotations: AnnotationQueries;

  constructor(db: Database) {
    this.#db = db;
    this.#annotations = new AnnotationQueries(db);
  }

  async list(
    filter: RecordingFilter,
    scope: CameraScope,
  ): Promise<{ readonly total: number; readonly recordings: ListedRecording[] }> {
    const filtered = this.#db.selectFrom('recording').where((builder) => matches(builder, filter, scope));
    const order = filter.sortOrder ?? 'desc';
    let page = filtered.select(recordingColumns);
    if (filter.sortBy === 'confidence') page = page.orderBy('recording.confidence', order);
    else if (filter.sortBy === 'duration')
      page = page.orderBy((builder) => builder('recording.end_at', '-', builder.ref('recording.start_at')), order);
    else page = page.orderBy('recording.start_at', order);
    const rows = await page.orderBy('recording.id', order).limit(filter.limit).offset(filter.offset).execute();
    const { total } = await filtered
      .select((builder) => builder.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    return { total: Number(total), recordings: await this.withObjects(rows.map(toRecording)) };
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

/** The filter without its page and order. */
export function matches(
  builder: ExpressionBuilder<Schema, 'recording'>,
  filter: Omit<RecordingFilter, 'limit' | 'offset' | 'sortBy' | 'sortOrder'>,
  scope: CameraScope,
) {
  const conditions = [
    builder('recording.state', 'in', [...(filter.states ?? finishedStates)]),
    inScope(builder, 'recording', scope),
  ];
  if (filter.camera !== undefined) conditions.push(inScope(builder, 'recording', [filter.camera]));
  if (filter.from !== undefined) conditions.push(builder('recording.start_at', '>=', filter.from));
  if (filter.to !== undefined) conditions.push(builder('recording.start_at', '<=', filter.to));
  if (filter.objectType !== undefined) {
    let seen = builder
      .selectFrom('event_recording')
      .innerJoin('track', 'track.event_id', 'event_recording.event_id')
      .select('track.number')
      .whereRef('event_recording.recording_id', '=', 'recording.id')
      .whereRef('track.last_at', '>=', 'recording.start_at')
      .where((inner) =>
        inner.or([inner('recording.end_at', 'is', null), inner('track.first_at', '<=', inner.ref('recording.end_at'))]),
      )
      .where('track.class', 'in', classesOf(filter.objectType));
    if (filter.minConfidence !== undefined) seen = seen.where('track.confidence', '>=', filter.minConfidence);
    conditions.push(builder.exists(seen));
  } else if (filter.minConfidence !== undefined) {
    conditions.push(builder('recording.confidence', '>=', filter.minConfidence));
  }
  return builder.and(conditions);
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

/**
 * Recordings: one row a file. The row comes first, for its id is part of the file's name; from then on it is *open*
 * until the file is finished, found torn after a crash, or deleted. The row of a deleted recording stays, without being
 * listed, so that its id and name are never used again.
 */
import type { ExpressionBuilder } from 'kysely';
import type { CameraId, EventId, RecordingId } from '../base/ids.ts';
import { markFactsDue } from './facts-due.ts';
import { unknownCamera } from './problems.ts';
import type { Recording } from './recording-rows.ts';
import { recordingColumns, toRecording } from './recording-rows.ts';
import type { Schema } from './schema.ts';
import type { CameraScope, Database } from './scope.ts';
import { inScope, inTransaction } from './scope.ts';
import { tallyRecording, untallyRecording } from './tallies.ts';

export interface NewRecording {
  readonly camera: CameraId;
  readonly startAt: number;
  /** Why it was made: `event`, `continuous`, `manual`. */
  readonly reason: string;
  readonly width: number | null;
  readonly height: number | null;
  /** Name of the file under the recordings directory as it is asked for over HTTP, made from the id. */
  readonly file: (id: RecordingId) => string;
}

export interface RecordingProgress {
  readonly endAt?: number;
  readonly plainBytes?: number;
  readonly sealedBytes?: number;
  readonly kid?: string;
  /** The highest of its objects so far. */
  readonly confidence?: number;
  readonly thumbnail?: string;
  readonly width?: number;
  readonly height?: number;
}

export interface RecordingEnd extends Omit<RecordingProgress, 'thumbnail' | 'kid'> {
  readonly thumbnail?: string | null;
  readonly kid?: string | null;
  readonly state: 'finished' | 'torn';
  readonly endAt: number;
  readonly plainBytes: number;
  readonly sealedBytes: number;
  /** Hex SHA-256 of the sealed file; null where it isn't known. */
  readonly sha256: string | null;
  /** Where in the plaintext the clip's own tail begins; null where it has none. */
  readonly tailOffset: number | null;
}

export interface OfAge {
  readonly ageMs: number;
  /** Of what has no age of its own, and of recordings in which nothing was seen; null: it never goes by age. */
  readonly maxAgeMs: number | null;
  /** By class, groups written out. */
  readonly classAgeMs: ReadonlyMap<string, number>;
  /** Begun at or after, and before; UTC ms. */
  readonly from: number;
  readonly before: number;
  readonly limit: number;
  readonly camera?: CameraId;
  /** Of any camera but these. */
  readonly not?: readonly CameraId[];
}

/** A recording found on the disk that had no row. */
export interface AdoptedRecording extends RecordingEnd {
  readonly id: RecordingId;
  readonly camera: CameraId;
  readonly cameraName: string;
  readonly startAt: number;
  readonly reason: string;
  readonly file: string;
  readonly thumbnail: string | null;
  readonly kid: string | null;
}

export class RecordingQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @throws Problem catalog/unknown-camera */
  async create(recording: NewRecording): Promise<{ readonly id: RecordingId; readonly file: string }> {
    return inTransaction(this.#db, async (db) => {
      const camera = await db
        .selectFrom('camera')
        .select(['id', 'slug', 'name'])
        .where('slug', '=', recording.camera)
        .executeTakeFirst();
      if (camera === undefined) throw unknownCamera(recording.camera);
      const row = await db
        .insertInto('recording')
        .values({
          camera_id: camera.id,
          camera_slug: camera.slug,
          camera_name: camera.name,
          state: 'open',
          start_at: recording.startAt,
          end_at: null,
          file: null,
          thumbnail: null,
          kid: null,
          plain_bytes: 0,
          sealed_bytes: 0,
          sha256: null,
          width: recording.width,
          height: recording.height,
          confidence: 0,
          reason: recording.reason,
          tail_offset: null,
          duration_ms: null,
          held_at: null,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      const id = row.id as RecordingId;
      const file = recording.file(id);
      await db.updateTable('recording').set({ file }).where('id', '=', id).execute();
      return { id, file };
    });
  }

  /** Has or had a recording this file? */
  async knows(file: string): Promise<boolean> {
    const row = await this.#db.selectFrom('recording').select('id').where('file', '=', file).executeTakeFirst();
    return row !== undefined;
  }

  /** Makes a row with its old id; false where that is another's. @throws Problem catalog/unknown-camera */
  async adopt(recording: AdoptedRecording): Promise<boolean> {
    return inTransaction(this.#db, (db) => adopt(db, recording));
  }

  async progress(id: RecordingId, progress: RecordingProgress): Promise<void> {
    const set = columnsOf(progress);
    if (Object.keys(set).length === 0) return;
    await this.#db.updateTable('recording').set(set).where('id', '=', id).where('state', '=', 'open').execute();
  }

  /** Ends an open recording; false where it wasn't open. */
  async finish(id: RecordingId, end: RecordingEnd): Promise<boolean> {
    return inTransaction(this.#db, async (db) => {
      const row = await db
        .updateTable('recording')
        .set((builder) => ({
          ...columnsOf(end),
          state: end.state,
          sha256: end.sha256,
          tail_offset: end.tailOffset,
          duration_ms: builder(builder.val(end.endAt), '-', builder.ref('start_at')),
        }))
        .where('id', '=', id)
        .where('state', '=', 'open')
        .returning('id')
        .executeTakeFirst();
      if (row === undefined) return false;
      await tallyRecording(db, id);
      return true;
    });
  }

  /** The thumbnail of a recording that is finished by now. */
  async setThumbnail(id: RecordingId, thumbnail: string): Promise<void> {
    await this.#db.updateTable('recording').set({ thumbnail }).where('id', '=', id).execute();
  }

  /** Puts it on legal hold, or ends that (`null`). False where there is no such recording. */
  async setHold(id: RecordingId, heldAt: number | null, scope: CameraScope): Promise<boolean> {
    return inTransaction(this.#db, async (db) => {
      const result = await db
        .updateTable('recording')
        .set({ held_at: heldAt })
        .where('id', '=', id)
        .where('state', '!=', 'deleted')
        .where((builder) => inScope(builder, 'recording', scope))
        .executeTakeFirst();
      if (result.numUpdatedRows === 0n) return false;
      await markFactsDue(db, id);
      return true;
    });
  }

  /** Those on hold that began in `[from, before)`, UTC ms. */
  async heldBetween(from: number, before: number): Promise<RecordingId[]> {
    const rows = await this.#db
      .selectFrom('recording')
      .select('id')
      .where('held_at', 'is not', null)
      .where('state', '!=', 'deleted')
      .where('start_at', '>=', from)
      .where('start_at', '<', before)
      .orderBy('id')
      .execute();
    return rows.map((row) => row.id as RecordingId);
  }

  /** Says that the file is gone. Returns the row as it was; undefined where there was nothing to delete, or where it is on hold. */
  async delete(id: RecordingId, scope: CameraScope): Promise<Recording | undefined> {
    return inTransaction(this.#db, async (db) => {
      const row = await db
        .selectFrom('recording')
        .select(recordingColumns)
        .where('id', '=', id)
        .where('state', '!=', 'deleted')
        .where('held_at', 'is', null)
        .where((builder) => inScope(builder, 'recording', scope))
        .executeTakeFirst();
      if (row === undefined) return undefined;
      await untallyRecording(db, id);
      await db.deleteFrom('facts_due').where('recording_id', '=', id).execute();
      await db
        .updateTable('recording')
        .set({ state: 'deleted', tail_offset: null, thumbnail: null })
        .where('id', '=', id)
        .execute();
      return toRecording(row);
    });
  }

  /** A recording that never got a byte: its row goes, and its id isn't used again all the same. */
  async discard(id: RecordingId): Promise<void> {
    await this.#db.deleteFrom('recording').where('id', '=', id).where('state', '=', 'open').execute();
  }

  async byId(id: RecordingId, scope: CameraScope): Promise<Recording | undefined> {
    const row = await this.#db
      .selectFrom('recording')
      .select(recordingColumns)
      .where('id', '=', id)
      .where('state', '!=', 'deleted')
      .where((builder) => inScope(builder, 'recording', scope))
      .executeTakeFirst();
    return row === undefined ? undefined : toRecording(row);
  }

  /** The recording whose clip or thumbnail has exactly this name, and which of both it is. */
  async byFile(
    name: string,
    scope: CameraScope,
  ): Promise<{ readonly recording: Recording; readonly kind: 'clip' | 'thumbnail' } | undefined> {
    const row = await this.#db
      .selectFrom('recording')
      .select(recordingColumns)
      .where((builder) => builder.or([builder('file', '=', name), builder('thumbnail', '=', name)]))
      .where('state', '!=', 'deleted')
      .where((builder) => inScope(builder, 'recording', scope))
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return { recording: toRecording(row), kind: row.file === name ? 'clip' : 'thumbnail' };
  }

  /** Where in the plaintext the clip's own tail begins; undefined where that isn't known. */
  async tailOffset(id: RecordingId, scope: CameraScope): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom('recording')
      .select('tail_offset')
      .where('id', '=', id)
      .where((builder) => inScope(builder, 'recording', scope))
      .executeTakeFirst();
    return row?.tail_offset ?? undefined;
  }

  /** All that are open, oldest first: after a crash, those whose files must be looked at. */
  async open(): Promise<Recording[]> {
    const rows = await this.#db
      .selectFrom('recording')
      .select(recordingColumns)
      .where('state', '=', 'open')
      .orderBy('start_at')
      .execute();
    return rows.map(toRecording);
  }

  /** The oldest finished ones that aren't on hold, for retention; of one camera, and begun before `before`, where told. */
  async oldest(limit: number, of: { readonly camera?: CameraId; readonly before?: number } = {}): Promise<Recording[]> {
    const found: Recording[] = [];
    // One state at a time: each has its index in order of time, both together would be sorted.
    for (const state of ['finished', 'torn']) {
      let query = this.#db
        .selectFrom('recording')
        .select(recordingColumns)
        .where('state', '=', state)
        .where('held_at', 'is', null);
      if (of.camera !== undefined) query = query.where((builder) => inScope(builder, 'recording', [of.camera!]));
      if (of.before !== undefined) query = query.where('start_at', '<', of.before);
      const rows = await query.orderBy('start_at').orderBy('id').limit(limit).execute();
      found.push(...rows.map(toRecording));
    }
    return found.sort((a, b) => a.startAt - b.startAt || a.id - b.id).slice(0, limit);
  }

  /**
   * The oldest finished ones, not on hold, that began before `before` and have come of age at `ageMs`: everything seen in
   * them may go by then, and where nothing was seen, so may a recording without.
   */
  async ofAge(of: OfAge): Promise<Recording[]> {
    const { ageMs, maxAgeMs, classAgeMs } = of;
    const words = (test: (age: number) => boolean) =>
      [...classAgeMs].flatMap(([word, age]) => (test(age) ? [word] : []));
    const gone = words((age) => age <= ageMs);
    const kept = words((age) => age > ageMs);
    const unknownGo = maxAgeMs !== null && maxAgeMs <= ageMs;
    const found: Recording[] = [];
    for (const state of ['finished', 'torn']) {
      let query = this.#db
        .selectFrom('recording')
        .select(recordingColumns)
        .where('state', '=', state)
        .where('held_at', 'is', null)
        .where('start_at', '>=', of.from)
        .where('start_at', '<', of.before);
      if (of.camera !== undefined) query = query.where((builder) => inScope(builder, 'recording', [of.camera!]));
      if (of.not !== undefined && of.not.length > 0) query = query.where('camera_slug', 'not in', of.not);
      if (unknownGo)
        query = query.where((builder) =>
          builder.not(builder.exists(seen(builder).where('class', 'in', [...kept, '']))),
        );
      else
        query = query
          .where((builder) => builder.exists(seen(builder).where('class', 'in', [...gone, ''])))
          // Groups are counted as classes of their own; they begin with +
          .where((builder) =>
            builder.not(
              builder.exists(
                seen(builder)
                  .where('class', 'not in', [...gone, ''])
                  .where('class', 'not like', '+%'),
              ),
            ),
          );
      const rows = await query.orderBy('start_at').orderBy('id').limit(of.limit).execute();
      found.push(...rows.map(toRecording));
    }
    return found.sort((a, b) => a.startAt - b.startAt || a.id - b.id).slice(0, of.limit);
  }

  /** The classes seen in each of these; those in which nothing was seen are left out. */
  async classesOf(ids: readonly RecordingId[]): Promise<Map<RecordingId, string[]>> {
    const rows = await this.#db
      .selectFrom('recording_class')
      .select(['recording_id', 'class'])
      .where('recording_id', 'in', ids.length === 0 ? [-1] : ids)
      .where('class', 'not like', '+%')
      .execute();
    const found = new Map<RecordingId, string[]>();
    for (const { recording_id: id, class: word } of rows)
      found.set(id as RecordingId, [...(found.get(id as RecordingId) ?? []), word]);
    return found;
  }

  /** The event is seen (also) in this recording. Linking twice is once. */
  async link(recording: RecordingId, event: EventId): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      await untallyRecording(db, recording);
      await db
        .insertInto('event_recording')
        .values({ recording_id: recording, event_id: event })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await tallyRecording(db, recording);
    });
  }
}

function seen(builder: ExpressionBuilder<Schema, 'recording'>) {
  return builder
    .selectFrom('recording_class')
    .select('recording_class.class')
    .whereRef('recording_class.recording_id', '=', 'recording.id');
}

function columnsOf(progress: RecordingProgress | RecordingEnd) {
  return {
    ...(progress.endAt === undefined ? {} : { end_at: progress.endAt }),
    ...(progress.plainBytes === undefined ? {} : { plain_bytes: progress.plainBytes }),
    ...(progress.sealedBytes === undefined ? {} : { sealed_bytes: progress.sealedBytes }),
    ...(progress.kid === undefined ? {} : { kid: progress.kid }),
    ...(progress.confidence === undefined ? {} : { confidence: progress.confidence }),
    ...(progress.thumbnail === undefined ? {} : { thumbnail: progress.thumbnail }),
    ...(progress.width === undefined ? {} : { width: progress.width }),
    ...(progress.height === undefined ? {} : { height: progress.height }),
  };
}

async function adopt(db: Database, recording: AdoptedRecording): Promise<boolean> {
  const { id, camera: slug, cameraName, startAt, reason, file } = recording;
  const camera = await db.selectFrom('camera').select('id').where('slug', '=', slug).executeTakeFirst();
  if (camera === undefined) throw unknownCamera(slug);
  const result = await db
    .insertInto('recording')
    .values({
      id,
      camera_id: camera.id,
      camera_slug: slug,
      camera_name: cameraName,
      state: recording.state,
      start_at: startAt,
      end_at: recording.endAt,
      file,
      thumbnail: recording.thumbnail,
      kid: recording.kid,
      plain_bytes: recording.plainBytes,
      sealed_bytes: recording.sealedBytes,
      sha256: recording.sha256,
      width: null,
      height: null,
      confidence: 0,
      reason,
      tail_offset: recording.tailOffset,
      duration_ms: recording.endAt - startAt,
      held_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if ((result.numInsertedOrUpdatedRows ?? 0n) === 0n) return false;
  await tallyRecording(db, id);
  return true;
}

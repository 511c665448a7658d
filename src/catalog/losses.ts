/**
 * The loss ledger: spans in which a camera should have been recorded and wasn't, each with its reason. One that still goes
 * on has no end; after a crash it is closed at the time when we are back.
 */
import type { CameraId } from '../base/ids.ts';
import { unknownCamera } from './problems.ts';
import type { CameraScope, Database } from './scope.ts';
import { inScope } from './scope.ts';

/**
 * `silent`: connected, and nothing came. `network`: no connection. `disk`: what came couldn't be written. `stopped`: we
 * were shut down. `crash`: we were gone without having been. `privacy`: somebody switched it off.
 */
export const lossReasons = ['silent', 'network', 'disk', 'stopped', 'crash', 'privacy'] as const;
export type LossReason = (typeof lossReasons)[number];

export interface Loss {
  readonly id: number;
  readonly camera: CameraId;
  readonly reason: LossReason;
  readonly startAt: number;
  /** Null while it goes on. */
  readonly endAt: number | null;
}

const columns = [
  'loss.id',
  'loss.camera_slug as camera',
  'loss.reason',
  'loss.start_at as startAt',
  'loss.end_at as endAt',
] as const;

export class LossQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @throws Problem catalog/unknown-camera */
  async begin(loss: {
    readonly camera: CameraId;
    readonly reason: LossReason;
    readonly startAt: number;
    readonly endAt?: number;
  }): Promise<number> {
    const { camera: slug, reason, startAt, endAt } = loss;
    const camera = await this.#db.selectFrom('camera').select('id').where('slug', '=', slug).executeTakeFirst();
    if (camera === undefined) throw unknownCamera(slug);
    const row = await this.#db
      .insertInto('loss')
      .values({ camera_id: camera.id, camera_slug: slug, reason, start_at: startAt, end_at: endAt ?? null })
      .returning('id')
      .executeTakeFirstOrThrow();
    return row.id;
  }

  /** A span of no length is none: it goes. */
  async end(id: number, endAt: number): Promise<void> {
    await this.#db.updateTable('loss').set({ end_at: endAt }).where('id', '=', id).execute();
    await this.#db.deleteFrom('loss').where('id', '=', id).whereRef('end_at', '<=', 'start_at').execute();
  }

  /** Those that nobody has ended, oldest first. */
  async open(): Promise<Loss[]> {
    const rows = await this.#db
      .selectFrom('loss')
      .select(columns)
      .where('end_at', 'is', null)
      .orderBy('start_at')
      .execute();
    return rows as Loss[];
  }

  /** Where the newest one of a camera ended; undefined where it has none, or one that goes on. */
  async lastEnd(camera: CameraId): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom('loss')
      .select('end_at')
      .where((builder) => inScope(builder, 'loss', [camera]))
      .orderBy('start_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.end_at ?? undefined;
  }

  /** Those that touch `[from, before)`, UTC ms, in order of time. */
  async between(
    span: { readonly from: number; readonly before: number; readonly camera?: CameraId; readonly limit: number },
    scope: CameraScope,
  ): Promise<Loss[]> {
    let query = this.#db
      .selectFrom('loss')
      .select(columns)
      .where((builder) => inScope(builder, 'loss', scope))
      .where((builder) => builder.or([builder('end_at', 'is', null), builder('end_at', '>', span.from)]))
      .where('start_at', '<', span.before);
    if (span.camera !== undefined) query = query.where('camera_slug', '=', span.camera);
    return (await query.orderBy('start_at').orderBy('id').limit(span.limit).execute()) as Loss[];
  }
}

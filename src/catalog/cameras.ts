/**
 * Cameras as rows that grants, recordings and passwords hang on. Settings of a camera live in the configuration file.
 * A slug belongs to one internal id for good: a camera that is removed and added again under its old id is the same
 * camera with its old recordings, but without its grants and its password.
 */
import type { CameraId } from '../base/ids.ts';
import { unknownCamera } from './problems.ts';
import type { Database } from './scope.ts';
import { inTransaction } from './scope.ts';

export interface CameraRow {
  /** Internal number; nothing outside the database uses it. */
  readonly id: number;
  readonly slug: CameraId;
  readonly name: string;
  readonly createdAt: number;
  readonly removedAt: number | null;
}

const columns = ['id', 'slug', 'name', 'created_at as createdAt', 'removed_at as removedAt'] as const;

export class CameraQueries {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** The camera of this slug, made where there is none, renamed where the name differs, brought back where removed. */
  async ensure(slug: CameraId, name: string): Promise<CameraRow> {
    await this.#db
      .insertInto('camera')
      .values({ slug, name, created_at: this.#now(), removed_at: null })
      .onConflict((conflict) => conflict.column('slug').doUpdateSet({ name, removed_at: null }))
      .execute();
    return (await this.bySlug(slug))!;
  }

  /** Cameras that are there, by slug; with `removed`, also those that were. */
  async list(options: { readonly removed?: boolean } = {}): Promise<CameraRow[]> {
    let query = this.#db.selectFrom('camera').select(columns).orderBy('slug');
    if (options.removed !== true) query = query.where('removed_at', 'is', null);
    return (await query.execute()) as CameraRow[];
  }

  /** Also a removed camera. */
  async bySlug(slug: CameraId): Promise<CameraRow | undefined> {
    const row = await this.#db.selectFrom('camera').select(columns).where('slug', '=', slug).executeTakeFirst();
    return row as CameraRow | undefined;
  }

  /** The internal number of a camera. @throws Problem catalog/unknown-camera */
  async idOf(slug: CameraId): Promise<number> {
    const row = await this.#db.selectFrom('camera').select('id').where('slug', '=', slug).executeTakeFirst();
    if (row === undefined) throw unknownCamera(slug);
    return row.id;
  }

  /** Marks it removed and drops its grants and its password; recordings and events stay. False where there was none. */
  async remove(slug: CameraId): Promise<boolean> {
    return inTransaction(this.#db, async (db) => {
      const row = await db
        .updateTable('camera')
        .set({ removed_at: this.#now() })
        .where('slug', '=', slug)
        .where('removed_at', 'is', null)
        .returning('id')
        .executeTakeFirst();
      if (row === undefined) return false;
      await db.deleteFrom('camera_grant').where('camera_id', '=', row.id).execute();
      await db.deleteFrom('credential').where('camera_id', '=', row.id).execute();
      return true;
    });
  }
}

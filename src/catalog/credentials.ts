/** Camera passwords, sealed by the caller, and whether the camera has ever asked for Digest. */
import type { CameraId } from '../base/ids.ts';
import { unknownCamera } from './problems.ts';
import type { Database } from './scope.ts';
import { inTransaction } from './scope.ts';

export interface CredentialRow {
  /** Internal number of the camera; part of what the seal is bound to. */
  readonly cameraId: number;
  readonly sealed: Uint8Array;
  readonly digestSeen: boolean;
  readonly changedAt: number;
}

export class CredentialQueries {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  async byCamera(slug: CameraId): Promise<CredentialRow | undefined> {
    const row = await this.#db
      .selectFrom('credential')
      .innerJoin('camera', 'camera.id', 'credential.camera_id')
      .selectAll('credential')
      .where('camera.slug', '=', slug)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return {
      cameraId: row.camera_id,
      sealed: row.sealed,
      digestSeen: row.digest_seen === 1,
      changedAt: row.changed_at,
    };
  }

  /** `seal` gets the camera's internal number. @throws Problem catalog/unknown-camera */
  async set(slug: CameraId, seal: (cameraId: number) => Uint8Array): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      const camera = await db.selectFrom('camera').select('id').where('slug', '=', slug).executeTakeFirst();
      if (camera === undefined) throw unknownCamera(slug);
      // Another password may mean another device, so what was learnt of the old one is forgotten.
      const values = { sealed: seal(camera.id), digest_seen: 0, changed_at: this.#now() };
      await db
        .insertInto('credential')
        .values({ camera_id: camera.id, ...values })
        .onConflict((conflict) => conflict.column('camera_id').doUpdateSet(values))
        .execute();
    });
  }

  async setDigestSeen(slug: CameraId): Promise<void> {
    await this.#db
      .updateTable('credential')
      .set({ digest_seen: 1 })
      .where('camera_id', 'in', (query) => query.selectFrom('camera').select('id').where('slug', '=', slug))
      .execute();
  }

  /** False where there was none. */
  async remove(slug: CameraId): Promise<boolean> {
    const result = await this.#db
      .deleteFrom('credential')
      .where('camera_id', 'in', (query) => query.selectFrom('camera').select('id').where('slug', '=', slug))
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }
}

/** Accounts, the cameras granted to them, and their sealed stream passwords. What the rows may be is `access`' business. */
import type { AccountId, CameraId } from '../base/ids.ts';
import { unknownCamera } from './problems.ts';
import type { Database } from './scope.ts';
import { inTransaction } from './scope.ts';

export interface AccountRow {
  readonly id: AccountId;
  readonly name: string;
  readonly nameKey: string;
  readonly role: string;
  readonly cameras: 'all' | readonly CameraId[];
  /** PHC string; null where no password opens the account. */
  readonly passwordHash: string | null;
  readonly disabled: boolean;
  readonly createdAt: number;
  readonly passwordChangedAt: number | null;
  readonly lastLoginAt: number | null;
  readonly hasStreamPassword: boolean;
  /** A confirmed second factor or a passkey: the password alone opens nothing. */
  readonly secondFactor: boolean;
}

export interface StreamPasswordRow {
  readonly sealedHa1Md5: Uint8Array;
  readonly sealedHa1Sha256: Uint8Array;
  /** It is the account's own password, so both change together. */
  readonly shared: boolean;
  readonly createdAt: number;
}

export class AccountQueries {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** Undefined where the name's key is taken. @throws Problem catalog/unknown-camera */
  async add(account: {
    readonly name: string;
    readonly nameKey: string;
    readonly role: string;
    readonly cameras: 'all' | readonly CameraId[];
    readonly passwordHash: string | null;
  }): Promise<AccountId | undefined> {
    return inTransaction(this.#db, async (db) => {
      const now = this.#now();
      const row = await db
        .insertInto('account')
        .values({
          name: account.name,
          name_key: account.nameKey,
          role: account.role,
          all_cameras: account.cameras === 'all' ? 1 : 0,
          password_hash: account.passwordHash,
          disabled: 0,
          created_at: now,
          password_changed_at: account.passwordHash === null ? null : now,
          last_login_at: null,
        })
        .onConflict((conflict) => conflict.column('name_key').doNothing())
        .returning('id')
        .executeTakeFirst();
      if (row === undefined) return undefined;
      await grant(db, row.id, account.cameras);
      return row.id as AccountId;
    });
  }

  list(): Promise<AccountRow[]> {
    return this.#read();
  }

  async byId(id: AccountId): Promise<AccountRow | undefined> {
    return (await this.#read({ column: 'account.id', value: id }))[0];
  }

  /** By the exact name: another spelling of a name is another, unknown name. */
  async byName(name: string): Promise<AccountRow | undefined> {
    return (await this.#read({ column: 'account.name', value: name }))[0];
  }

  async byNameKey(nameKey: string): Promise<AccountRow | undefined> {
    return (await this.#read({ column: 'account.name_key', value: nameKey }))[0];
  }

  /** Whether there is an admin whom some password opens. */
  async hasAdmin(): Promise<boolean> {
    const row = await this.#db
      .selectFrom('account')
      .select('id')
      .where('role', '=', 'admin')
      .where('disabled', '=', 0)
      .where('password_hash', 'is not', null)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async setPasswordHash(id: AccountId, passwordHash: string | null): Promise<void> {
    await this.#db
      .updateTable('account')
      .set({ password_hash: passwordHash, password_changed_at: this.#now() })
      .where('id', '=', id)
      .execute();
  }

  /** The same password under other parameters; not a change of password. Does nothing where `from` isn't current. */
  async rehash(id: AccountId, from: string, to: string): Promise<void> {
    await this.#db
      .updateTable('account')
      .set({ password_hash: to })
      .where('id', '=', id)
      .where('password_hash', '=', from)
      .execute();
  }

  /** @throws Problem catalog/unknown-camera */
  async setRole(id: AccountId, role: string, cameras: 'all' | readonly CameraId[]): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      await db
        .updateTable('account')
        .set({ role, all_cameras: cameras === 'all' ? 1 : 0 })
        .where('id', '=', id)
        .execute();
      await db.deleteFrom('camera_grant').where('account_id', '=', id).execute();
      await grant(db, id, cameras);
    });
  }

  async setLastLogin(id: AccountId, at: number): Promise<void> {
    await this.#db.updateTable('account').set({ last_login_at: at }).where('id', '=', id).execute();
  }

  /** With everything that hangs on it: grants, sessions, stream password, failures. */
  async remove(id: AccountId): Promise<void> {
    await this.#db.deleteFrom('account').where('id', '=', id).execute();
  }

  async streamPassword(id: AccountId): Promise<StreamPasswordRow | undefined> {
    const row = await this.#db
      .selectFrom('stream_password')
      .selectAll()
      .where('account_id', '=', id)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return {
      sealedHa1Md5: row.sealed_ha1_md5,
      sealedHa1Sha256: row.sealed_ha1_sha256,
      shared: row.shared === 1,
      createdAt: row.created_at,
    };
  }

  async setStreamPassword(
    id: AccountId,
    password: { readonly sealedHa1Md5: Uint8Array; readonly sealedHa1Sha256: Uint8Array; readonly shared: boolean },
  ): Promise<void> {
    const values = {
      sealed_ha1_md5: password.sealedHa1Md5,
      sealed_ha1_sha256: password.sealedHa1Sha256,
      shared: password.shared ? 1 : 0,
      created_at: this.#now(),
    };
    await this.#db
      .insertInto('stream_password')
      .values({ account_id: id, ...values })
      .onConflict((conflict) => conflict.column('account_id').doUpdateSet(values))
      .execute();
  }

  /** Keeps the current stream password good until then, beside the one that is set next. */
  async keepStreamPassword(id: AccountId, until: number): Promise<void> {
    const current = await this.streamPassword(id);
    if (current === undefined) return;
    const values = { sealed_ha1_md5: current.sealedHa1Md5, sealed_ha1_sha256: current.sealedHa1Sha256, until };
    await this.#db
      .insertInto('former_stream_password')
      .values({ account_id: id, ...values })
      .onConflict((conflict) => conflict.column('account_id').doUpdateSet(values))
      .execute();
  }

  /** The one before the current one, while it is still good. */
  async formerStreamPassword(id: AccountId): Promise<StreamPasswordRow | undefined> {
    const row = await this.#db
      .selectFrom('former_stream_password')
      .selectAll()
      .where('account_id', '=', id)
      .where('until', '>', this.#now())
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return { sealedHa1Md5: row.sealed_ha1_md5, sealedHa1Sha256: row.sealed_ha1_sha256, shared: false, createdAt: 0 };
  }

  async removeFormerStreamPassword(id: AccountId): Promise<void> {
    await this.#db.deleteFrom('former_stream_password').where('account_id', '=', id).execute();
  }

  async removeStreamPassword(id: AccountId): Promise<void> {
    await this.removeFormerStreamPassword(id);
    await this.#db.deleteFrom('stream_password').where('account_id', '=', id).execute();
  }

  async #read(where?: {
    readonly column: 'account.id' | 'account.name' | 'account.name_key';
    readonly value: string | number;
  }): Promise<AccountRow[]> {
    let accounts = this.#db
      .selectFrom('account')
      .leftJoin('stream_password', 'stream_password.account_id', 'account.id')
      .leftJoin('second_factor', 'second_factor.account_id', 'account.id')
      .selectAll('account')
      .select(['stream_password.created_at as stream_created_at', 'second_factor.confirmed as factor_confirmed'])
      .select((builder) =>
        builder
          .selectFrom('passkey')
          .select(builder.fn.countAll<number>().as('count'))
          .whereRef('passkey.account_id', '=', 'account.id')
          .as('passkeys'),
      )
      .orderBy('account.name_key');
    let grants = this.#db
      .selectFrom('camera_grant')
      .innerJoin('camera', 'camera.id', 'camera_grant.camera_id')
      .innerJoin('account', 'account.id', 'camera_grant.account_id')
      .select(['camera_grant.account_id', 'camera.slug'])
      .orderBy('camera.slug');
    if (where !== undefined) {
      accounts = accounts.where(where.column, '=', where.value);
      grants = grants.where(where.column, '=', where.value);
    }
    const rows = await accounts.execute();
    if (rows.length === 0) return [];
    const granted = new Map<number, CameraId[]>();
    for (const { account_id, slug } of await grants.execute()) {
      const cameras = granted.get(account_id);
      if (cameras === undefined) granted.set(account_id, [slug as CameraId]);
      else cameras.push(slug as CameraId);
    }
    return rows.map((row) => ({
      id: row.id as AccountId,
      name: row.name,
      nameKey: row.name_key,
      role: row.role,
      cameras: row.all_cameras === 1 ? 'all' : (granted.get(row.id) ?? []),
      passwordHash: row.password_hash,
      disabled: row.disabled === 1,
      createdAt: row.created_at,
      passwordChangedAt: row.password_changed_at,
      lastLoginAt: row.last_login_at,
      hasStreamPassword: row.stream_created_at !== null,
      secondFactor: row.factor_confirmed === 1 || Number(row.passkeys) > 0,
    }));
  }
}

async function grant(db: Database, accountId: number, cameras: 'all' | readonly CameraId[]): Promise<void> {
  if (cameras === 'all') return;
  for (const slug of new Set(cameras)) {
    const camera = await db
      .selectFrom('camera')
      .select('id')
      .where('slug', '=', slug)
      .where('removed_at', 'is', null)
      .executeTakeFirst();
    if (camera === undefined) throw unknownCamera(slug);
    await db.insertInto('camera_grant').values({ account_id: accountId, camera_id: camera.id }).execute();
  }
}

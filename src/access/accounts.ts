/**
 * Making and changing accounts. A change takes effect at once for everything that runs (sessions, streams, believed
 * Basic credentials), is durable, and stands in the audit log before it is acknowledged.
 */
import type { AccountId, CameraId } from '../base/ids.ts';
import type { Secret } from '../base/secret.ts';
import type { AccountRow } from '../catalog/accounts.ts';
import type { Catalog, CatalogQueries } from '../catalog/catalog.ts';
import type { AccessAudit, Actor } from './audit.ts';
import type { PasswordHasher } from './hash.ts';
import type { Lockout } from './lockout.ts';
import { nameKey, parseAccountName } from './names.ts';
import { checkPassword, generatePassword } from './passwords.ts';
import type { Role } from './principal.ts';
import { isRole } from './principal.ts';
import { lastAdmin, nameTaken, unknownAccount } from './problems.ts';
import type { ColumnSeal } from './stream-passwords.ts';
import { sealHa1 } from './stream-passwords.ts';

export type CameraGrant = 'all' | readonly CameraId[];

/** Why what an account has running is over. */
export type RevocationReason = 'password' | 'role' | 'removed' | 'reset' | 'stream' | 'second-factor' | 'rotated';

/** How long a publisher's old stream password stays good: there is time to walk to each camera. */
const rotationOverlapMs = 7 * 86_400_000;

export interface ListedAccount {
  readonly name: string;
  readonly role: Role;
  readonly cameras: CameraGrant;
  /** Has a password for RTSP. */
  readonly stream: boolean;
  /** Has a password to log in with. */
  readonly canLogIn: boolean;
  readonly createdAt: number;
  readonly passwordChangedAt: number | null;
  readonly lastLoginAt: number | null;
  readonly secondFactor: boolean;
  /** UTC ms; null where it isn't locked. */
  readonly lockedUntil: number | null;
}

export interface NewAccount {
  readonly name: string;
  readonly role: Role;
  /** Of no meaning for an admin, who has all. */
  readonly cameras: CameraGrant;
  readonly password: Secret;
  /** The password is to serve for RTSP too. Always so for a publisher. */
  readonly stream?: boolean;
}

export interface AccountsDeps {
  readonly catalog: Catalog;
  readonly hasher: PasswordHasher;
  readonly lockout: Lockout;
  readonly audit: AccessAudit;
  readonly seal: ColumnSeal;
  /** Ends what the account has running, but for the session `except`. */
  readonly revoke: (account: AccountId, reason: RevocationReason, except?: string) => Promise<void>;
}

export class Accounts {
  readonly #deps: AccountsDeps;

  constructor(deps: AccountsDeps) {
    this.#deps = deps;
  }

  async list(): Promise<ListedAccount[]> {
    const rows = await this.#deps.catalog.accounts.list();
    return rows.map((row) => ({
      name: row.name,
      // A role of no kind that we know may do nothing; shown as the least.
      role: isRole(row.role) ? row.role : 'publisher',
      cameras: row.role === 'admin' ? 'all' : row.cameras,
      stream: row.hasStreamPassword,
      canLogIn: row.passwordHash !== null && !row.disabled,
      createdAt: row.createdAt,
      passwordChangedAt: row.passwordChangedAt,
      lastLoginAt: row.lastLoginAt,
      secondFactor: row.secondFactor,
      lockedUntil: this.#deps.lockout.lockedUntil(row.id) ?? null,
    }));
  }

  /**
   * @throws Problem access/bad-name, access/weak-password, access/stream-password-short, access/name-taken,
   *   catalog/unknown-camera
   * @returns the name as it is kept
   */
  async add(account: NewAccount, by: Actor): Promise<string> {
    const { catalog, hasher, seal } = this.#deps;
    const name = parseAccountName(account.name);
    const stream = account.stream === true || account.role === 'publisher';
    checkPassword(account.password, name, { stream });
    if ((await catalog.accounts.byNameKey(nameKey(name))) !== undefined) throw nameTaken();
    const passwordHash = await hasher.hash(account.password);
    await catalog.transaction(async (queries) => {
      const row = { name, nameKey: nameKey(name), role: account.role, passwordHash };
      const id = await queries.accounts.add({ ...row, cameras: grantOf(account.role, account.cameras) });
      if (id === undefined) throw nameTaken();
      if (stream)
        await queries.accounts.setStreamPassword(id, { ...sealHa1(seal, id, name, account.password), shared: true });
    });
    await this.#done('account.added', by, { name, role: account.role, cameras: describe(account), stream });
    return name;
  }

  /** Good enough for every role. */
  generatePassword(): Secret {
    return generatePassword();
  }

  /**
   * Sets the password; what runs under the old one ends, but for the session `keep`. Where the old one served for RTSP
   * too, the new one does.
   * @throws Problem access/unknown-account, access/weak-password, access/stream-password-short
   */
  async setPassword(name: string, password: Secret, by: Actor, keep?: string): Promise<void> {
    const { catalog, hasher, seal } = this.#deps;
    const row = await this.#find(name);
    const shared = (await catalog.accounts.streamPassword(row.id))?.shared === true;
    checkPassword(password, row.name, { stream: shared });
    const passwordHash = await hasher.hash(password);
    await catalog.transaction(async (queries) => {
      await queries.accounts.setPasswordHash(row.id, passwordHash);
      if (!shared) return;
      await queries.accounts.removeFormerStreamPassword(row.id);
      await queries.accounts.setStreamPassword(row.id, { ...sealHa1(seal, row.id, row.name, password), shared });
    });
    await this.#deps.revoke(row.id, 'password', keep);
    await this.#done('account.password', by, { name: row.name });
  }

  /** Gives the account a generated password of its own for RTSP, shown this once; an older one is void. */
  async renewStreamPassword(name: string, by: Actor): Promise<Secret> {
    const { catalog, seal } = this.#deps;
    const row = await this.#find(name);
    const password = generatePassword();
    await catalog.accounts.removeFormerStreamPassword(row.id);
    await catalog.accounts.setStreamPassword(row.id, { ...sealHa1(seal, row.id, row.name, password), shared: false });
    await this.#deps.revoke(row.id, 'stream');
    await this.#done('account.stream', by, { name: row.name });
    return password;
  }

  /**
   * New generated passwords, shown this once, for whatever the account has. Of a publisher the old stream password stays
   * good for seven days, and what it publishes goes on; everything else of the old ones is void.
   * @throws Problem access/unknown-account
   */
  async rotate(name: string, by: Actor): Promise<{ readonly password?: Secret; readonly streamPassword?: Secret }> {
    const { catalog, hasher, seal } = this.#deps;
    const row = await this.#find(name);
    const stream = await catalog.accounts.streamPassword(row.id);
    const password = row.passwordHash === null ? undefined : generatePassword();
    const passwordHash = password === undefined ? undefined : await hasher.hash(password);
    const shared = stream?.shared === true && password !== undefined;
    const streamPassword = stream === undefined ? undefined : shared ? password : generatePassword();
    const overlaps = row.role === 'publisher';
    await catalog.transaction(async (queries) => {
      if (passwordHash !== undefined) await queries.accounts.setPasswordHash(row.id, passwordHash);
      if (streamPassword === undefined) return;
      const until = catalog.now() + rotationOverlapMs;
      if (overlaps) await queries.accounts.keepStreamPassword(row.id, until);
      else await queries.accounts.removeFormerStreamPassword(row.id);
      const sealed = sealHa1(seal, row.id, row.name, streamPassword!);
      await queries.accounts.setStreamPassword(row.id, { ...sealed, shared });
    });
    await this.#deps.revoke(row.id, overlaps ? 'rotated' : 'password');
    await this.#done('account.rotated', by, { name: row.name, overlaps });
    return {
      ...(password === undefined ? {} : { password }),
      ...(shared || streamPassword === undefined ? {} : { streamPassword }),
    };
  }

  /** @throws Problem access/unknown-account, access/last-admin, catalog/unknown-camera */
  async setRole(name: string, role: Role, cameras: CameraGrant, by: Actor): Promise<void> {
    const row = await this.#find(name);
    await this.#deps.catalog.transaction(async (queries) => {
      await queries.accounts.setRole(row.id, role, grantOf(role, cameras));
      await keepsAdmin(queries, row);
    });
    await this.#deps.revoke(row.id, 'role');
    await this.#done('account.role', by, { name: row.name, role, cameras: describe({ role, cameras }) });
  }

  /** @throws Problem access/unknown-account, access/last-admin */
  async remove(name: string, by: Actor): Promise<void> {
    const row = await this.#find(name);
    // Sessions first, so that their ends are told; nobody gets a new one once the row is gone.
    await this.#deps.catalog.transaction(async (queries) => {
      await queries.accounts.setPasswordHash(row.id, null);
      await keepsAdmin(queries, row);
    });
    await this.#deps.revoke(row.id, 'removed');
    await this.#deps.catalog.accounts.remove(row.id);
    // Again for what looked at the row in between.
    await this.#deps.revoke(row.id, 'removed');
    await this.#done('account.removed', by, { name: row.name });
  }

  /** For whoever lost phone and recovery codes; true where there was one. @throws Problem access/unknown-account */
  async removeSecondFactor(name: string, by: Actor, keep?: string): Promise<boolean> {
    const row = await this.#find(name);
    await this.#deps.catalog.secondFactors.remove(row.id);
    await this.#deps.revoke(row.id, 'second-factor', keep);
    await this.#done('account.second-factor-removed', by, { name: row.name });
    return row.secondFactor;
  }

  /** Ends a lockout; true where there was one. @throws Problem access/unknown-account */
  async unlock(name: string, by: Actor): Promise<boolean> {
    const row = await this.#find(name);
    const wasLocked = await this.#deps.lockout.unlock(row.id);
    await this.#done('account.unlocked', by, { name: row.name, wasLocked });
    return wasLocked;
  }

  async #find(name: string): Promise<AccountRow> {
    const row = await this.#deps.catalog.accounts.byName(name);
    if (row === undefined) throw unknownAccount();
    return row;
  }

  async #done(kind: string, by: Actor, detail: Record<string, string | boolean>): Promise<void> {
    await this.#deps.catalog.durable();
    await this.#deps.audit.append({ kind, who: by.who, from: by.from, detail });
  }
}

function grantOf(role: Role, cameras: CameraGrant): CameraGrant {
  return role === 'admin' ? 'all' : cameras;
}

function describe(account: { readonly role: Role; readonly cameras: CameraGrant }): string {
  const cameras = grantOf(account.role, account.cameras);
  return cameras === 'all' ? 'all' : cameras.join(' ');
}

/** Inside the transaction that changed `before`: undoes it where no admin would be left who can log in. */
async function keepsAdmin(queries: CatalogQueries, before: AccountRow): Promise<void> {
  const wasAdmin = before.role === 'admin' && before.passwordHash !== null && !before.disabled;
  if (wasAdmin && !(await queries.accounts.hasAdmin())) throw lastAdmin();
}

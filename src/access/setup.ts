/**
 * The first admin. As long as no admin can log in, a random code in a link, good once and for this run of the server,
 * lets its holder choose name and password of one.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '../base/secret.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { principalOf } from './account-cache.ts';
import { addressKey } from './address.ts';
import type { AccessAudit } from './audit.ts';
import type { PasswordHasher } from './hash.ts';
import type { SlidingLimit } from './limits.ts';
import { nameKey, parseAccountName } from './names.ts';
import { checkPassword } from './passwords.ts';
import type { Principal } from './principal.ts';
import { nameTaken, rateLimited, setupClosed } from './problems.ts';

export interface SetupRequest {
  readonly code: Secret;
  readonly username: string;
  readonly password: Secret;
  readonly address: string;
}

interface SetupDeps {
  readonly catalog: Catalog;
  readonly hasher: PasswordHasher;
  readonly limit: SlidingLimit;
  readonly audit: AccessAudit;
}

export class Setup {
  readonly #deps: SetupDeps;
  #code = newCode();

  constructor(deps: SetupDeps) {
    this.#deps = deps;
  }

  /** Whether the code is good: no admin can log in. */
  async isOpen(): Promise<boolean> {
    return !(await this.#deps.catalog.accounts.hasAdmin());
  }

  /** For the link that is shown on the machine's own terminal. */
  get code(): Secret {
    return this.#code;
  }

  /** A new code; the old one is void. */
  renew(): Secret {
    this.#code = newCode();
    return this.#code;
  }

  /**
   * Makes the first admin. A password that is too weak uses up nothing but an attempt.
   * @throws Problem access/rate-limited, access/setup-closed, access/bad-name, access/weak-password, access/name-taken
   */
  async redeem(request: SetupRequest): Promise<Principal> {
    const { catalog, hasher, limit, audit } = this.#deps;
    const limited = limit.take(addressKey(request.address));
    if (!limited.ok) {
      audit.refused?.({ address: request.address, kind: 'login-limit-setup' });
      throw rateLimited(limited.retryAfterSeconds);
    }
    const code = this.#code;
    if (!timingSafeEqual(digest(request.code), digest(code)) || !(await this.isOpen())) {
      await audit.append({ kind: 'setup.failed', who: null, from: request.address });
      throw setupClosed();
    }
    const name = parseAccountName(request.username);
    checkPassword(request.password, name, { stream: false });
    const passwordHash = await hasher.hash(request.password);
    const account = await catalog.transaction(async (queries) => {
      // Asked again in here: of two who redeem at once, one is first.
      if (this.#code !== code || (await queries.accounts.hasAdmin())) throw setupClosed();
      const voided = await queries.accounts.byName(name);
      if (voided !== undefined && voided.role === 'admin' && !voided.disabled) {
        await queries.accounts.setPasswordHash(voided.id, passwordHash);
        return queries.accounts.byId(voided.id);
      }
      const admin = { name, nameKey: nameKey(name), role: 'admin', cameras: 'all', passwordHash } as const;
      const id = await queries.accounts.add(admin);
      if (id === undefined) throw nameTaken();
      return queries.accounts.byId(id);
    });
    this.renew();
    await catalog.durable();
    await audit.append({ kind: 'setup.done', who: name, from: request.address });
    return principalOf(account!, 'basic')!;
  }
}

/** 192 bits, in characters that survive a URL's fragment. */
function newCode(): Secret {
  return new Secret(randomBytes(24).toString('base64url'));
}

function digest(secret: Secret): Buffer {
  return createHash('sha256').update(secret.reveal()).digest();
}

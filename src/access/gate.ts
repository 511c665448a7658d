/**
 * Where an account password is looked at, whatever door it came by. In this order: limit by address → lockout of the
 * account → hash. Unknown name, wrong password, locked, disabled: one answer after the same work; only the log knows.
 */
import type { AccountId } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import { Secret } from '../base/secret.ts';
import type { AccountQueries, AccountRow } from '../catalog/accounts.ts';
import { principalOf } from './account-cache.ts';
import { addressKey } from './address.ts';
import type { AccessAudit } from './audit.ts';
import type { PasswordHasher } from './hash.ts';
import type { SlidingLimit } from './limits.ts';
import type { Guess, Lockout } from './lockout.ts';
import { isAccountName } from './names.ts';
import { isTooLong } from './passwords.ts';
import type { Entrance, Principal } from './principal.ts';

export interface Refusal {
  readonly ok: false;
  readonly status: 401 | 429 | 503;
  readonly retryAfterSeconds?: number;
}

/** The password was right, and a second factor is asked for. */
export interface SecondFactorWanted {
  readonly ok: false;
  readonly status: 'second-factor';
  readonly account: AccountRow;
}

export type VerifyResult = { readonly ok: true; readonly principal: Principal } | Refusal;

/** With the row that was looked at, for whoever must know that it hasn't changed since. Stays within this folder. */
export type GateResult = { readonly ok: true; readonly principal: Principal; readonly account: AccountRow } | Refusal;

export function withoutAccount(result: GateResult): VerifyResult {
  return result.ok ? { ok: true, principal: result.principal } : result;
}

export interface Credentials {
  readonly username: string;
  readonly password: Secret;
  /** Of the client, as the network policy has found it. */
  readonly address: string;
  readonly entrance: Entrance;
}

export interface GateDeps {
  readonly accounts: AccountQueries;
  readonly hasher: PasswordHasher;
  readonly lockout: Lockout;
  /** Log-ins by address, shared by every entrance. */
  readonly limit: SlidingLimit;
  readonly audit: AccessAudit;
  readonly now: () => number;
  /** Uses up a code of the account's second factor. */
  readonly useCode: (account: AccountId, code: Secret) => Promise<boolean>;
  /** The account has just been locked. */
  readonly onLocked: (account: AccountId) => void;
}

const refused: Refusal = { ok: false, status: 401 };

export class Gate {
  readonly #deps: GateDeps;

  constructor(deps: GateDeps) {
    this.#deps = deps;
  }

  /**
   * `countSuccess`: a good password counts towards the address' limit too, as the contract has it for the log-in
   * routes; programs that send theirs with each request are counted by their failures.
   */
  async verify(credentials: Credentials, options: { readonly countSuccess: boolean }): Promise<GateResult> {
    const result = await this.verifyFactors(credentials, options);
    // Whoever isn't asked for the second one has none.
    return !result.ok && result.status === 'second-factor'
      ? this.fail(result.account, undefined, { ...credentials, reason: 'second-factor' })
      : result;
  }

  /**
   * The same where a second factor can be asked for. A right password without a code leaves the count of failures as it
   * is: it is no failure, and mustn't begin the count anew for whoever guesses codes.
   */
  async verifyFactors(
    credentials: Credentials & { readonly code?: Secret },
    options: { readonly countSuccess: boolean },
  ): Promise<GateResult | SecondFactorWanted> {
    const limited = this.enter(credentials.address, credentials.entrance);
    if (limited !== undefined) return limited;
    const result = await this.#check(credentials);
    // What the server was too busy to look at was no attempt.
    if (result.ok ? !options.countSuccess : result.status === 503) this.leave(credentials.address);
    return result;
  }

  /** Counts an attempt of this address; an answer where it has had its number. */
  enter(address: string, entrance: Entrance): Refusal | undefined {
    const limited = this.#deps.limit.take(addressKey(address));
    if (limited.ok) return undefined;
    this.#deps.audit.refused?.({ address, kind: `login-limit-${entrance}` });
    return { ok: false, status: 429, retryAfterSeconds: limited.retryAfterSeconds };
  }

  /** The attempt turned out to be none that counts. */
  leave(address: string): void {
    this.#deps.limit.giveBack(addressKey(address));
  }

  /** The account of exactly this name; a name of no possible form is looked up nowhere. */
  async find(username: string): Promise<AccountRow | undefined> {
    return isAccountName(username) ? this.#deps.accounts.byName(username) : undefined;
  }

  /** Writes a failure down and answers it. */
  async fail(
    account: AccountRow | undefined,
    guess: Guess | undefined,
    from: { readonly address: string; readonly entrance: Entrance; readonly reason?: string },
  ): Promise<Refusal> {
    const { audit, onLocked } = this.#deps;
    const locked = (await guess?.failed()) ?? false;
    if (locked) onLocked(account!.id);
    const reason = from.reason ?? (account === undefined ? 'unknown' : guess === undefined ? 'locked' : 'wrong');
    const who = account?.name ?? null;
    await audit.append({ kind: 'login.failed', who, from: from.address, detail: { entrance: from.entrance, reason } });
    if (locked) await audit.append({ kind: 'account.locked', who, from: from.address });
    return refused;
  }

  /** Writes a success down and answers it. */
  async pass(
    account: AccountRow,
    guess: Guess,
    from: { readonly address: string; readonly entrance: Entrance },
  ): Promise<GateResult> {
    const principal = principalOf(account, from.entrance === 'rtsp' ? 'stream' : 'basic');
    if (principal === undefined) return this.fail(account, guess, from);
    await guess.succeeded();
    await this.#deps.accounts.setLastLogin(account.id, this.#deps.now());
    await this.#deps.audit.append({
      kind: 'login',
      who: account.name,
      from: from.address,
      detail: { entrance: from.entrance },
    });
    return { ok: true, principal, account };
  }

  /** Came in by a passkey, which nobody guesses: neither the count of failures nor a lockout is touched. */
  async passWithPasskey(
    account: AccountRow,
    from: { readonly address: string; readonly entrance: Entrance },
  ): Promise<GateResult> {
    const principal = principalOf(account, 'basic');
    if (principal === undefined) return this.fail(account, undefined, { ...from, reason: 'disabled' });
    await this.#deps.accounts.setLastLogin(account.id, this.#deps.now());
    await this.#deps.audit.append({
      kind: 'login',
      who: account.name,
      from: from.address,
      detail: { entrance: from.entrance, by: 'passkey' },
    });
    return { ok: true, principal, account };
  }

  /** The second factor alone, of an account whose password was right a moment ago. */
  async verifyCode(
    account: AccountRow,
    code: Secret,
    from: { readonly address: string; readonly entrance: Entrance },
  ): Promise<GateResult> {
    const limited = this.enter(from.address, from.entrance);
    if (limited !== undefined) return limited;
    const guess = await this.#deps.lockout.guess(account.id);
    if (guess === undefined) return this.fail(account, undefined, from);
    if (!(await this.#deps.useCode(account.id, code)))
      return this.fail(account, guess, { ...from, reason: 'wrong-code' });
    return this.pass(account, guess, from);
  }

  async #check(credentials: Credentials & { readonly code?: Secret }): Promise<GateResult | SecondFactorWanted> {
    const { hasher, lockout } = this.#deps;
    const account = await this.find(credentials.username);
    const guess = account === undefined || account.disabled ? undefined : await lockout.guess(account.id);
    const tooLong = isTooLong(credentials.password);
    const password = tooLong ? new Secret('') : credentials.password;
    let right: boolean;
    try {
      right = await hasher.verify(password, guess === undefined || tooLong ? undefined : account?.passwordHash);
    } catch (error) {
      await guess?.abandoned();
      if (error instanceof Problem && error.status === 503)
        return { ok: false, status: 503, retryAfterSeconds: error.retryAfterSeconds ?? 1 };
      throw error;
    }
    if (!right || account === undefined || guess === undefined) return this.fail(account, guess, credentials);
    // Hashing takes long enough for the account to be removed or its password to be changed meanwhile.
    const now = await this.#deps.accounts.byId(account.id);
    if (now === undefined || now.passwordHash !== account.passwordHash) return this.fail(account, guess, credentials);
    const raised = await this.#raiseParameters(now, password);
    return now.secondFactor ? this.#checkCode(raised, guess, credentials) : this.pass(raised, guess, credentials);
  }

  async #checkCode(
    account: AccountRow,
    guess: Guess,
    credentials: Credentials & { readonly code?: Secret },
  ): Promise<GateResult | SecondFactorWanted> {
    if (credentials.code === undefined) {
      await guess.abandoned();
      return { ok: false, status: 'second-factor', account };
    }
    const isGood = await this.#deps.useCode(account.id, credentials.code);
    if (!isGood) return this.fail(account, guess, { ...credentials, reason: 'wrong-code' });
    return this.pass(account, guess, credentials);
  }

  async #raiseParameters(account: AccountRow, password: Secret): Promise<AccountRow> {
    const stored = account.passwordHash;
    if (stored === null || !this.#deps.hasher.isOutdated(stored)) return account;
    try {
      const passwordHash = await this.#deps.hasher.hash(password);
      await this.#deps.accounts.rehash(account.id, stored, passwordHash);
      return { ...account, passwordHash };
    } catch (error) {
      // Too busy now: the next log-in does it.
      if (error instanceof Problem) return account;
      throw error;
    }
  }
}

/**
 * Who comes in and what they may do: the one place that HTTP, WebSocket and RTSP ask. Log-ins go limit → lockout →
 * hash; every decision about a thing goes through `authorize`. Every log-in, failure and change stands in the audit log
 * before it is answered.
 */
import type { Clock } from '../base/clock.ts';
import type { AccountId, CameraId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import type { Secret } from '../base/secret.ts';
import type { AccountRow } from '../catalog/accounts.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { SessionRow } from '../catalog/sessions.ts';
import { AccountCache } from './account-cache.ts';
import type { RevocationReason } from './accounts.ts';
import { Accounts } from './accounts.ts';
import { addressKey } from './address.ts';
import type { AccessAudit, Actor } from './audit.ts';
import type { Decision } from './authorize.ts';
import { authorize } from './authorize.ts';
import { BasicCredentials } from './basic.ts';
import type { Credentials, VerifyResult } from './gate.ts';
import { Gate, withoutAccount } from './gate.ts';
import { PasswordHasher } from './hash.ts';
import type { Limited } from './limits.ts';
import { SlidingLimit } from './limits.ts';
import { Lockout } from './lockout.ts';
import { OwnAccount } from './own-account.ts';
import type { Assertion, RequestOptions, Site } from './passkeys.ts';
import { Passkeys } from './passkeys.ts';
import { PendingLogins } from './pending-logins.ts';
import type { Action, Principal } from './principal.ts';
import { PublishLinks } from './publish-links.ts';
import { SecondFactor } from './second-factor.ts';
import type { SessionEnd } from './sessions.ts';
import { Sessions } from './sessions.ts';
import type { SetupRequest } from './setup.ts';
import { Setup } from './setup.ts';
import type { ColumnSeal, DigestAlgorithm } from './stream-passwords.ts';
import type { StreamAttempt } from './streams.ts';
import { StreamAuthenticator } from './streams.ts';
import { Tokens } from './tokens.ts';

export interface AccessOptions {
  readonly maxLoginAttempts: number;
  readonly lockoutMs: number;
  readonly sessionIdleMs: number;
  readonly sessionAbsoluteMs: number;
  /** Of one account, by whatever credentials: a bound for programs gone wild that no dashboard meets. */
  readonly requestsPerMinute: number;
  readonly publisherCanView: boolean;
}

export interface AccessDeps {
  readonly catalog: Catalog;
  readonly audit: AccessAudit;
  readonly clock: Clock;
  readonly log: Log;
  readonly seal: ColumnSeal;
  readonly options: AccessOptions;
  readonly hasher?: PasswordHasher;
}

/** The password was right, and the account has a second factor: a code is asked for. */
export interface CodeWanted {
  readonly ok: false;
  readonly status: 'second-factor';
  /** Names the log-in for `loginWithCode`, for five minutes. */
  readonly pending: Secret;
}

export type LoginResult =
  | { readonly ok: true; readonly principal: Principal; readonly sessionId: Secret }
  | Exclude<VerifyResult, { readonly ok: true }>
  | CodeWanted;

/** An account lost its rights, or has others now: what runs under it must end or ask again. */
export interface Revocation {
  readonly accountId: AccountId;
  readonly reason: RevocationReason;
}

const minuteMs = 60_000;
const loginsPerMinute = 5;
const requestsPerMinute = 10;
const sweepMs = 10_000;

export class Access {
  /** Accounts, for commands and administration. */
  readonly users: Accounts;
  /** What people change about their own account. */
  readonly own: OwnAccount;
  readonly tokens: Tokens;
  readonly passkeys: Passkeys;
  readonly publishLinks: PublishLinks;
  readonly #deps: AccessDeps;
  readonly #sessions: Sessions;
  readonly #lockout: Lockout;
  readonly #accounts: AccountCache;
  readonly #gate: Gate;
  readonly #basic: BasicCredentials;
  readonly #streams: StreamAuthenticator;
  readonly #setup: Setup;
  readonly #pending: PendingLogins;
  readonly #requests: SlidingLimit;
  readonly #ofAccounts: SlidingLimit;
  readonly #listeners = new Set<(revocation: Revocation) => void>();
  readonly #setupUsed = Promise.withResolvers<void>();
  readonly #sweeper: NodeJS.Timeout;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(deps: AccessDeps, lockout: Lockout) {
    const { catalog, audit, clock, log, seal, options } = deps;
    const hasher = deps.hasher ?? new PasswordHasher();
    const limit = new SlidingLimit(clock, { limit: loginsPerMinute, windowMs: minuteMs });
    this.#deps = deps;
    this.#lockout = lockout;
    this.#requests = new SlidingLimit(clock, { limit: requestsPerMinute, windowMs: minuteMs });
    this.#ofAccounts = new SlidingLimit(clock, { limit: options.requestsPerMinute, windowMs: minuteMs });
    this.#sessions = new Sessions(catalog.sessions, clock, log, {
      idleMs: options.sessionIdleMs,
      absoluteMs: options.sessionAbsoluteMs,
    });
    this.#accounts = new AccountCache(catalog.accounts, clock);
    const factor = new SecondFactor({ catalog, seal, clock });
    this.#gate = new Gate({
      accounts: catalog.accounts,
      hasher,
      lockout,
      limit,
      audit,
      now: () => clock.now(),
      useCode: (account, code) => factor.use(account, code),
      // A locked account's open sessions go on; a password that comes with each request is a log-in each time.
      onLocked: (account) => this.#basic.forget(account),
    });
    this.#basic = new BasicCredentials(this.#gate, this.#accounts, clock);
    this.#streams = new StreamAuthenticator({ gate: this.#gate, accounts: catalog.accounts, lockout, seal });
    this.#setup = new Setup({ catalog, hasher, limit, audit });
    this.users = new Accounts({
      catalog,
      hasher,
      lockout,
      audit,
      seal,
      revoke: (account, reason, except) => this.#revoke(account, reason, except),
    });
    this.passkeys = new Passkeys({ catalog, clock });
    this.own = new OwnAccount({
      ...{ catalog, gate: this.#gate, users: this.users, factor, passkeys: this.passkeys, audit },
      strengthened: ({ accountId, sessionId }) => this.#revoke(accountId, 'second-factor', sessionId),
    });
    this.tokens = new Tokens({ catalog, accounts: this.#accounts, clock, audit });
    this.publishLinks = new PublishLinks({ catalog, tokens: this.tokens, clock, audit });
    this.#pending = new PendingLogins(clock);
    this.#sweeper = setInterval(() => this.#sweepSoon(), sweepMs).unref();
  }

  /** May `principal` do that, on that camera: the choke point. */
  authorize(principal: Principal | undefined, action: Action, camera?: CameraId): Decision {
    return authorize(principal, action, camera, this.#deps.options);
  }

  /** Looks at an account password and changes nothing. */
  async verify(credentials: Credentials): Promise<VerifyResult> {
    return withoutAccount(await this.#gate.verify(credentials, { countSuccess: true }));
  }

  /** The same, and begins a session with a new id. */
  async login(credentials: Credentials & { readonly userAgent: string; readonly code?: Secret }): Promise<LoginResult> {
    const result = await this.#gate.verifyFactors(credentials, { countSuccess: true });
    if (result.ok) return this.#begin(result.account, credentials);
    if (result.status !== 'second-factor') return result;
    return { ok: false, status: 'second-factor', pending: this.#pending.begin(result.account) };
  }

  /** The code for a log-in whose password was right within the last five minutes. */
  async loginWithCode(given: {
    readonly pending: Secret;
    readonly code: Secret;
    readonly address: string;
    readonly userAgent: string;
  }): Promise<LoginResult> {
    const pending = this.#pending.find(given.pending);
    const account = pending && (await this.#deps.catalog.accounts.byId(pending.accountId));
    if (account === undefined || account.disabled || account.passwordHash !== pending?.passwordHash)
      return this.#gate.enter(given.address, 'login') ?? { ok: false, status: 401 };
    const result = await this.#gate.verifyCode(account, given.code, { address: given.address, entrance: 'login' });
    if (!result.ok) return result;
    this.#pending.end(given.pending);
    return this.#begin(account, given);
  }

  /**
   * What to have signed: by a passkey of whoever's log-in waits, or by one that says itself whose it is.
   * @throws Problem access/passkey-needs-name
   */
  async askForPasskey(site: Site, pending: Secret | undefined): Promise<RequestOptions> {
    return this.passkeys.ask(site, pending && this.#pending.find(pending)?.accountId);
  }

  /** A passkey instead of a code, or instead of name and password. */
  async loginWithPasskey(given: {
    readonly assertion: Assertion;
    readonly pending: Secret | undefined;
    readonly address: string;
    readonly userAgent: string;
  }): Promise<LoginResult> {
    const limited = this.#gate.enter(given.address, 'login');
    if (limited !== undefined) return limited;
    const accountId = await this.passkeys.use(given.assertion);
    const account = accountId && (await this.#deps.catalog.accounts.byId(accountId));
    if (account === undefined)
      return this.#gate.fail(undefined, undefined, { address: given.address, entrance: 'login', reason: 'passkey' });
    const result = await this.#gate.passWithPasskey(account, { address: given.address, entrance: 'login' });
    if (!result.ok) return result;
    // What can't be guessed is no guess.
    this.#gate.leave(given.address);
    if (given.pending !== undefined) this.#pending.end(given.pending);
    return this.#begin(account, given);
  }

  async #begin(
    account: AccountRow,
    from: { readonly userAgent: string; readonly address: string },
  ): Promise<LoginResult> {
    const { id, sessionId } = await this.#sessions.start(account.id, from);
    // A password or role that changed since it was looked at has ended all sessions, but not this one.
    const now = await this.#deps.catalog.accounts.byId(account.id);
    const principal = await this.#accounts.principal(account.id, 'session', sessionId);
    if (
      now === undefined ||
      now.passwordHash !== account.passwordHash ||
      principal === undefined ||
      now.secondFactor !== account.secondFactor
    ) {
      await this.#sessions.end(sessionId, 'password');
      return { ok: false, status: 401 };
    }
    return { ok: true, principal, sessionId: id };
  }

  /** Ends the session; false where there was none. */
  async logout(id: Secret): Promise<boolean> {
    const principal = await this.principalOfSession(id);
    if (principal?.sessionId === undefined) return false;
    const ended = await this.#sessions.end(principal.sessionId, 'logout');
    await this.#deps.audit.append({ kind: 'logout', who: principal.username, from: ended?.address ?? null });
    return true;
  }

  async principalOfSession(id: Secret): Promise<Principal | undefined> {
    const session = await this.#sessions.find(id);
    if (session === undefined) return undefined;
    return this.#accounts.principal(session.accountId, 'session', session.idHash);
  }

  /** Who sends these Basic credentials with a request. Good ones are looked at once in five minutes. */
  principalOfBasic(credentials: Omit<Credentials, 'entrance'>): Promise<VerifyResult> {
    return this.#basic.principal({ ...credentials, entrance: 'basic' });
  }

  /** For RTSP Digest: what to compare with, and whom to tell. @see StreamAuthenticator */
  streamAttempt(request: {
    readonly username: string;
    readonly algorithm: DigestAlgorithm;
    readonly address: string;
  }): Promise<StreamAttempt> {
    return this.#streams.attempt(request);
  }

  /** For RTSP Basic over TLS or loopback: a stream password in plain text. */
  verifyStream(request: {
    readonly username: string;
    readonly password: Secret;
    readonly address: string;
  }): Promise<VerifyResult> {
    return this.#streams.verify(request);
  }

  /** Counts a request without good credentials, or a failure, of an address at an endpoint. */
  limit(address: string, endpoint: string): Limited {
    const limited = this.#requests.take(`${addressKey(address)} ${endpoint.slice(0, 64)}`);
    if (!limited.ok) this.#deps.audit.refused?.({ address, kind: 'request-limit' });
    return limited;
  }

  /** Counts a request of somebody who is known. */
  limitKnown(principal: Principal): Limited {
    return this.#ofAccounts.take(String(principal.accountId));
  }

  /** An open socket of this session is in use. */
  touchSession(sessionId: string): void {
    this.#sessions.touch(sessionId);
  }

  /** The name of each account, by id. */
  async accountNames(): Promise<ReadonlyMap<AccountId, string>> {
    return new Map((await this.#deps.catalog.accounts.list()).map(({ id, name }) => [id, name]));
  }

  /** Of one account, or of all; newest first. */
  listSessions(account?: AccountId): Promise<SessionRow[]> {
    return this.#sessions.list(account);
  }

  /** Ends a session by its name in the list; false where there is none, or where it isn't `only`'s. */
  async endSession(sessionId: string, by: Actor, only?: AccountId): Promise<boolean> {
    const mine = only === undefined || (await this.#sessions.list(only)).some((row) => row.idHash === sessionId);
    if (!mine) return false;
    const row = await this.#sessions.end(sessionId, 'ended');
    if (row === undefined) return false;
    await this.#deps.audit.append({ kind: 'session.ended', ...by, detail: { account: row.accountId } });
    return true;
  }

  /** Calls `listener` at once for each session that ends. Returns how to stop it. */
  onSessionEnded(listener: (end: SessionEnd) => void): () => void {
    return this.#sessions.onEnded(listener);
  }

  /** Calls `listener` when an account's rights change: for what runs without a session, RTSP above all. */
  onRevoked(listener: (revocation: Revocation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether the set-up link is good: no admin can log in. */
  setupOpen(): Promise<boolean> {
    return this.#setup.isOpen();
  }

  /** The code of the set-up link of this run. */
  setupCode(): Secret {
    return this.#setup.code;
  }

  /** Resolves when the set-up link of this run has been used. */
  get setupUsed(): Promise<void> {
    return this.#setupUsed.promise;
  }

  /** Makes the first admin. @throws Problem access/setup-closed and others, see `Setup.redeem` */
  async redeemSetup(request: SetupRequest): Promise<Principal> {
    const principal = await this.#setup.redeem(request);
    this.#accounts.drop(principal.accountId);
    this.#setupUsed.resolve();
    return principal;
  }

  /**
   * `sentrix reset`: all sessions end, no credential of an admin opens anything, and the set-up link is good again, with
   * the code that is returned.
   */
  async resetAdmins(by: Actor): Promise<Secret> {
    const { catalog, audit } = this.#deps;
    const admins = (await catalog.accounts.list()).filter((account) => account.role === 'admin');
    await catalog.transaction(async (queries) => {
      for (const { id } of admins) {
        await queries.accounts.setPasswordHash(id, null);
        await queries.accounts.removeStreamPassword(id);
        await queries.secondFactors.remove(id);
        await queries.tokens.removeAll(id);
      }
    });
    for (const { id } of admins) {
      await this.#lockout.unlock(id);
      await this.#revoke(id, 'reset');
    }
    this.#basic.forget();
    await this.#sessions.endAll('reset');
    const code = this.#setup.renew();
    await catalog.durable();
    await audit.append({ kind: 'access.reset', ...by, detail: { admins: admins.length } });
    return code;
  }

  /** Ends sessions that are past their time. Runs by itself every ten seconds. */
  sweep(): Promise<void> {
    return this.#sessions.sweep();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeper);
    await this.#sweeping;
    await this.#sessions.flush();
  }

  #sweepSoon(): void {
    this.#sweeping = this.#sweeping
      .then(() => this.#sessions.sweep())
      .catch((error: unknown) => this.#deps.log.error(describeError(error), 'session sweep failed'));
  }

  async #revoke(accountId: AccountId, reason: RevocationReason, except?: string): Promise<void> {
    this.#accounts.drop(accountId);
    this.#basic.forget(accountId);
    this.tokens.forget(accountId);
    // A new stream password is no reason to end what was opened with another one.
    if (reason !== 'stream') await this.#sessions.endAll(reason, accountId, except);
    for (const listener of this.#listeners) {
      try {
        listener({ accountId, reason });
      } catch (error) {
        this.#deps.log.error(describeError(error), 'revocation listener failed');
      }
    }
  }
}

/** Opens access over an open catalog, which must outlive it. */
export async function openAccess(deps: AccessDeps): Promise<Access> {
  const lockout = await Lockout.open(deps.catalog.lockouts, deps.clock, {
    maxAttempts: deps.options.maxLoginAttempts,
    lockoutMs: deps.options.lockoutMs,
  });
  return new Access(deps, lockout);
}

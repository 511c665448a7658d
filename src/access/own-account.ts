/**
 * What people change about their own account. Each of it asks for the current password, which is looked at as at a
 * log-in: the same limit, lockout and log, so that an unattended browser is no way to guess it.
 */
import type { Secret } from '../base/secret.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Accounts } from './accounts.ts';
import type { AccessAudit } from './audit.ts';
import type { Gate, GateResult, Refusal } from './gate.ts';
import type { CreationOptions, NewPasskey, Passkeys, Site } from './passkeys.ts';
import type { Principal } from './principal.ts';
import { wrongCode } from './problems.ts';
import type { ProposedFactor, SecondFactor } from './second-factor.ts';

/** Who asks, with the password that they have now. */
export interface Proven {
  readonly principal: Principal;
  readonly password: Secret;
  readonly address: string;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | Refusal;

interface OwnAccountDeps {
  readonly catalog: Catalog;
  readonly gate: Gate;
  readonly users: Accounts;
  readonly factor: SecondFactor;
  readonly passkeys: Passkeys;
  readonly audit: AccessAudit;
  /** Ends what the account has running but for the session `keep`: it was opened with less. */
  readonly strengthened: (principal: Principal) => Promise<void>;
}

export class OwnAccount {
  readonly #deps: OwnAccountDeps;

  constructor(deps: OwnAccountDeps) {
    this.#deps = deps;
  }

  /** All else that the account has running ends. @throws Problem access/weak-password, access/stream-password-short */
  async changePassword(by: Proven, next: Secret): Promise<Outcome<void>> {
    const proof = await this.#prove(by);
    if (!proof.ok) return proof;
    const { username, sessionId } = by.principal;
    await this.#deps.users.setPassword(username, next, { who: username, from: by.address }, sessionId);
    return { ok: true, value: undefined };
  }

  /** That it is this person still, for what a session alone isn't enough for; counted and logged as a log-in is. */
  async confirm(by: Proven): Promise<Outcome<void>> {
    const proof = await this.#prove(by);
    return proof.ok ? { ok: true, value: undefined } : proof;
  }

  /** @throws Problem access/second-factor-exists */
  async proposeFactor(by: Proven): Promise<Outcome<ProposedFactor>> {
    const proof = await this.#prove(by);
    if (!proof.ok) return proof;
    const { accountId, username } = by.principal;
    return { ok: true, value: await this.#deps.factor.propose(accountId, username) };
  }

  /** @returns the recovery codes. @throws Problem access/wrong-code, access/second-factor-exists */
  async confirmFactor(principal: Principal, code: Secret, address: string): Promise<readonly Secret[]> {
    const codes = await this.#deps.factor.confirm(principal.accountId, code);
    // It may have been the account's own password, which opens nothing by itself from now on.
    await this.#deps.catalog.accounts.removeFormerStreamPassword(principal.accountId);
    await this.#deps.strengthened(principal);
    await this.#deps.catalog.durable();
    await this.#deps.audit.append({ kind: 'account.second-factor', who: principal.username, from: address });
    return codes;
  }

  /** @throws Problem access/wrong-code */
  async removeFactor(by: Proven, code: Secret): Promise<Outcome<void>> {
    const { principal, address } = by;
    const proof = await this.#prove(by, code);
    if (!proof.ok) return proof;
    // Without one there was no code to look at.
    if (!proof.account.secondFactor) throw wrongCode();
    const { username: who, sessionId } = principal;
    await this.#deps.users.removeSecondFactor(who, { who, from: address }, sessionId);
    return { ok: true, value: undefined };
  }

  /** @throws Problem access/passkey-needs-name, access/too-many-passkeys */
  async proposePasskey(by: Proven, site: Site): Promise<Outcome<CreationOptions>> {
    const proof = await this.#prove(by);
    if (!proof.ok) return proof;
    const { accountId, username } = by.principal;
    return { ok: true, value: await this.#deps.passkeys.propose(accountId, username, site) };
  }

  /** @returns new recovery codes, if any. @throws Problem access/not-webauthn, access/passkey-exists */
  async addPasskey(principal: Principal, given: NewPasskey, address: string): Promise<readonly Secret[]> {
    const { catalog, passkeys, strengthened, audit } = this.#deps;
    const codes = await passkeys.add(principal.accountId, given);
    await catalog.accounts.removeFormerStreamPassword(principal.accountId);
    await strengthened(principal);
    await catalog.durable();
    const { username: who } = principal;
    await audit.append({ kind: 'account.passkey-added', who, from: address, detail: { name: given.name } });
    return codes;
  }

  /** False where there is none of this id. */
  async removePasskey(by: Proven, id: string): Promise<Outcome<boolean>> {
    const proof = await this.#prove(by);
    if (!proof.ok) return proof;
    const { catalog, passkeys, strengthened, audit } = this.#deps;
    const removed = await passkeys.remove(by.principal.accountId, id);
    if (!removed) return { ok: true, value: false };
    // What was opened with it ends as well.
    await strengthened(by.principal);
    await catalog.durable();
    await audit.append({ kind: 'account.passkey-removed', who: by.principal.username, from: by.address });
    return { ok: true, value: true };
  }

  async factorState(principal: Principal): Promise<{ readonly enabled: boolean; readonly codesLeft: number }> {
    const { secondFactors } = this.#deps.catalog;
    const row = await secondFactors.find(principal.accountId);
    return { enabled: row?.confirmed === true, codesLeft: await secondFactors.codesLeft(principal.accountId) };
  }

  async #prove({ principal, password, address }: Proven, code?: Secret): Promise<GateResult> {
    const credentials = { username: principal.username, password, address, entrance: 'account' } as const;
    const given = code === undefined ? credentials : { ...credentials, code };
    const result = await this.#deps.gate.verifyFactors(given, { countSuccess: true });
    if (result.ok || result.status !== 'second-factor') return result;
    // The session has shown the second factor already; the password is what is asked for again.
    return { ok: true, principal, account: result.account };
  }
}
